import { isCluster } from '../../../redis/cluster.js';
import type { Pipeline } from '../../../redis/pipeline.js';
import type { RedisClient } from '../../../redis/redis.js';
import { GateLostError } from '../gate-errors.js';
import type { RebuildCounters, RebuildUser, RebuildUsers } from '../gate-rebuild.js';
import { pipelined, runScripts, script } from './gate-answers.redis.js';
import type { GateFence } from './gate-fence.js';
import { EPOCHS_KEY, registryKey, voucherKeys } from './gate-keys.redis.js';
import { PACKED, rebuiltChunk } from './gate-records.js';
import { offerFields } from './offers.redis.js';

/** Fields that one command writes; more would keep other commands waiting. */
const FIELDS_A_COMMAND = 1_000;
/** Users that go out at once. */
const USERS_A_PIPELINE = 5_000;

/** Users of one voucher on their way to the gate. */
interface Piece {
  readonly loaded: Loaded;
  readonly users: readonly RebuildUser[];
}

/** What was written of a voucher, and what the seal must find. */
interface Loaded {
  readonly voucherId: string;
  claims: number;
  keys: number;
}

/**
 * Loads vouchers into an epoch that was begun.
 *
 *     announced (state `loading`, of no epoch) -> loaded (users, keys) -> sealed (the state gets its epoch)
 *
 * Only `announce` makes the state. The seal wants it as `announce` made it, and all that was written since: what a revocation
 * or a flush removed in between is not opened.
 */
export class GateLoader {
  private readonly sealScript = script('seal-3.lua');

  constructor(
    private readonly redis: RedisClient,
    private readonly fence: GateFence,
  ) {}

  async announce(epoch: number, vouchers: readonly RebuildCounters[]): Promise<void> {
    // A pipeline keeps its order; where there is none, who is stopped in between must not leave a key that no set names.
    if (isCluster(this.redis))
      await pipelined(this.redis, vouchers, (pipeline, { voucher }) => register(pipeline, epoch, voucher.id));
    const begun = await Promise.all(
      vouchers.map(async (counters) => {
        const [state] = voucherKeys(epoch, counters.voucher.id);
        return { counters, more: await this.fence.stateOf(epoch, state) };
      }),
    );
    await pipelined(this.redis, begun, (pipeline, { counters, more }) =>
      begin(pipeline, epoch, counters, more),
    );
  }

  /** @throws GateLostError where something was lost meanwhile, or the epoch was revoked */
  async load(epoch: number, vouchers: readonly RebuildUsers[]): Promise<void> {
    if (vouchers.length === 0) return;
    const all = vouchers.map(({ voucherId }): Loaded => ({ voucherId, claims: 0, keys: 0 }));
    let waiting: Piece[] = [];
    let size = 0;
    const send = async (): Promise<void> => {
      const pieces = waiting;
      waiting = [];
      size = 0;
      await pipelined(this.redis, pieces, (pipeline, piece) => addUsers(pipeline, epoch, piece));
    };
    for (const [index, { users }] of vouchers.entries()) {
      const loaded = all[index] as Loaded;
      for await (const chunk of users) {
        waiting.push({ loaded, users: chunk });
        size += chunk.length;
        if (size >= USERS_A_PIPELINE) await send();
      }
    }
    await send();
    await this.seal(epoch, all);
  }

  private async seal(epoch: number, vouchers: readonly Loaded[]): Promise<void> {
    const sealed = await runScripts(this.redis, this.sealScript, vouchers, ({ voucherId, claims, keys }) => {
      const [state, claimsKey, , keysKey] = voucherKeys(epoch, voucherId);
      return { keys: [state, claimsKey, keysKey], argv: [epoch, claims, keys] };
    });
    if (sealed.some((reply) => reply !== 1)) throw new GateLostError('state');
  }
}

/** What is named in both sets a later revocation finds, also where a leader that was stopped writes late. */
function register(pipeline: Pipeline, epoch: number, voucherId: string): void {
  pipeline.sadd(EPOCHS_KEY, epoch);
  pipeline.sadd(registryKey(epoch), voucherId);
}

function begin(
  pipeline: Pipeline,
  epoch: number,
  counters: RebuildCounters,
  more: Readonly<Record<string, string>>,
): void {
  const { voucher, remaining, sequence, adjusted, returned, list } = counters;
  const [state] = voucherKeys(epoch, voucher.id);
  const { opensAt, closesAt, perUserLimit, total, version } = voucher;
  register(pipeline, epoch, voucher.id);
  pipeline.hset(state, {
    epoch: 'loading',
    status: voucher.state,
    opens_at: opensAt,
    closes_at: closesAt,
    limit: perUserLimit,
    total,
    remaining,
    sequence,
    version,
    adjusted,
    returned,
    stock_version: 0,
    ...PACKED,
    ...more,
    ...offerFields(list),
  });
}

function addUsers(pipeline: Pipeline, epoch: number, { loaded, users }: Piece): void {
  const [, claimsKey, pendingKey, keysKey] = voucherKeys(epoch, loaded.voucherId);
  register(pipeline, epoch, loaded.voucherId);
  for (let from = 0; from < users.length; from += FIELDS_A_COMMAND) {
    const { claims, keys, pending } = rebuiltChunk(users.slice(from, from + FIELDS_A_COMMAND));
    loaded.claims += Object.keys(claims).length;
    loaded.keys += Object.keys(keys).length;
    // Before their users: the seal counts users and keys, so whoever has lost these lacks some of those as well.
    if (pending.length > 0) pipeline.zadd(pendingKey, ...pending);
    if (Object.keys(claims).length > 0) pipeline.hset(claimsKey, claims);
    if (Object.keys(keys).length > 0) pipeline.hset(keysKey, keys);
  }
}
