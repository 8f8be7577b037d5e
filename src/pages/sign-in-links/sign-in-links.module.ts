import { Module } from '@nestjs/common';
import { SignInLinks } from './sign-in-links.js';
import { SignInLinksController } from './sign-in-links.controller.js';

/** Imported where `DEMO_SIGN_IN_LINKS` is on: elsewhere its routes do not exist. */
@Module({ controllers: [SignInLinksController], providers: [SignInLinks] })
export class SignInLinksModule {}
