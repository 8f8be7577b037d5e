import { Module } from '@nestjs/common';
import { BlocksController } from './blocks.controller.js';

/** What administrators of the installation do. */
@Module({ controllers: [BlocksController] })
export class AdminModule {}
