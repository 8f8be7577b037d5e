import { serverTime } from '../../redis/cluster.js';
import { KEY_PREFIX, type RedisClient } from '../../redis/redis.js';
import type { GuardedFamily } from '../policies/policies.js';
import {
  ADDITION_MARGIN_MS,
  KnownIds,
  LOOK_MAX,
  type FilterHead,
  type FilterNews,
} from '../ports/known-ids.js';

/** The bits of the build before stay so long for instances that are about to fetch them. */
const OLD_BITS_S = 60;
/** Far more than come between two builds; a list that nobody builds from must not grow without end. */
const ADDITIONS_MAX = 1_000_000;

/** The bits are a string, the additions a stream: its ids are the server's time, so places need no clock of ours. */
export class RedisKnownIds extends KnownIds {
  constructor(private readonly redis: RedisClient) {
    super();
  }

  async look(family: GuardedFamily, place: string | undefined): Promise<FilterNews> {
    const names = namesOf(family);
    if (place === undefined) {
      return { head: parse(await this.redis.get(names.head)), added: [], place: '0', more: false };
    }
    // In one step: a build that is published in between may let additions go that this look still needs.
    const replies = await this.redis
      .multi()
      .get(names.head)
      .xrange(names.added, `(${place}`, '+', 'COUNT', LOOK_MAX)
      .exec();
    const [head, entries] = (replies ?? []).map(([error, reply]) => {
      if (error) throw error;
      return reply;
    }) as [string | null, [string, string[]][]];
    return {
      head: parse(head),
      added: entries.map(([, fields]) => fields[1] ?? ''),
      place: entries.at(-1)?.[0] ?? place,
      more: entries.length === LOOK_MAX,
    };
  }

  async bits(family: GuardedFamily, generation: number): Promise<Uint8Array | undefined> {
    return (await this.redis.getBuffer(namesOf(family).bits(generation))) ?? undefined;
  }

  async add(family: GuardedFamily, id: string): Promise<void> {
    await this.redis.xadd(namesOf(family).added, 'MAXLEN', '~', ADDITIONS_MAX, '*', 'id', id);
  }

  async place(family: GuardedFamily): Promise<string> {
    const now = await serverTime(this.redis, namesOf(family).added); // the clock of its stream
    return `${now - ADDITION_MARGIN_MS}-0`;
  }

  async publish(family: GuardedFamily, head: FilterHead, bits: Uint8Array): Promise<void> {
    const names = namesOf(family);
    await this.redis.set(names.bits(head.generation), Buffer.from(bits));
    const before = parse(await this.redis.get(names.head));
    await this.redis.set(names.head, JSON.stringify(head));
    await this.redis.xtrim(names.added, 'MINID', '~', head.since);
    if (before && before.generation !== head.generation)
      await this.redis.expire(names.bits(before.generation), OLD_BITS_S);
  }
}

/** One hash tag: `look` reads two of them in one transaction. */
function namesOf(family: GuardedFamily) {
  const base = `${KEY_PREFIX}cache:{ids:${family}}`;
  return {
    head: `${base}:head`,
    added: `${base}:added`,
    bits: (generation: number) => `${base}:bits:${generation}`,
  };
}

function parse(text: string | null): FilterHead | undefined {
  return text === null ? undefined : (JSON.parse(text) as FilterHead);
}
