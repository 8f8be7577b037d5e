import { z } from 'zod';
import { checkOrder, edits, EVEN_IF_WRONG } from './voucher.dto.js';

/** Nothing at all is the same voucher once more. */
export const cloneBody = z
  .strictObject(edits())
  .superRefine(checkOrder, EVEN_IF_WRONG)
  .meta({
    id: 'CloneVoucherRequest',
    examples: [
      {
        opens_at: '2030-01-08T12:00:00Z',
        closes_at: '2030-01-08T13:00:00Z',
        waves: [{ at: '2030-01-08T12:30:00Z', units: 100 }],
      },
    ],
  })
  .optional();

export type CloneBody = z.output<typeof cloneBody>;
