import { z } from 'zod';
import { ONE_PER, REQUIRED_PROOFS } from './voucher.entity.js';

export const requires = () =>
  z.enum(REQUIRED_PROOFS).meta({
    description: 'what a person must have verified before they claim; fixed once published',
    examples: ['none'],
  });
export const asksContact = () =>
  z.boolean().meta({
    description:
      'whoever claims is asked whether you may see their contact, and may say no; fixed once published',
    examples: [false],
  });
export const onePer = () =>
  z.enum(ONE_PER).meta({
    description:
      '`person`: each person has verified an e-mail address or a phone number, and takes part with one account; a mailbox is one ' +
      'person however its address is written (`+tag`, dots and googlemail.com). Fixed once published',
    examples: ['account'],
  });

/** What a voucher asks of people, as it is shown. */
export const askedOfPeople = () => ({ requires: requires(), one_per: onePer(), asks_contact: asksContact() });
