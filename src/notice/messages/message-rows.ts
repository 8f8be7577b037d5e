import type { EntityManager } from 'typeorm';
import { numberOrNull } from '../../database/database.js';
import { Keyset } from '../../database/keyset.js';
import type { BatchCounts } from '../../mail/index.js';

/** Of claims whose holders can be written to. */
export const MESSAGE_STATUSES = ['issued', 'redeemed'] as const;
export const MESSAGE_STATES = ['running', 'done', 'stopped'] as const;

/** What a merchant writes to the holders of a voucher. Times in ms since 1970. */
export interface VoucherMessage {
  readonly id: string;
  readonly voucherId: string;
  readonly merchantId: string;
  readonly subject: string;
  readonly text: string;
  readonly statuses: readonly (typeof MESSAGE_STATUSES)[number][];
  readonly state: (typeof MESSAGE_STATES)[number];
  /** The user up to whom mails were made; empty before the first. */
  readonly position: string;
  /** People for whom a mail was made. */
  readonly recipients: number;
  readonly createdAt: number;
  readonly finishedAt: number | null;
}

/** A message, and what became of its mails. */
export interface SentMessage {
  readonly message: VoucherMessage;
  readonly counts: BatchCounts;
}

interface Row {
  readonly id: string;
  readonly voucher_id: string;
  readonly merchant_id: string;
  readonly subject: string;
  readonly body: string;
  readonly statuses: string;
  readonly state: VoucherMessage['state'];
  readonly position: string;
  readonly recipients: number | string;
  readonly created_at: number | string;
  readonly finished_at: number | string | null;
}

export const MESSAGES_OF_VOUCHER = new Keyset({
  table: 'voucher_messages',
  index: 'voucher_messages_of_voucher',
  within: ['voucher_id'],
  by: ['id'],
});

const COLUMNS =
  'id, voucher_id, merchant_id, subject, body, statuses, state, position, recipients, created_at, finished_at';

/** @param rest of the statement, from `FROM` on */
export async function readMessages(
  on: EntityManager,
  rest: string,
  values: readonly unknown[],
): Promise<VoucherMessage[]> {
  const rows: Row[] = await on.query(`SELECT ${COLUMNS} ${rest}`, [...values]);
  return rows.map((row) => ({
    id: row.id,
    voucherId: row.voucher_id,
    merchantId: row.merchant_id,
    subject: row.subject,
    text: row.body,
    statuses: row.statuses.split(',') as VoucherMessage['statuses'],
    state: row.state,
    position: row.position,
    recipients: Number(row.recipients),
    createdAt: Number(row.created_at),
    finishedAt: numberOrNull(row.finished_at),
  }));
}
