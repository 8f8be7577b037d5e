import { expect, it } from '@jest/globals';
import { claimSchema, type ClaimBody } from '../../../../src/claim/read/claim.dto.js';
import { claimJson } from '../../../../src/claim/read/claim.presenter.js';

const PENDING: ClaimBody = {
  object: 'claim',
  id: 'clm_01k9z3v8f0abcdef0001h7v2m4q8x0c5t9w1r6e3',
  voucher_id: 'vch_01k9z3v8f0abcdef',
  user_id: 'usr_01k9z3v8f0000000',
  status: 'pending',
  sequence: 17,
  ordinal: 1,
  code: null,
  reject_reason: null,
  created_at: '2030-01-01T12:00:00.003Z',
  issued_at: null,
};

it.each<[string, ClaimBody]>([
  ['pending', PENDING],
  ['pending without a time', { ...PENDING, created_at: null }],
  [
    'issued',
    { ...PENDING, status: 'issued', code: '7K2M-9QXV-0B4T-HD5W', issued_at: '2030-01-01T12:00:00.041Z' },
  ],
  ['rejected', { ...PENDING, status: 'rejected', sequence: null, ordinal: 2, reject_reason: 'sold_out' }],
])('a claim that is %s is written as JSON.stringify writes it', (_status, claim) => {
  expect(claimJson(claim)).toBe(JSON.stringify(claim));
});

it('nothing that the schema asks of every claim is left out', () => {
  // Optional members tell of what comes after the issue, or of the voucher: an accepted claim has none of them.
  const required = Object.entries(claimSchema.shape).flatMap(([name, schema]) =>
    schema.safeParse(undefined).success ? [] : [name],
  );
  expect(Object.keys(JSON.parse(claimJson(PENDING)) as object)).toEqual(required);
});
