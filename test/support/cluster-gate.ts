import { describe, expect, it } from '@jest/globals';
import type { Cluster } from 'ioredis';
import { RedisStockGate } from '../../src/claim/gate/redis/stock-gate.redis.js';
import { GateLostError, GateUnreachableError } from '../../src/claim/gate/stock-gate.js';
import type { GateVoucher } from '../../src/voucher/index.js';
import {
  beginAndFinish,
  decide,
  kinds,
  openVoucher,
  OPTIONS,
  wish,
} from '../contract/support/stock-gate.contract.js';
import type { ClusterNode, RedisCluster } from '../harness/redis-cluster.js';
import { eventually } from './crowd.js';

/** What the gate promises on a cluster. The last test takes a master away, and brings it back as a replica. */
export function clusterGate(
  servers: RedisCluster,
  open: () => Promise<Cluster>,
  newEpoch: () => number,
): void {
  describe('the gate of a cluster', () => {
    let epoch: number;
    let gate: RedisStockGate;
    let history: string;
    /** One on each master. */
    let vouchers: GateVoucher[];
    let users = 0;

    const stateKey = ({ id }: GateVoucher): string => `vc:{${id}}:${epoch}:state`;
    const masterOf = (voucher: GateVoucher): Promise<ClusterNode> => servers.masterOf(stateKey(voucher));
    const claim = (voucher: GateVoucher, by = gate) =>
      decide(by, epoch, voucher.id, wish(`u${(users += 1)}`));

    /** An epoch that is open, with a voucher on each master of which one unit is taken. */
    async function begun(): Promise<void> {
      gate = new RedisStockGate(await open(), OPTIONS);
      epoch = newEpoch();
      await gate.revokeBelow(epoch);
      history = await beginAndFinish(gate, epoch);
      const found = new Map<ClusterNode, GateVoucher>();
      while (found.size < 3) {
        const voucher = await openVoucher(gate, { total: 1_000 });
        found.set(await masterOf(voucher), voucher);
      }
      vouchers = [...found.values()];
      for (const voucher of vouchers) {
        await gate.prepare(epoch, voucher);
        expect(kinds(await claim(voucher))).toEqual(['accepted']);
      }
      expect(await gate.lostBecause(epoch)).toBeUndefined();
    }

    /** Another process, which knows of the epoch what its row says. */
    async function another(): Promise<RedisStockGate> {
      const other = new RedisStockGate(await open(), OPTIONS);
      other.trust(epoch, history);
      return other;
    }

    /** Claims without a break until `until` ends; @returns how many were accepted, and what went wrong */
    async function underClaims(voucher: GateVoucher, by: RedisStockGate, until: Promise<void>) {
      const errors: unknown[] = [];
      let accepted = 0;
      let ended = false;
      void until.finally(() => (ended = true)).catch(() => undefined);
      while (!ended) {
        const decisions = await claim(voucher, by).catch((error: unknown) => void errors.push(error));
        if (decisions) accepted += kinds(decisions).filter((kind) => kind === 'accepted').length;
      }
      await until;
      return { accepted, errors };
    }

    it('takes claims of a voucher whose slot is moved key by key, and to a node that has joined', async () => {
      await begun();
      const [voucher, elsewhere] = vouchers as [GateVoucher, GateVoucher];
      const other = await another();
      const joined = await servers.addNode();
      await servers.agreed();
      for (const to of [await masterOf(elsewhere), joined]) {
        const before = await gate.counters(epoch, voucher.id);
        const moved = servers.moveSlot(stateKey(voucher), to, 50);
        const [one, two] = await Promise.all([
          underClaims(voucher, gate, moved),
          underClaims(voucher, other, moved),
        ]);
        // Those that came when the slot was on its way waited for it, or were told that nothing was done.
        for (const error of [...one.errors, ...two.errors]) expect(error).toMatchObject({ sent: false });
        expect(await masterOf(voucher)).toBe(to);
        expect(kinds([...(await claim(voucher)), ...(await claim(voucher, other))])).toEqual([
          'accepted',
          'accepted',
        ]);
        const after = await gate.counters(epoch, voucher.id);
        const taken = (before?.remaining ?? 0) - (after?.remaining ?? 0);
        expect(taken).toBe(one.accepted + two.accepted + 2);
        for (const each of [gate, other, await another()])
          expect(await each.lostBecause(epoch)).toBeUndefined();
      }
      // A script of its own for the new master: it knows the histories of the others no better than before.
      expect(kinds(await claim(elsewhere))).toEqual(['accepted']);
    }, 60_000);

    it('is lost by a master that was flushed, or has forgotten its scripts, and prepares nothing there', async () => {
      for (const how of [['FLUSHALL'], ['SCRIPT', 'FLUSH']] as const) {
        await begun();
        const [voucher] = vouchers as [GateVoucher];
        const [command, ...args] = how;
        await (await masterOf(voucher)).ask(command, ...args);
        expect(await gate.lostBecause(epoch)).toMatch(/lost its (state|scripts)/);
        expect(await (await another()).holds(epoch)).toBe(false);
        if (command === 'FLUSHALL')
          await expect(gate.prepare(epoch, voucher)).rejects.toBeInstanceOf(GateLostError);
        else await expect(claim(voucher)).rejects.toBeInstanceOf(GateLostError);
      }
    }, 60_000);

    it('believes nothing that a slot brings from a master that has forgotten', async () => {
      await begun();
      const [voucher, elsewhere] = vouchers as [GateVoucher, GateVoucher];
      const [before, to] = [await masterOf(voucher), await masterOf(elsewhere)];
      await (await servers.replicaOf(before)).ask('CLUSTER', 'FAILOVER');
      await servers.promotedInPlaceOf(before, stateKey(voucher));
      // Nobody has looked since: the master that has the voucher now has lost nothing.
      await servers.moveSlot(stateKey(voucher), to);
      await eventually('it is asked there', async () => {
        const answer: unknown = await claim(voucher).catch((error: unknown) => error);
        expect(Array.isArray(answer)).toBe(false);
        return answer instanceof GateLostError;
      });
      expect(await gate.counters(epoch, voucher.id)).toMatchObject({ remaining: 999 });
      await servers.followed(3);
    }, 60_000);

    it('goes on at other masters while one is gone, and is lost by the one that is promoted', async () => {
      await begun();
      const [voucher, ...others] = vouchers as [GateVoucher, ...GateVoucher[]];
      const killed = await masterOf(voucher);
      await servers.followed(3);
      await killed.stop('SIGKILL');
      await expect(claim(voucher)).rejects.toBeInstanceOf(GateUnreachableError);
      expect(await gate.lostBecause(epoch).catch((error: unknown) => error)).toMatchObject({ partly: true });
      for (const each of others) expect(kinds(await claim(each))).toEqual(['accepted']);

      await servers.promotedInPlaceOf(killed, stateKey(voucher));
      await eventually('the promoted master is found', async () => {
        const error: unknown = await claim(voucher).catch((caught: unknown) => caught);
        if (!Array.isArray(error)) expect(error).not.toHaveProperty('kind');
        return error instanceof GateLostError;
      });
      await eventually('the loss is noticed', async () =>
        /master was restarted or replaced/.test((await gate.lostBecause(epoch).catch(() => '')) ?? ''),
      );
      await begun();
      await killed.begin();
      await servers.followed(3);
    }, 60_000);
  });
}
