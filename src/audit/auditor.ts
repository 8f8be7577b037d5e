import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Database } from '../database/database.js';
import { ClaimIds } from '../common/ids.js';
import { Problem } from '../common/problems.js';
import {
  BackgroundPace,
  ClaimColumns,
  claimsById,
  GateKeeper,
  GateLostError,
  layoutOfSnapshot,
  StockGate,
  UNKNOWN_VOUCHER,
  type GateSnapshot,
  type WaitingListAtGate,
} from '../claim/index.js';
import { AT_ONCE, tallyClaims, type Paced } from './claim-tally.js';
import { NOTHING_PROVED, ProvedRanges, type Proved, type ReadRange } from './proved-ranges.js';
import { tallyCodes, type CodeTally } from './code-tally.js';
import {
  eventsOfIssue,
  judgedStock,
  recordedStock,
  returned,
  termsOf,
  toConfirm,
  unitsOnTheirWay,
  type AuditedTerms,
} from './audited-voucher.js';

const ID = new ClaimColumns('id');

export interface Equation {
  readonly name: string;
  readonly left: number;
  readonly right: number;
  readonly holds: boolean;
}

export interface AuditHow {
  /** Reads every claim, whatever was proved before. */
  readonly whole?: boolean | undefined;
  /** Ends it between two pieces of the ledger. */
  readonly signal?: AbortSignal | undefined;
  /** Does not give way to claims: of an audit that has a share of the time already. */
  readonly atOnce?: boolean | undefined;
  /** Is refused when it has waited so long for claims to go first, ms. */
  readonly waitMaxMs?: number | undefined;
  /** Told the share of the claims that was read, 0 to 1; it begins anew where all claims have to be read after all. */
  readonly onProgress?: ((share: number) => void) | undefined;
}

interface Seen {
  readonly voucherId: string;
  readonly epoch: number;
  readonly gate: GateSnapshot | undefined;
  readonly list: WaitingListAtGate | undefined;
  readonly terms: AuditedTerms;
}

/** Of an audit that waits within a snapshot. */
type PacedIn = (tx?: EntityManager) => Paced;

interface Reading extends AuditHow {
  readonly ranges: Proved['ranges'];
  readonly paced: Paced;
}

interface StockRow {
  readonly total: number;
  readonly issued: number;
  readonly returns: number | string;
  readonly claims_archived: string | null;
}

/** Names of the equations that others act upon. */
export const EQUATION = {
  gate: 'remaining + pending + held + offered + issued live = total',
  rows: 'issued = rows live',
  events: 'outbox events = claims ever issued',
  listed: 'claims listed by status = claims neither issued nor expired',
} as const;

export const allHold = (equations: readonly Equation[]): boolean => equations.every(({ holds }) => holds);

const CHUNK = 1_000;

const WAITED = 'Claims are being taken; begin an audit that runs by itself';
const RETRY_AFTER_S = 30;

/**
 * The equations of a voucher over one gate snapshot and one database snapshot, without stopping traffic: the gate is read
 * first, and of the ledger's rows only those count that the gate had numbered by then. A claim that the ledger refuses, or
 * an epoch that ends, between the two reads tears the result: an equation is broken only when two audits in a row say so.
 */
@Injectable()
export class Auditor {
  constructor(
    private readonly db: Database,
    private readonly gate: StockGate,
    private readonly keeper: GateKeeper,
    private readonly ids: ClaimIds,
    private readonly proved: ProvedRanges,
    private readonly pace: BackgroundPace,
  ) {}

  /**
   * Reads the claims that no earlier audit has proved, and some of the others again. Where an equation does not hold by what
   * was kept, all claims are read: what is wrong is never said from memory.
   * @throws the signal's reason, between two pieces of the ledger; Problem overloaded, where it may not wait as long as it has to
   */
  async audit(voucherId: string, how: AuditHow = {}): Promise<Equation[]> {
    if (how.atOnce) return this.read(voucherId, how, () => AT_ONCE);
    const paced = this.pacedBy(how);
    // In SQLite nobody writes during a snapshot: who rests in it holds up the claims that it rests for.
    return this.db.dialect === 'sqlite'
      ? paced()(() => this.read(voucherId, how, () => AT_ONCE))
      : this.read(voucherId, how, paced);
  }

  private pacedBy({ signal, waitMaxMs = Infinity }: AuditHow): PacedIn {
    let waitedMs = 0;
    const onWait = (ms: number): void => {
      waitedMs += ms;
    };
    return (tx) => (piece) => {
      if (waitedMs > waitMaxMs)
        throw new Problem('overloaded', { detail: WAITED, retryAfterS: RETRY_AFTER_S });
      const keepAlive = tx && (() => tx.query('SELECT 1'));
      return this.pace.run('audit', piece, { signal, onWait, keepAlive });
    };
  }

  private async read(voucherId: string, how: AuditHow, pacedIn: PacedIn): Promise<Equation[]> {
    const epoch = this.keeper.epochOf(voucherId);
    const gate = this.keeper.isOpen ? await this.gate.snapshot(epoch, voucherId) : undefined;
    const list = gate && (await this.waitingList(voucherId));
    const found = await this.db.snapshot(async (tx) => {
      await layoutOfSnapshot(tx);
      const seen = { voucherId, epoch, gate, list, terms: await termsOf(tx, voucherId) };
      const { perUserLimit } = seen.terms;
      const known = await this.proved.of(tx, voucherId, { perUserLimit, upTo: gate?.sequence });
      const ranges = how.whole ? NOTHING_PROVED.ranges : known.ranges;
      const reading = { ...how, paced: pacedIn(tx), ranges };
      let { equations, read } = await this.equations(tx, seen, reading);
      if (!allHold(equations) && ranges.size > 0)
        ({ equations, read } = await this.equations(tx, seen, {
          ...reading,
          ranges: NOTHING_PROVED.ranges,
        }));
      return { equations, read, perUserLimit, round: known.round, now: await this.db.readClock(tx) };
    });
    if (allHold(found.equations)) await this.proved.keep(voucherId, found);
    return found.equations;
  }

  private async equations(
    tx: EntityManager,
    { voucherId, epoch, gate, list, terms: { status, perUserLimit, affordable, codeSource } }: Seen,
    { ranges, signal, paced, onProgress }: Reading,
  ): Promise<{ readonly equations: Equation[]; readonly read: readonly ReadRange[] }> {
    const [stock] = await tx.query<StockRow[]>(
      'SELECT total, issued, returns, claims_archived FROM voucher_stock WHERE voucher_id = ?',
      [voucherId],
    );
    this.judgeReturns(epoch, gate, stock);
    const isArchived = (stock?.claims_archived ?? null) !== null;
    const total = stock?.total ?? 0;
    const issued = stock?.issued ?? 0;
    const { tally: claims, read } = await tallyClaims(tx, {
      voucherId,
      perUserLimit,
      numberedUpTo: gate?.sequence ?? 0,
      dialect: this.db.dialect,
      isArchived,
      proved: ranges,
      signal,
      paced,
      onProgress,
    });
    const equations = [
      ...(gate ? [await this.gateEquation(tx, voucherId, gate, claims.numbered)] : []),
      ...(gate
        ? [equal('gate total = stock ledger', gate.total, await judgedStock(tx, voucherId, gate))]
        : []),
      // The stock ledger begins with the publishing.
      ...(status === 'draft'
        ? []
        : [equal('stock ledger = total', await recordedStock(tx, voucherId), total)]),
      equal(EQUATION.rows, issued, claims.live),
      atMost('issued <= total', issued, total),
      ...(affordable === Infinity ? [] : [atMost('total <= units of the budget', total, affordable)]),
      ...(list === undefined
        ? []
        : [atMost('units offered <= units free', openOffers(list), list.remaining)]),
      equal('claims held = claims to confirm', claims.held, await toConfirm(tx, voucherId)),
      equal(EQUATION.listed, claims.indexed, claims.listed),
      equal('users above the limit = 0', claims.usersAboveLimit, 0),
      equal(
        'claims given back = claims cancelled or released',
        await returned(tx, voucherId),
        claims.givenBack,
      ),
      equal('repeated sequence numbers = 0', claims.repeated, 0),
      equal(EQUATION.events, await eventsOfIssue(tx, voucherId), claims.everIssued),
      ...(status === 'draft'
        ? []
        : codeEquations(
            await tallyCodes(tx, voucherId, codeSource, { isArchived, signal, paced }),
            claims.everIssued,
            total,
          )),
    ];
    return { equations, read };
  }

  /**
   * What gate and stock row show of a voucher: where it is the same twice, nobody has claimed in between.
   * @returns nothing while the gate is closed or claims are pending
   */
  async fingerprint(voucherId: string): Promise<string | undefined> {
    const epoch = this.keeper.epochOf(voucherId);
    const gate = this.keeper.isOpen ? await this.gate.counters(epoch, voucherId) : undefined;
    if (!gate || gate.pending > 0) return undefined;
    const { total, remaining, sequence, adjusted, refused, returned } = gate;
    const stock: { returns: number | string }[] = await this.db.read.query(
      'SELECT total, issued, returns FROM voucher_stock WHERE voucher_id = ?',
      [voucherId],
    );
    this.judgeReturns(epoch, gate, stock[0]);
    return JSON.stringify([epoch, total, remaining, sequence, adjusted, refused, returned, stock]);
  }

  /**
   * The database has each give-back before the gate, and here it was asked after the gate: where it has fewer, it has forgotten some. Its next
   * ones would get numbers that the gate has taken, and their units would come back to nobody. So the gate is lost: the log is read
   * again as far as the database has forgotten it, and the gate rebuilt from what is true now (docs/adr/0044).
   */
  private judgeReturns(
    epoch: number,
    gate: { readonly returned: number } | undefined,
    stock: { readonly returns: number | string } | undefined,
  ): void {
    if (gate && stock && gate.returned > Number(stock.returns))
      this.keeper.lost(epoch, 'the database has forgotten units that were given back');
  }

  /** Nothing where the gate has forgotten it since. */
  private async waitingList(voucherId: string): Promise<WaitingListAtGate | undefined> {
    try {
      const list = await this.gate.offer(this.keeper.epochOf(voucherId), voucherId);
      return list === UNKNOWN_VOUCHER ? undefined : list;
    } catch (error) {
      if (error instanceof GateLostError) return undefined;
      throw error;
    }
  }

  private async gateEquation(
    tx: EntityManager,
    voucherId: string,
    gate: GateSnapshot,
    numbered: number,
  ): Promise<Equation> {
    let waiting = gate.pending.length;
    for (let from = 0; from < gate.pending.length; from += CHUNK) {
      const chunk = gate.pending.slice(from, from + CHUNK);
      const ids = chunk.map((entry) => this.ids.id(voucherId, entry.userId, entry.ordinal));
      waiting -= (await claimsById(tx, ID, ids)).length;
    }
    // The ledger has taken them back, and the gate had not yet.
    const onTheirWay = await unitsOnTheirWay(tx, voucherId, gate);
    return equal(EQUATION.gate, gate.remaining + waiting + numbered + onTheirWay, gate.total);
  }
}

/** Each claim that was issued has one of the codes, no two have the same, and of imported ones there is one for each unit. */
function codeEquations(codes: CodeTally | undefined, everIssued: number, total: number): Equation[] {
  if (!codes) return [];
  return [
    equal('codes given = claims ever issued', codes.given, everIssued),
    equal('codes that one claim has = codes given', codes.heldOnce, codes.given),
    ...(codes.list
      ? [
          equal('codes retired = cancelled claims with a code', codes.list.retired, codes.list.cancelled),
          atMost('total <= codes not retired', total, codes.list.usable),
        ]
      : []),
  ];
}

/** Offers by which a unit can still be taken: units that are free, and not for everybody. */
const openOffers = ({ offers, now }: WaitingListAtGate): number =>
  offers.filter(({ used, until }) => !used && until > now).length;

const equal = (name: string, left: number, right: number): Equation => ({
  name,
  left,
  right,
  holds: left === right,
});
const atMost = (name: string, left: number, right: number): Equation => ({
  name,
  left,
  right,
  holds: left <= right,
});
