import { describe, expect, it } from '@jest/globals';
import type { Cluster } from 'ioredis';
import { RedisStockGate } from '../../src/claim/gate/redis/stock-gate.redis.js';
import type { EpochOrigin } from '../../src/claim/domain/epoch-masters.js';
import { GateLostError, GateUnreachableError } from '../../src/claim/gate/gate-errors.js';
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
import { slotOf } from '../../src/redis/hash-slot.js';
import { SlotSet } from '../../src/redis/slots.js';
import { eventually } from './crowd.js';
import { GateWithRow, RowOfMasters } from './row-of-masters.js';

/** What the gate promises on a cluster. The last test takes a master away, and brings it back as a replica. */
export function clusterGate(
  servers: RedisCluster,
  open: () => Promise<Cluster>,
  newEpoch: () => number,
): void {
  describe('the gate of a cluster', () => {
    let epoch: number;
    let gate: RedisStockGate;
    const row = new RowOfMasters();
    let origin: EpochOrigin;
    /** One on each master. */
    let vouchers: GateVoucher[];
    let users = 0;

    const stateKey = ({ id }: GateVoucher): string => `vc:{${id}}:${epoch}:state`;
    const masterOf = (voucher: GateVoucher): Promise<ClusterNode> => servers.masterOf(stateKey(voucher));
    const claim = (voucher: GateVoucher, by = gate) =>
      decide(by, epoch, voucher.id, wish(`u${(users += 1)}`));

    /** An epoch that is open, with a voucher on each master of which one unit is taken. */
    async function begun(): Promise<void> {
      gate = new GateWithRow(await open(), OPTIONS, row);
      epoch = newEpoch();
      await gate.revokeBelow(epoch);
      origin = await beginAndFinish(gate, epoch);
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
      expect(await gate.lossOf(epoch)).toBeUndefined();
    }

    const keptBy = async (by: RedisStockGate): Promise<SlotSet> =>
      (await by.keptMasters(epoch)).reduce((all, { slots }) => all.and(slots), SlotSet.NONE);

    /** Another process, which knows of the epoch what its row says. */
    async function another(): Promise<RedisStockGate> {
      const other = new GateWithRow(await open(), OPTIONS, row);
      other.trust(epoch, { ...origin, masters: row.of(epoch) });
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
        for (const each of [gate, other, await another()]) expect(await each.lossOf(epoch)).toBeUndefined();
      }
      // The row says which masters there are, and that none of them has had this slot from the begin on.
      expect(row.of(epoch)).toHaveLength(4);
      expect(row.of(epoch).filter(({ slots }) => slots.has(slotOf(stateKey(voucher))))).toEqual([]);
      expect(row.of(epoch).filter(({ slots }) => slots.has(slotOf(stateKey(elsewhere))))).toHaveLength(1);
      // A script of its own for the new master: it knows the histories of the others no better than before.
      expect(kinds(await claim(elsewhere))).toEqual(['accepted']);
    });

    it('keeps the slots of masters that have lost nothing, but for those that another one has had', async () => {
      await begun();
      const [voucher, elsewhere, third] = vouchers as [GateVoucher, GateVoucher, GateVoucher];
      const [home, away] = [await masterOf(voucher), await masterOf(elsewhere)];
      let slot = SlotSet.of([slotOf(stateKey(voucher))]);
      const kept = async (): Promise<string> => {
        const [mine, others] = [await keptBy(gate), await keptBy(await another())];
        expect(others).toEqual(mine);
        return mine.toString();
      };
      const moved = async (to: ClusterNode, which = voucher): Promise<void> => {
        await servers.moveSlot(stateKey(which), to);
        await servers.agreed();
      };
      const without = (slots: SlotSet): string => SlotSet.ALL.without(slots).toString();
      expect(await kept()).toBe(without(SlotSet.NONE));
      // Nobody has claimed at the other master, or seen the slot there: one that comes back is what it was.
      await moved(away);
      expect(await kept()).toBe(without(slot));
      await moved(home);
      expect(await kept()).toBe(without(SlotSet.NONE));
      await moved(away);
      expect(kinds(await claim(voucher, await another()))).toEqual(['accepted']);
      await moved(home);
      expect(await kept()).toBe(without(slot));
      // Nobody has claimed there, and somebody has seen it there: what else was written of it is not known where it comes back to.
      await moved(home, elsewhere);
      expect(await gate.lossOf(epoch)).toBeUndefined();
      await moved(away, elsewhere);
      slot = slot.and(SlotSet.of([slotOf(stateKey(elsewhere))]));
      expect(await kept()).toBe(without(slot));
      // One that began at the other master, and was never claimed of.
      const begins = await openVoucher(gate);
      const [first, second] =
        (await masterOf(begins)) === away ? [away, home] : [await masterOf(begins), away];
      await moved(second, begins);
      await kept(); // whoever asks knows where the slots are now
      await gate.prepare(epoch, begins);
      await moved(first, begins);
      slot = slot.and(SlotSet.of([slotOf(stateKey(begins))]));
      expect(await kept()).toBe(without(slot));
      const flushed = row.of(epoch).find(({ slots }) => slots.has(slotOf(stateKey(third))));
      // One that is on its way key by key, while it is, and from when somebody has seen that.
      const [claims, leaving] = [
        stateKey(third).replace('state', 'claims'),
        SlotSet.of([slotOf(stateKey(third))]),
      ];
      await servers.moveKey(claims, home);
      expect(await kept()).toBe(without(slot.and(leaving)));
      await servers.stable(claims);
      expect(await kept()).toBe(without(slot));
      await servers.moveKey(stateKey(third), home);
      expect(await gate.lossOf(epoch)).toBeUndefined();
      await servers.stable(claims);
      slot = slot.and(leaving);
      expect(await kept()).toBe(without(slot));
      // A master takes with it what it has.
      await (await masterOf(third)).ask('FLUSHALL');
      expect(await kept()).toBe(without(slot.and(flushed?.slots ?? SlotSet.NONE)));
      expect(flushed?.slots.isEmpty).toBe(false);
      expect(kinds(await claim(elsewhere))).toEqual(['accepted']);
    });

    it('spares what goes on when it revokes the rest, also where its own sets are lost', async () => {
      const registry = () => `vc:gate:${epoch}:vouchers`;
      const epochsSet = () => 'vc:gate:epochs';
      const cases = [
        { gone: [], listed: 1 }, // found by the epoch's set of vouchers
        { gone: [registry], listed: 3 }, // by the ledger's
        { gone: [epochsSet], listed: 1 }, // by the keys
        { gone: [registry, epochsSet], listed: 1 },
      ];
      for (const { gone, listed } of cases) {
        await begun();
        const [goesOn, ...lost] = vouchers as [GateVoucher, ...GateVoucher[]];
        const redis = await open();
        for (const set of gone) await redis.del(set());
        const goingOn = {
          epochs: [epoch],
          before: [epoch],
          epochOf: (id: string) => (id === goesOn.id ? epoch : undefined),
          voucherIds: vouchers.slice(0, listed).map(({ id }) => id),
        };
        await gate.revokeBelow(epoch + 1, goingOn);
        expect(await gate.lossOf(epoch)).toBeUndefined();
        if (!gone.includes(epochsSet) || gone.includes(registry))
          expect(await gate.vouchers(epoch)).toEqual([goesOn.id]);
        expect(kinds(await claim(goesOn))).toEqual(['accepted']);
        for (const each of lost) expect(await gate.counters(epoch, each.id)).toBeUndefined();
        // What was lost since is named once more: whoever loses it from now on is missed in the new epoch.
        await redis.del(registry());
        await redis.del(epochsSet());
        await gate.begin(epoch + 1, goingOn);
        expect(await gate.vouchers(epoch)).toEqual([goesOn.id]);
        expect(await redis.smembers(epochsSet())).toContain(String(epoch));
        // And is over with the next, as all of an epoch is.
        await gate.revokeBelow(epoch + 1);
        expect(await gate.counters(epoch, goesOn.id)).toBeUndefined();
        expect(await gate.holds(epoch)).toBe(false);
      }
    });

    it('is lost by a master that was flushed, or has forgotten its scripts, and prepares nothing there', async () => {
      for (const how of [['FLUSHALL'], ['SCRIPT', 'FLUSH']] as const) {
        await begun();
        const [voucher] = vouchers as [GateVoucher];
        const [command, ...args] = how;
        await (await masterOf(voucher)).ask(command, ...args);
        expect((await gate.lossOf(epoch))?.why).toMatch(/lost its (state|scripts)/);
        expect(await (await another()).holds(epoch)).toBe(false);
        if (command === 'FLUSHALL')
          await expect(gate.prepare(epoch, voucher)).rejects.toBeInstanceOf(GateLostError);
        else await expect(claim(voucher)).rejects.toBeInstanceOf(GateLostError);
      }
    });

    it('holds an epoch against a master that others have taken from its row, until that was read', async () => {
      const historyOf = (of: GateVoucher): string =>
        row.of(epoch).find(({ slots }) => slots.has(slotOf(stateKey(of))))?.history ?? '';
      const isLost = async (): Promise<void> =>
        expect((await gate.lossOf(epoch))?.why).toMatch(/lost its state/);
      const ways = [
        // The row is written by whoever finds a slot at another master,
        async (leaving: GateVoucher, to: ClusterNode) => {
          await servers.moveSlot(stateKey(leaving), to);
          await servers.agreed();
          expect(kinds(await claim(leaving))).toEqual(['accepted']);
        },
        // or prepares a voucher there.
        async (leaving: GateVoucher, to: ClusterNode) => {
          await servers.moveSlot(stateKey(leaving), to);
          await servers.agreed();
          await gate.keptMasters(epoch); // knows where the slots are now
          await gate.prepare(epoch, { ...leaving, version: leaving.version + 1 });
        },
      ];
      for (const write of ways) {
        await begun();
        const [lost, leaving, other] = vouchers as [GateVoucher, GateVoucher, GateVoucher];
        row.takesAway(epoch, historyOf(lost));
        await write(leaving, await masterOf(other));
        await (await masterOf(lost)).ask('FLUSHALL');
        await isLost();
        gate.trust(epoch, { ...origin, masters: row.of(epoch) });
        expect(await gate.lossOf(epoch)).toBeUndefined();
      }
      // Or meets a master that it does not know.
      await begun();
      const [lost, joining] = vouchers as [GateVoucher, GateVoucher];
      const joins = historyOf(joining);
      gate.trust(epoch, { ...origin, masters: row.of(epoch).filter(({ history }) => history !== joins) });
      row.beforeJoin = async () => {
        row.beforeJoin = async () => undefined;
        row.takesAway(epoch, historyOf(lost));
        await (await masterOf(lost)).ask('FLUSHALL');
      };
      await isLost();
    });

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
    });

    it('goes on at other masters while one is gone, and is lost by the one that is promoted', async () => {
      await begun();
      const [voucher, ...others] = vouchers as [GateVoucher, ...GateVoucher[]];
      const killed = await masterOf(voucher);
      await servers.followed(3);
      await killed.stop('SIGKILL');
      await expect(claim(voucher)).rejects.toBeInstanceOf(GateUnreachableError);
      expect(await gate.lossOf(epoch).catch((error: unknown) => error)).toMatchObject({ partly: true });
      for (const each of others) expect(kinds(await claim(each))).toEqual(['accepted']);
      const keeps = async (): Promise<readonly boolean[]> => {
        const slots = await keptBy(gate);
        return vouchers.map((each) => slots.has(slotOf(stateKey(each))));
      };
      expect(await keeps()).toEqual([false, true, true]);

      await servers.promotedInPlaceOf(killed, stateKey(voucher));
      await eventually('the promoted master is found', async () => {
        const error: unknown = await claim(voucher).catch((caught: unknown) => caught);
        if (!Array.isArray(error)) expect(error).not.toHaveProperty('kind');
        return error instanceof GateLostError;
      });
      await eventually('the loss is noticed', async () =>
        /master was restarted or replaced/.test((await gate.lossOf(epoch).catch(() => undefined))?.why ?? ''),
      );
      expect(await keeps()).toEqual([false, true, true]);
      await begun();
      await killed.begin();
      await servers.followed(3);
    });
  });
}
