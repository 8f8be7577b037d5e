import { describe, expect, it } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Keyset } from '../../../src/database/keyset.js';
import { ROOT } from '../../../src/common/root.js';

/** Ordered reads that are no pages of a list: each takes the oldest rows that fit, and what it took is gone the next time. */
const OLDEST_FIRST: Readonly<Record<string, string>> = {
  'database/prune.ts': 'prunes by age, along the index that its caller names',
  'claim/outbox/outbox-relay.ts': 'takes what is not sent, along outbox_by_status',
  'claim/returns/bulk-cancellations.ts':
    'the last 20 of a voucher, along cancellations_by_voucher; takes what is under way',
  'claim/returns/unit-returns.ts': 'takes what is pending, lowest number first',
  'claim/ledger/waiting-store.ts':
    'the first who wait and the last place of a user, along its indexes; open lists',
  'claim/ledger/claim-holds.ts': 'takes what is over, along claim_holds_by_time',
  'claim/log/intake.ts': 'takes what waits longest, along claim_intake_by_age',
  'claim/ledger/rows/claims-of-vouchers.ts':
    'the last number of each voucher, along claims_by_sequence and packed_claims_by_sequence',
  'claim/ledger/rows/copy-claims.ts': 'walks through all rows, along the primary key',
  'claim/recovery/retention.ts': 'prunes by age, along outbox_by_status and unit_returns_by_state',
  'audit/audit-jobs.ts': 'the last of a voucher, of which few are kept; takes what is under way',
  'rehearsal/rehearsal.store.ts': 'the last 20 of a voucher, along rehearsals_by_voucher',
  'auth/test-mode/test-shoppers.service.ts': 'prunes by age, along the primary key',
  'auth/recovery/password-resets.ts': 'takes what was asked for first, along the primary key',
  'mail/mail-outbox.ts': 'takes what is due, along mails_due_by_lane',
  'notice/messages/message-mails.ts': 'takes what is under way, by their state',
  'notice/opening-mails.ts': 'takes the wishes of a voucher, along the primary key',
  'voucher/eligibility/eligibility-tokens.ts': 'walks through all rows, along the primary key',
  'voucher/voucher-page.ts': 'a page of several stored statuses, each along its keyset (lists.contract.ts)',
  'webhook/delivery.store.ts':
    'takes what is due, along webhook_deliveries_due; prunes by age, along the primary key; the last attempts of one delivery',
  'webhook/endpoint.store.ts': 'walks through all rows, along the primary key',
};

const sources = (): { name: string; text: string }[] =>
  readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.startsWith('cli'))
    .map((name) => ({ name, text: readFileSync(join(ROOT, 'src', name), 'utf8') }));

describe('ordered pages', () => {
  it('are read by a declared keyset, wherever they are read', () => {
    const byHand = sources().filter(
      ({ text }) =>
        /ORDER BY (?!\$\{[^}]*\.order\()[^`]*LIMIT/.test(text) ||
        (/\.(orderBy|addOrderBy)\(/.test(text) && /\.(limit|take)\(/.test(text)),
    );
    expect(byHand.map(({ name }) => name).sort()).toEqual(Object.keys(OLDEST_FIRST).sort());
  });
});

describe('a keyset', () => {
  const keyset = new Keyset({ table: 't', index: 'by_b', within: ['a'], by: ['b', 'id'] });
  const place = { dialect: 'mariadb', alias: 'x', direction: 'DESC' } as const;

  it('leaves MariaDB and MySQL nothing but a range to read', () => {
    expect(keyset.from(place)).toBe('t x FORCE INDEX (by_b)');
    expect(keyset.list(place)).toBe(`x.a IN (?, '')`);
    expect(keyset.order(place)).toBe('x.a DESC, x.b DESC, x.id DESC');
  });

  it('needs no hint on SQLite', () => {
    const there = { ...place, dialect: 'sqlite' } as const;
    expect([keyset.from(there), keyset.list(there)]).toEqual(['t x', 'x.a = ?']);
  });

  it('has a value for each sign of the condition, in order', () => {
    const text = keyset.behind(place);
    expect(text).toBe('x.b <= ? AND ((x.b < ?) OR (x.b = ? AND x.id < ?))');
    expect(keyset.behindValues([7, 'k'])).toEqual([7, 7, 7, 'k']);
    const single = new Keyset({ table: 't', index: 'PRIMARY', by: ['id'] });
    expect(single.behind(place)).toBe('x.id < ?');
    expect(single.behindValues(['k'])).toEqual(['k']);
  });
});
