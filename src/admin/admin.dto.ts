import { z } from 'zod';
import { instant, listSchema, pageQuery, plainText, timestamp } from '../http/validation/validation.js';
import { addressRange, isV4Bits } from '../common/address.js';
import { ID_LENGTH } from '../common/ids.js';

const id = (prefix: string, what: string) =>
  z.string().regex(new RegExp(`^${prefix}_[0-9a-hjkmnp-tv-z]{${ID_LENGTH}}$`), `must be the id of a ${what}`);

const KINDS = ['address', 'user'] as const;
const TEN_YEARS_S = 315_360_000;
/** Wider ranges are whole regions, and more likely a slip of the finger. */
const WIDEST_V4 = 8;
const WIDEST_V6 = 16;

const notTooWide = (text: string): boolean => {
  const range = addressRange(text);
  if (!range) return true; // has been refused already
  const v4 = range.prefix >= 96 && isV4Bits(range.head << BigInt(128 - range.prefix));
  return v4 ? range.prefix - 96 >= WIDEST_V4 : range.prefix >= WIDEST_V6;
};

export const blockRequest = z
  .strictObject({
    address: z
      .string()
      .max(64)
      .refine((text) => addressRange(text) !== undefined, {
        message: 'must be an IPv4 or IPv6 address, or a range such as 203.0.113.0/24',
      })
      .refine(notTooWide, { message: `must not be wider than /${WIDEST_V4}, or /${WIDEST_V6} of IPv6` })
      .optional()
      .meta({
        description: 'An IP address or CIDR range. Give either this or `user_id`.',
        examples: ['203.0.113.0/24'],
      }),
    user_id: id('usr', 'user').optional(),
    reason: plainText(1, 500).meta({ examples: ['sells claims in a forum'] }),
    expires_at: instant().optional().meta({
      description: 'Must be in the future. Without this and `duration_s`, the block is permanent.',
    }),
    duration_s: z
      .int()
      .min(1)
      .max(TEN_YEARS_S)
      .optional()
      .meta({ description: 'Length of the block in seconds, from now.' }),
  })
  .refine((body) => (body.address === undefined) !== (body.user_id === undefined), {
    message: 'either address or user_id',
    path: ['address'],
  })
  .refine((body) => body.expires_at === undefined || body.duration_s === undefined, {
    message: 'cannot be combined with expires_at',
    path: ['duration_s'],
  })
  .meta({
    id: 'CreateBlockRequest',
    examples: [{ address: '203.0.113.0/24', reason: 'sells claims in a forum', duration_s: 86_400 }],
  });
export type BlockRequest = z.output<typeof blockRequest>;

export const blocksQuery = pageQuery({
  kind: z.enum(KINDS).optional(),
});
export type BlocksQuery = z.output<typeof blocksQuery>;

export const blockSchema = z
  .object({
    object: z.literal('block'),
    id: z.string(),
    kind: z.enum(KINDS),
    address: z.string().nullable().meta({ description: 'The IP address or range in its shortest form.' }),
    user_id: z.string().nullable(),
    reason: z.string(),
    source: z.enum(['admin', 'automatic']),
    created_by: z
      .string()
      .nullable()
      .meta({ description: 'ID of the administrator; `null` for an automatic block.' }),
    created_at: timestamp(),
    expires_at: timestamp().nullable().meta({ description: '`null` if the block is permanent.' }),
  })
  .meta({
    id: 'Block',
    examples: [
      {
        object: 'block',
        id: 'blk_01k9z3v8f0abcdef',
        kind: 'address',
        address: '203.0.113.0/24',
        user_id: null,
        reason: 'sells claims in a forum',
        source: 'admin',
        created_by: 'usr_01k9z3v8f0000000',
        created_at: '2030-01-01T12:00:00.000Z',
        expires_at: '2030-01-02T12:00:00.000Z',
      },
    ],
  });
export type BlockBody = z.output<typeof blockSchema>;
export const blockListSchema = listSchema(blockSchema, '/v1/admin/blocks');
