import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ClusterNode, RedisCluster } from '../harness/redis-cluster.js';
import {
  audit,
  claim,
  crowdAt,
  equationsHold,
  eventually,
  openDrop,
  settle,
  tokenFor,
  users,
  type Answer,
  type Drop,
} from './crowd.js';
import { EPOCHS_KEY, registryKey } from '../../src/claim/gate/redis/gate-keys.redis.js';
import { slotOf } from '../../src/redis/hash-slot.js';
import { SlotSet } from '../../src/redis/slots.js';
import { Instance } from './instance.js';
import { asksIn, freshSystem, query } from './stack-env.js';
import { claimRows } from '../harness/claim-rows.js';

/** So many that no drop is sold out, and no crowd used up, before the end of a fault: nothing would be taken again then. */
const UNITS = 50_000;
const USERS = 15_000;
/** So many claims of each drop are answered 202 before the fault and again after it. */
const SOME = 10;
/**
 * Pauses between two keys of a slot that is moved, ms, for each move: there and back, because what goes wrong by a move does so in one of
 * many. Claims wait for the end of the first ones; the last ones take longer than a claim waits.
 */
const MOVES = [...Array<number>(8).fill(20), 400, 400];
/** Claims at one instance in a row that may be refused once a slot has arrived. */
const REFUSED_AT_MOST = 1;

type Crowd = ReturnType<typeof crowdAt>;

/** Answers but 202, and why. */
const refusals = (answers: readonly Answer[]): string[] =>
  answers.filter(({ status }) => status !== 202).map(({ status, body }) => `${status} ${body?.code}`);

/** What the whole program promises on a cluster: two instances, and a drop on each of three masters. The last test takes a master away. */
export function clusterSystem(servers: RedisCluster): void {
  describe('two instances on a cluster', () => {
    let env: Record<string, string>;
    let instances: Instance[] = [];
    const drops: Drop[] = [];

    /** The slot of a voucher is that of its id, whatever the epoch. */
    const keyOf = ({ id }: Drop): string => `{${id}}`;
    const masterOf = (drop: Drop): Promise<ClusterNode> => servers.masterOf(keyOf(drop));
    const first = (): Instance => instances[0] as Instance;

    beforeAll(async () => {
      await servers.followed(3);
      env = {
        ...(await freshSystem('cluster', 0)),
        REDIS_URL: servers.url,
        REDIS_COMMAND_TIMEOUT_MS: '5000',
        GATE_LEASE_MS: '1500',
        KAFKA_SEND_TIMEOUT_MS: '1000',
      };
      const closesAll = { ...env, GATE_KEEPS_SLOTS: 'off' };
      instances = await Instance.startAll(closesAll, closesAll);
      const masters = new Set<ClusterNode>();
      while (masters.size < 3) {
        const drop = await openDrop(first().url, UNITS);
        const master = await masterOf(drop);
        if (masters.has(master)) continue;
        masters.add(master);
        drops.push(drop);
      }
    });

    afterAll(async () => {
      await Promise.all(instances.map((instance) => instance.kill()));
    });

    const epochNow = async (): Promise<number> => {
      const [row] = await query<{ epoch: number }>(env, 'SELECT epoch FROM gate_epoch WHERE id = 1');
      return row?.epoch ?? 0;
    };

    /** Why the gate was closed, as the instances say. */
    const losses = (): string[] =>
      instances.flatMap(({ log }) =>
        log.split('\n').filter((line) => line.includes('the gate may have forgotten claims')),
      );

    const moreOf = (crowds: readonly Crowd[]) => {
      const before = crowds.map(({ won }) => won.length);
      return async () => crowds.every(({ won }, index) => won.length >= (before[index] ?? 0) + SOME);
    };

    /** Claims of every drop at both instances before, during and after `strike`; each 202 ends as a row, and the books are right. */
    async function underClaims(strike: (crowds: readonly Crowd[]) => Promise<void>): Promise<void> {
      let turn = 0;
      const url = (): string => (instances[turn++ % 2] as Instance).url;
      const crowds = drops.map((drop) => crowdAt(url, drop, USERS, 2));
      try {
        await eventually('claims of every drop are taken', moreOf(crowds));
        await strike(crowds);
        await eventually('claims of every drop are taken again', moreOf(crowds));
      } finally {
        await Promise.all(crowds.map((crowd) => crowd.stop()));
      }
      const won = crowds.flatMap((crowd) => crowd.won);
      const statuses = await settle(first().url, won);
      expect([...statuses].filter(([, status]) => status !== 'issued')).toEqual([]);
      const rows = await claimRows(asksIn(env));
      const ids = new Set(rows.map(({ id }) => id));
      expect(won.filter(({ id }) => !ids.has(id))).toEqual([]);
      for (const drop of drops) await equationsHold(() => audit(first().url, drop));
    }

    /** Claims of one user after the other at an instance, until one is taken. @returns the answers before that one */
    async function refusedBeforeTaken({ url }: Instance, drop: Drop, tokens: Iterator<string>) {
      const refused: Answer[] = [];
      while (refused.length <= REFUSED_AT_MOST) {
        const answer = await claim(url, drop.id, tokens.next().value as string);
        if (answer.status === 202) break;
        refused.push(answer);
      }
      return refused;
    }

    it('lose nothing by a slot that is moved, key by key, under claims, and go on as soon as it has arrived', async () => {
      const [drop, other] = drops as [Drop, Drop];
      const [home, away] = [await masterOf(drop), await masterOf(other)];
      const epoch = await epochNow();
      const later = users(USERS + 1_000)
        .slice(USERS)
        .map(({ token }) => token)
        .values();
      const afterArrival: Answer[][] = [];
      let [moved, others]: [readonly Answer[], readonly Answer[]] = [[], []];
      await underClaims(async ([crowd, ...rest]) => {
        for (const [n, pauseMs] of MOVES.entries()) {
          await servers.moveSlot(keyOf(drop), n % 2 ? home : away, pauseMs);
          // Each instance by itself has to find it where it is now.
          const each = instances.map((instance) => refusedBeforeTaken(instance, drop, later));
          afterArrival.push(...(await Promise.all(each)));
        }
        moved = [...(crowd?.answers ?? [])];
        others = rest.flatMap(({ answers }) => answers);
      });
      expect(afterArrival.map(refusals).filter((each) => each.length > REFUSED_AT_MOST)).toEqual([]);
      const whileItMoves = refusals([...moved, ...afterArrival.flat()]);
      expect(whileItMoves.filter((why) => why !== '503 gate_recovering')).toEqual([]);
      expect(refusals(others)).toEqual([]);
      expect(losses()).toEqual([]);
      expect(await epochNow()).toBe(epoch);
    });

    it('lose nothing by a master that is killed under claims, and go on at the others meanwhile', async () => {
      const drop = drops[2] as Drop;
      const epoch = await epochNow();
      const killed = await masterOf(drop);
      await underClaims(async (crowds) => {
        await killed.stop('SIGKILL');
        await eventually('claims of the others are taken', moreOf(crowds.slice(0, 2)));
        await servers.promotedInPlaceOf(killed, keyOf(drop));
      });
      expect(await epochNow()).toBeGreaterThan(epoch);
      await killed.begin();
      await servers.followed(3);
    });

    describe('where slots keep their epoch', () => {
      beforeAll(async () => {
        await Promise.all(instances.map((instance) => instance.kill()));
        instances = await Instance.startAll(env, env);
        // Else Redis itself refuses what is on the others, too, until somebody is promoted.
        for (const node of servers.nodes)
          await node.ask('CONFIG', 'SET', 'cluster-require-full-coverage', 'no');
      });

      /** Slots that keep the epoch that is open before a loss, once all are open again. */
      const slotsIn = async (epoch: number): Promise<SlotSet> => {
        const [row] = await query<{ groups: string | null }>(
          env,
          'SELECT slot_groups AS `groups` FROM gate_epoch WHERE id = 1',
        );
        const groups = JSON.parse(row?.groups ?? '[]') as { slots: string; epoch: number; kept: boolean }[];
        const kept = groups.filter((group) => group.kept && group.epoch <= epoch);
        return kept.reduce((all, { slots }) => all.and(SlotSet.parse(slots)), SlotSet.NONE);
      };

      /**
       * The master of a drop is killed under claims and its replica promoted. Some drops go on all the while, the others are rebuilt.
       * @param how what is done before that, and between the loss and the end of the rebuild
       */
      async function loseMasterOf(
        drop: Drop,
        goesOn: readonly Drop[],
        how: {
          before: (replica: ClusterNode, crowdOf: (of: Drop) => Crowd) => Promise<void>;
          after?: () => Promise<void>;
        },
      ): Promise<void> {
        const [epoch, killed] = [await epochNow(), await masterOf(drop)];
        const replica = await servers.replicaOf(killed);
        let others: Answer[] = [];
        await underClaims(async (crowds) => {
          const crowdOf = (of: Drop): Crowd => crowds[drops.indexOf(of)] as Crowd;
          await how.before(replica, crowdOf);
          await killed.stop('SIGKILL');
          await servers.promotedInPlaceOf(killed, keyOf(drop));
          await how.after?.();
          await eventually('the lost slots are of a new epoch', async () => (await epochNow()) > epoch);
          await eventually('claims are taken of all', moreOf(crowds));
          others = goesOn.flatMap((each) => crowdOf(each).answers);
        });
        expect(refusals(others)).toEqual([]);
        const kept = await slotsIn(epoch);
        expect(drops.filter((each) => kept.has(slotOf(keyOf(each))))).toEqual(goesOn);
        await servers.join(replica);
        await killed.begin();
        await servers.followed(3);
        // On Valkey it comes back with the moves that it was in, and would still be in them where it is promoted next: its master tells it.
        await how.after?.();
      }

      it('close the vouchers of that master alone, though its replica lags, and one that was moved', async () => {
        const [drop, other, moved] = drops as [Drop, Drop, Drop];
        const home = await masterOf(moved);
        await loseMasterOf(drop, [other], {
          before: async (replica, crowdOf) => {
            await servers.moveSlot(keyOf(moved), await masterOf(other));
            await eventually('claims are taken where the slot is now', moreOf([crowdOf(moved)]));
            await servers.cutOff(replica);
            await eventually('claims are taken that the replica lacks', moreOf([crowdOf(drop)]));
          },
        });
        await servers.moveSlot(keyOf(moved), home);
      });

      it('close a voucher that was half moved, from the master that is lost or to it', async () => {
        const [drop, other, leaving] = drops as [Drop, Drop, Drop];
        await loseMasterOf(drop, [other], {
          before: async () => {
            const epoch = await epochNow();
            const part = ({ id }: Drop): string => `vc:{${id}}:${epoch}:claims`;
            await servers.moveKey(part(leaving), await masterOf(drop));
            await servers.moveKey(part(drop), await masterOf(other));
          },
          after: async () => {
            for (const each of [leaving, drop]) await servers.stable(keyOf(each));
          },
        });
      });

      it('keep the others where the sets of the gate are lost', async () => {
        const [drop, other, third] = drops as [Drop, Drop, Drop];
        const epoch = await epochNow();
        const sets = [EPOCHS_KEY, registryKey(epoch)];
        await loseMasterOf(drop, [other, third], {
          before: async (replica) => {
            const home = await masterOf(drop);
            for (const set of sets)
              if ((await servers.masterOf(set)) !== home) await servers.moveSlot(set, home);
            await servers.followed(3);
            await servers.cutOff(replica);
            await replica.ask('CONFIG', 'SET', 'replica-read-only', 'no');
            await replica.ask('FLUSHALL');
            await replica.ask('CONFIG', 'SET', 'replica-read-only', 'yes');
          },
        });
        const named = await (await servers.masterOf(sets[1] ?? '')).ask('SMEMBERS', sets[1] ?? '');
        expect(named).toEqual([third.id]);
        const published = await openDrop(first().url, UNITS);
        expect((await claim(first().url, published.id, tokenFor('usr_0000000000000001'))).status).toBe(202);
      });
    });
  });
}
