import { z } from 'zod';
import { rfc3339 } from '../common/clock.js';
import { timestamp } from '../http/validation/validation.js';
import type { AdministeredVoucher } from '../voucher/index.js';

const takeDown = z
  .object({
    reason: z.string(),
    at: timestamp(),
    by: z.string().meta({ description: 'ID of the administrator.' }),
  })
  .meta({
    id: 'TakeDown',
    examples: [{ reason: 'counterfeit goods', at: '2030-01-01T12:00:00.000Z', by: 'usr_01k9z3v8f0000000' }],
  });

export const adminVoucherAnswer = z
  .object({
    object: z.literal('admin_voucher'),
    id: z.string(),
    merchant_id: z.string(),
    title: z.string(),
    status: z.enum(['scheduled', 'live', 'paused', 'ended']),
    opens_at: timestamp(),
    closes_at: timestamp(),
    taken_down: takeDown.nullable(),
  })
  .meta({
    id: 'AdminVoucher',
    examples: [
      {
        object: 'admin_voucher',
        id: 'vch_01k9z3v8f0abcdef',
        merchant_id: 'mer_01k9z3v8f0abcdef',
        title: 'Half price oolong',
        status: 'paused',
        opens_at: '2030-01-01T12:00:00.000Z',
        closes_at: '2030-01-02T12:00:00.000Z',
        taken_down: {
          reason: 'counterfeit goods',
          at: '2030-01-01T12:30:00.000Z',
          by: 'usr_01k9z3v8f0000000',
        },
      },
    ],
  });
export type AdminVoucherAnswer = z.output<typeof adminVoucherAnswer>;

export const adminVoucherBody = ({ view, takeDown: row }: AdministeredVoucher): AdminVoucherAnswer => ({
  object: 'admin_voucher',
  id: view.id,
  merchant_id: view.merchantId,
  title: view.title,
  status: view.status as AdminVoucherAnswer['status'],
  opens_at: rfc3339(view.opensAt),
  closes_at: rfc3339(view.closesAt),
  taken_down:
    row && view.takenDownAt !== null
      ? { reason: row.reason, at: rfc3339(view.takenDownAt), by: row.by }
      : null,
});
