import { z } from 'zod';
import { ONE_PER, REQUIRED_PROOFS } from './voucher.entity.js';

export const requires = () =>
  z.enum(REQUIRED_PROOFS).meta({
    description: 'what whoever claims must have proved to be theirs; fixed once published',
    examples: ['none'],
  });
export const onePer = () =>
  z.enum(ONE_PER).meta({
    description:
      '`person`: whoever claims has proved an e-mail address or a phone number, and takes part by one account; a mailbox is one ' +
      'person however its address is written (`+tag`, dots and googlemail.com). Fixed once published',
    examples: ['account'],
  });
