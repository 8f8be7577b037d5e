import { z } from 'zod';

/** What each event has besides its data. */
const ID = z.string().regex(/^evt_[0-9a-hjkmnp-tv-z]{16,}$/);

/** RFC 3339 in UTC, to the millisecond. */
export const eventTime = (description: string) =>
  z.iso.datetime({ precision: 3 }).meta({ description, examples: ['2030-01-01T12:00:00.041Z'] });

/** An id as the API has it. @param prefix for example `clm` */
export const eventIdOf = (prefix: string, example: string) =>
  z
    .string()
    .regex(new RegExp(`^${prefix}_[0-9a-hjkmnp-tv-z]+$`))
    .meta({ examples: [example] });

interface EventMeta {
  /** One sentence: when it is sent. */
  readonly description: string;
  /** Of `data`. */
  readonly example: Readonly<Record<string, unknown>>;
}

/**
 * The schema of one type of event: from it come the JSON Schema, the types of clients, the AsyncAPI document and
 * `docs/reference/events.md`. Closed here, so that tests find a member that nobody described; what is published is open, because
 * members are added without a new version.
 * @param version of this type's data; raised when a member is taken away or comes to mean something else
 */
export function eventSchema<const Type extends string, const Version extends number, Data extends z.ZodType>(
  type: Type,
  version: Version,
  data: Data,
  { description, example }: EventMeta,
) {
  return z
    .strictObject({
      id: ID.meta({ description: 'the same whenever the event is sent again: take each id once' }),
      type: z.literal(type),
      version: z.literal(version).meta({ description: 'of this type’s data' }),
      created_at: eventTime('when it happened'),
      data,
    })
    .meta({
      id: nameOf(type),
      title: type,
      description,
      examples: [
        {
          id: 'evt_h7v2m4q8x0c5t9w1r6e3k2x9p0',
          type,
          version,
          created_at: '2030-01-01T12:00:00.041Z',
          data: example,
        },
      ],
    });
}

/** `claim.redemption_rolled_back` -> `ClaimRedemptionRolledBackEvent`. */
const nameOf = (type: string): string =>
  `${type
    .split(/[._]/)
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('')}Event`;
