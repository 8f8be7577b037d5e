import { z } from 'zod';
import { eventIdOf, eventSchema, eventTime } from '../../common/event-schema.js';

const VOUCHER = 'vch_01k9z3v8f0abcdef';
const CLAIM = 'clm_01k9z3v8f0abcdef0001h7v2m4q8x0c5t9w1r6e3';
const USER = 'usr_01k9z3v8f0000000';
const REDEMPTION = 'rdm_01k9z3v8f0abcdef';

const members = {
  object: z.literal('claim'),
  id: eventIdOf('clm', CLAIM),
  voucher_id: eventIdOf('vch', VOUCHER),
  user_id: z.string().meta({ description: 'who holds it', examples: [USER] }),
  ordinal: z.int().min(1).meta({ description: 'counts the claims of a user on a voucher' }),
  sequence: z.int().min(0).meta({ description: 'its place among all claims of the voucher' }),
};
const EXAMPLE = {
  object: 'claim',
  id: CLAIM,
  voucher_id: VOUCHER,
  user_id: USER,
  ordinal: 1,
  sequence: 417,
} as const;

const by = z.enum(['holder', 'merchant']).meta({ description: 'who did it' });
const reason = z.string().meta({ description: 'as the merchant or the holder gave it' });
const redemption = eventIdOf('rdm', REDEMPTION);

function claimEvent<const Type extends string, const Status extends string, Data extends z.ZodRawShape>(
  type: Type,
  status: Status,
  description: string,
  data: Data,
  example: Readonly<Record<string, unknown>> = {},
) {
  const schema = z.strictObject({
    ...members,
    status: z.literal(status).meta({ description: 'of the claim after it' }),
    ...data,
  });
  return eventSchema(type, 1, schema, { description, example: { ...EXAMPLE, status, ...example } });
}

/** What is told of a claim. The code stays out of it: who holds it holds the voucher’s worth. */
export const CLAIM_EVENTS = {
  'claim.held': claimEvent('claim.held', 'held', 'A claim waits for its confirmation.', {}),
  'claim.released': claimEvent(
    'claim.released',
    'released',
    'A claim was not confirmed in time; its unit returns.',
    {},
  ),
  'claim.issued': claimEvent(
    'claim.issued',
    'issued',
    'A claim has its code. Each issued claim has this event once.',
    { by: by.optional() },
  ),
  'claim.rejected': claimEvent(
    'claim.rejected',
    'rejected',
    'An accepted claim found no unit left in the database, after the gate had lost data.',
    {},
  ),
  'claim.redeemed': claimEvent(
    'claim.redeemed',
    'redeemed',
    'A claim was redeemed at the counter.',
    { redemption_id: redemption, location: z.string().optional() },
    { redemption_id: REDEMPTION, location: 'Till 3' },
  ),
  'claim.redemption_rolled_back': claimEvent(
    'claim.redemption_rolled_back',
    'issued',
    'A redemption was taken back: the claim can be redeemed again.',
    { redemption_id: redemption, reason },
    { redemption_id: REDEMPTION, reason: 'wrong order' },
  ),
  'claim.expired': claimEvent('claim.expired', 'expired', 'A claim was not redeemed in time.', {}),
  'claim.reinstated': claimEvent(
    'claim.reinstated',
    'issued',
    'An expired claim counts again, because its voucher was extended.',
    {},
  ),
  'claim.cancelled': claimEvent(
    'claim.cancelled',
    'cancelled',
    'A claim was cancelled by its holder or by the merchant; its unit returns.',
    {
      by,
      reason: reason.optional(),
      cancellation: eventIdOf('can', 'can_01k9z3v8f0abcdef')
        .optional()
        .meta({ description: 'the cancellation of many claims that it is part of' }),
    },
    { by: 'merchant', reason: 'The tea house is closed that day' },
  ),
} as const;

export const WAITING_LIST_EVENTS = {
  'waiting_list.offered': eventSchema(
    'waiting_list.offered',
    1,
    z.strictObject({
      object: z.literal('waiting_list_entry'),
      id: eventIdOf('wle', 'wle_01k9z3v8f0abcdef0001').meta({ description: 'of the place in the list' }),
      voucher_id: eventIdOf('vch', VOUCHER),
      user_id: z.string().meta({ description: 'who may accept it', examples: [USER] }),
      status: z.literal('offered'),
      offered_until: eventTime('until then it can be accepted'),
    }),
    {
      description: 'Somebody in the waiting list of a sold-out voucher may now take a unit.',
      example: {
        object: 'waiting_list_entry',
        id: 'wle_01k9z3v8f0abcdef0001',
        voucher_id: VOUCHER,
        user_id: USER,
        status: 'offered',
        offered_until: '2030-01-01T12:10:00.000Z',
      },
    },
  ),
} as const;

export type ClaimEventType = keyof typeof CLAIM_EVENTS;
/** What a claim is after an event of a type. */
export type StatusAfter<Type extends ClaimEventType> = z.output<
  (typeof CLAIM_EVENTS)[Type]
>['data']['status'];
export type WaitingListOffered = z.output<(typeof WAITING_LIST_EVENTS)['waiting_list.offered']>;

/** The present version of each type’s data. */
export const CLAIM_EVENT_VERSION = 1;
