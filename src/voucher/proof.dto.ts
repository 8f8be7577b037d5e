import { z } from 'zod';
import { ONE_PER, REQUIRED_PROOFS } from './voucher.entity.js';

export const requires = () =>
  z.enum(REQUIRED_PROOFS).meta({
    description: 'What people must have verified before they can claim. Cannot be changed after publishing.',
    examples: ['none'],
  });
export const asksContact = () =>
  z.boolean().meta({
    description:
      'Asks people who claim whether the merchant may see their contact details; they can decline. Cannot be changed after publishing.',
    examples: [false],
  });
export const onePer = () =>
  z.enum(ONE_PER).meta({
    description:
      'What the limit per user counts. `person`: people need a verified e-mail address or phone number and can take part with one ' +
      'account only; spellings of one mailbox (`+tag`, dots, googlemail.com) count as the same person. Cannot be changed after publishing.',
    examples: ['account'],
  });

/** What a voucher asks of people, as it is shown. */
export const askedOfPeople = () => ({ requires: requires(), one_per: onePer(), asks_contact: asksContact() });
