import { setTimeout as delay } from 'node:timers/promises';
import type { EntityManager } from 'typeorm';
import { affectedRows, numberOrNull, type Database } from '../../database/database.js';
import { KNOWN_BY_ALL_MS, prepareClaimRows } from './claim-rows-setting.js';
import type { GateEpochs } from './gate-epochs.js';
import { areCopied, isPacked, readLayout } from './rows/claim-layout.js';
import {
  aheadOfPacked,
  copyClaims,
  emptyUnpacked,
  idsBehind,
  unequalCopies,
  unequalCounts,
  UNPACKED,
  type Unpacked,
} from './rows/copy-claims.js';

/** Copies are not equal, or some are left: nothing was taken away, and claims go on where they are. */
export class PackingRefused extends Error {
  override readonly name = 'PackingRefused';
}

/** Where the packing is; `claims` counts those of the step that were read so far, of all runs. */
export interface PackingProgress {
  readonly step: 'waiting' | 'copying' | 'comparing' | 'switched' | 'checking' | 'emptied' | 'done';
  readonly claims?: number;
  /** Until when it waits, ms since 1970. */
  readonly until?: number;
}

interface Options {
  /** Of the time, above 0 and up to 1: how much of it batches take; between them claims have the database alone. */
  readonly share: number;
  /** How long processes may take to learn that all is packed, before what is left of the old rows goes, in ms. */
  readonly knownByAllMs?: number;
}

const STEP = { copy: 'copy', compare: 'compare', switched: 'switched', check: 'check' } as const;
const SHOWN = 5;

const some = (ids: readonly string[]): string =>
  ids.slice(0, SHOWN).join(', ') + (ids.length > SHOWN ? ` and ${ids.length - SHOWN} more` : '');

/**
 * Packs the claims of vouchers that were made before packed rows were turned on, while claims go on (docs/adr/0114): whoever writes such a
 * claim writes it packed too, the others are copied in batches, copies and claims are compared, and in one transaction the copies become
 * the claims. It may end at any point, and goes on where it was.
 */
export class ClaimPacking {
  private readonly knownByAllMs: number;
  private readonly share: number;

  constructor(
    private readonly db: Database,
    private readonly epochs: GateEpochs,
    { share, knownByAllMs = KNOWN_BY_ALL_MS }: Options,
  ) {
    this.share = share;
    this.knownByAllMs = knownByAllMs;
  }

  /**
   * Goes on until all claims are packed and the old rows are gone.
   * @throws PackingRefused where claims and copies are not equal; UnfitDataError of a claim that cannot be packed; the driver's error
   */
  async *run(): AsyncGenerator<PackingProgress, void> {
    await prepareClaimRows(this.db, { CLAIM_ROWS: 'packed' });
    const { packedFrom, packing } = await this.state();
    if (packing === null && packedFrom !== 0) {
      yield* this.waitUntil(packedFrom ?? Infinity);
      await this.change('copying', (tx) =>
        tx.query(`UPDATE gate_epoch SET claims_packing = 'copying' WHERE id = 1 AND claims_packing IS NULL`),
      );
    }
    if ((await this.state()).packing === 'copying') {
      yield* this.walk(STEP.copy, 'copying', (table, ids) => this.copy(table, ids));
      yield* this.walk(STEP.compare, 'comparing', (table, ids) => this.compare(table, ids));
      await this.switch();
      yield { step: 'switched' };
    }
    const { packing: left } = await this.state();
    if (left === 'packed') {
      yield* this.waitUntil((await this.position(STEP.switched)).changedAt + this.knownByAllMs);
      yield* this.walk(STEP.check, 'checking', (table, ids) => this.check(table, ids));
      await this.empty();
      yield { step: 'emptied' };
    }
    yield { step: 'done' };
  }

  /** Copies and compares from the begin: what was found unequal was changed past the program. */
  async again(): Promise<void> {
    await this.db.write((tx) => tx.query(`DELETE FROM claim_packing WHERE step <> ?`, [STEP.switched]));
  }

  private async state(): Promise<{
    readonly packedFrom: number | undefined;
    readonly packing: string | null;
  }> {
    const row = await readLayout(this.db);
    const packedFrom = numberOrNull(row?.claims_packed_from ?? null) ?? undefined;
    return { packedFrom, packing: row?.claims_packing ?? null };
  }

  private async *waitUntil(until: number): AsyncGenerator<PackingProgress, void> {
    const left = until - (await this.db.readClock());
    if (left <= 0) return;
    yield { step: 'waiting', until };
    await delay(left);
  }

  /** Takes the epoch's row from all who write claims: each of them has committed before, or knows it after. */
  private async change(
    to: 'copying' | 'packed',
    work: (tx: EntityManager) => Promise<unknown>,
  ): Promise<void> {
    await this.db.write(async (tx) => {
      await tx.query(`SELECT epoch FROM gate_epoch WHERE id = 1${this.db.forUpdate}`);
      await work(tx);
    });
    const { packing } = await this.state();
    if (packing !== to)
      throw new PackingRefused(`somebody else has changed the packing to ${packing ?? 'ended'}`);
  }

  /** Both tables, in the order of their rows, from where the step was. */
  private async *walk(
    name: string,
    step: PackingProgress['step'],
    work: (table: Unpacked, ids: readonly string[]) => Promise<unknown>,
  ): AsyncGenerator<PackingProgress, void> {
    for (const table of UNPACKED) {
      const key = `${name} ${table}`;
      let { position, claims } = await this.position(key);
      for (;;) {
        const began = performance.now();
        const ids = await idsBehind(this.db.read, table, position);
        const last = ids.at(-1);
        if (last === undefined) break;
        await work(table, ids);
        position = last;
        claims += ids.length;
        await this.keep(key, position, claims);
        yield { step, claims };
        await delay((performance.now() - began) * (1 / this.share - 1));
      }
    }
  }

  /** Rows are held while they are copied, and the epoch's with them: after the switch nothing is copied over what is newer. */
  private async copy(table: Unpacked, ids: readonly string[]): Promise<void> {
    await this.db.write(async (tx) => {
      await this.epochs.hold(tx);
      if (!areCopied(tx)) throw new PackingRefused('somebody else has ended the copying');
      await copyClaims(tx, table, ids, this.db.forShare);
    });
  }

  private async compare(table: Unpacked, ids: readonly string[]): Promise<void> {
    const unequal = await unequalCopies(this.db, table, ids);
    if (unequal.length > 0) throw new PackingRefused(`packed otherwise than they are: ${some(unequal)}`);
  }

  private async switch(): Promise<void> {
    const unequal = await unequalCounts(this.db, (id) => !isPacked(this.db.read, id));
    if (unequal.length > 0)
      throw new PackingRefused(`claims and packed ones are not as many on: ${some(unequal)}`);
    await this.change('packed', async (tx) => {
      const changed = await affectedRows(
        tx,
        `UPDATE gate_epoch SET claims_packed_from = 0, claims_packing = 'packed' WHERE id = 1 AND claims_packing = 'copying'`,
        [],
      );
      if (changed === 1) await this.keep(STEP.switched, '', 0, tx);
    });
  }

  /** What somebody wrote who did not know: nothing is thrown away that only the old rows say. */
  private async check(table: Unpacked, ids: readonly string[]): Promise<void> {
    const ahead = await aheadOfPacked(this.db, table, ids);
    if (ahead.length > 0)
      throw new PackingRefused(`written to after the switch, and not to the packed claim: ${some(ahead)}`);
  }

  private async empty(): Promise<void> {
    for (const table of UNPACKED) {
      const { packedFrom, packing } = await this.state();
      if (packedFrom !== 0 || packing !== 'packed')
        throw new PackingRefused(
          'the database is not the one whose claims were packed, or somebody else has ended it',
        );
      await emptyUnpacked(this.db, table);
    }
    await this.db.write(async (tx) => {
      await tx.query(
        `UPDATE gate_epoch SET claims_packing = NULL WHERE id = 1 AND claims_packing = 'packed'`,
      );
      await tx.query('DELETE FROM claim_packing');
    });
  }

  private async position(step: string): Promise<{ position: string; claims: number; changedAt: number }> {
    const [row] = await this.db.read.query<
      { position: string; claims: number | string; changed_at: number | string }[]
    >('SELECT position, claims, changed_at FROM claim_packing WHERE step = ?', [step]);
    return {
      position: row?.position ?? '',
      claims: Number(row?.claims ?? 0),
      changedAt: Number(row?.changed_at ?? 0),
    };
  }

  private async keep(step: string, position: string, claims: number, tx?: EntityManager): Promise<void> {
    const write = (on: EntityManager): Promise<unknown> =>
      on.query(
        `REPLACE INTO claim_packing (step, position, claims, changed_at) VALUES (?, ?, ?, ${this.db.now})`,
        [step, position, claims],
      );
    await (tx ? write(tx) : this.db.write(write));
  }
}
