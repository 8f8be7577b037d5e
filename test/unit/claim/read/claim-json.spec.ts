import { expect, it } from '@jest/globals';
import { claimSchema, type ClaimBody } from '../../../../src/claim/read/claim.dto.js';
import { acceptedHeaders, acceptedLines, claimJson } from '../../../../src/claim/read/claim.presenter.js';
import { headerLines } from '../../../../src/http/fast-path/answer-text.js';
import type { JudgedLimit } from '../../../../src/rate-limit/index.js';

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

const limit: JudgedLimit = {
  rule: {
    name: 'claim',
    algorithm: 'sliding-window',
    limit: 5,
    windowMs: 5_000,
    scope: 'local',
    whenAway: 'refuse',
  },
  decision: { allowed: true, limit: 5, remaining: 4, resetMs: 4_900, retryAfterMs: 0 },
};

it.each([
  { claim: PENDING, replayed: false },
  { claim: PENDING, replayed: true },
  { claim: PENDING, replayed: false, limit },
  { claim: PENDING, replayed: true, limit },
])('a claim that was taken is answered with the same headers on both ways', (accepted) => {
  const headers = acceptedHeaders(accepted);
  headers['x-request-id'] = 'req_1';
  expect(acceptedLines(accepted, 'req_1')).toBe(headerLines(headers));
});
