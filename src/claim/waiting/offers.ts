import { Inject, Injectable, Logger } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { CONFIG, type Config } from '../../config/index.js';
import { Database } from '../../database/database.js';
import { insertPacks, type PackRow } from '../../database/outbox.js';
import { newId } from '../../common/ids.js';
import { failpoint } from '../../common/failpoints.js';
import { Clock, rfc3339 } from '../../common/clock.js';
import { VoucherCatalogue, type VoucherView } from '../../voucher/index.js';
import { OFFERS_MAX, type WaitingListAtGate } from '../gate/gate-offers.js';
import type { WaitingListOffered } from '../domain/claim-events.js';
import { waitingEntryId } from '../domain/waiting-entry-id.js';
import { WaitingStore, type PlaceWithClaim, type WaitingEntry } from '../ledger/waiting-store.js';
import { UnitReturns } from '../returns/unit-returns.js';
import { WaitingGate } from './waiting-gate.js';

/** A list that others change all the time is looked at again by the next run. */
const ROUNDS = 3;

/** What becomes of the offers that are out. */
interface Judged {
  readonly accepted: readonly number[];
  readonly lapsed: readonly number[];
  readonly notGranted: readonly number[];
  /** Not used, not over: a unit at the gate is kept for each. */
  readonly open: number;
}

/**
 * Offers units to those who wait, in order (docs/adr/0045). The database decides who is offered something, by what the gate says that
 * there is; the gate judges who takes it, and until when.
 *
 *     waiting -> offered -> accepted | lapsed | declined      waiting | offered -> left      waiting -> closed
 */
@Injectable()
export class Offers {
  private readonly logger = new Logger('Offers');

  constructor(
    @Inject(CONFIG) private readonly config: Pick<Config, 'WAITING_LIST_ACCEPT_S'>,
    private readonly db: Database,
    private readonly store: WaitingStore,
    private readonly atGate: WaitingGate,
    private readonly returns: UnitReturns,
    private readonly vouchers: VoucherCatalogue,
    private readonly clock: Clock,
  ) {}

  /** The job: all lists that somebody waits in. Safe when two run at once: the second finds another version. */
  async run(): Promise<void> {
    for (const voucherId of await this.store.openLists()) {
      try {
        await this.advance(voucherId);
      } catch (error) {
        this.logger.warn({ voucher: voucherId, err: error }, 'offers wait for the gate');
      }
    }
  }

  /**
   * Ends offers that were used or are over, and makes new ones of what is left.
   * @throws Problem gate_recovering, dependency_unavailable
   */
  async advance(voucherId: string): Promise<void> {
    const voucher = await this.vouchers.find(voucherId);
    if (!voucher) return;
    for (let round = 0; round < ROUNDS; round++) {
      const gate = await this.atGate.bring(voucherId);
      const ended = voucher.status === 'ended' || voucher.status === 'archived';
      if (!gate && !ended) return;
      const changed = await this.db.write((tx) => this.judge(tx, voucher, gate));
      if (changed === 'nothing') return;
      if (changed === 'changed') failpoint('offer.after-commit');
    }
    await this.atGate.bring(voucherId);
  }

  private async judge(
    tx: EntityManager,
    voucher: VoucherView,
    gate: WaitingListAtGate | undefined,
  ): Promise<'nothing' | 'changed' | 'again'> {
    await this.returns.begin(tx);
    const { id } = voucher;
    const row = await this.store.hold(tx, id);
    // What the gate says is only of use where it has the list as it is here.
    if (gate && gate.version !== row.version) return 'again';
    const now = gate?.now ?? this.clock.now();
    const judged = judge(await this.store.offered(tx, id), gate, now);
    await this.store.end(tx, id, judged.accepted, 'accepted', now);
    await this.store.end(tx, id, judged.lapsed, 'lapsed', now);
    await this.store.backInLine(tx, id, judged.notGranted);
    const ended = voucher.status === 'ended' || voucher.status === 'archived' || voucher.closesAt <= now;
    const inLine = await this.store.next(tx, id, OFFERS_MAX);
    const { waiting, done } = this.inLine(inLine);
    await this.store.end(tx, id, done, 'accepted', now);
    const offered = ended ? [] : await this.offer(tx, voucher, { gate, now, open: judged.open, waiting });
    if (ended && waiting.length > 0) await this.store.close(tx, id, now);
    const { accepted, lapsed, notGranted } = judged;
    const changes = accepted.length + lapsed.length + notGranted.length + done.length + offered.length;
    if (changes === 0 && !(ended && waiting.length > 0)) return 'nothing';
    await this.store.change(tx, id, row);
    return 'changed';
  }

  /** A gate that forgot the offer of a place sends it back in line, while its claim is on the way: once that is a row, it is accepted. */
  protected inLine(places: readonly PlaceWithClaim[]): {
    readonly waiting: readonly WaitingEntry[];
    readonly done: readonly number[];
  } {
    const done = places.filter(({ claimed }) => claimed).map(({ number }) => number);
    return { waiting: places.filter(({ claimed }) => !claimed), done };
  }

  private async offer(
    tx: EntityManager,
    voucher: VoucherView,
    {
      gate,
      now,
      open,
      waiting,
    }: {
      readonly gate: WaitingListAtGate | undefined;
      readonly now: number;
      readonly open: number;
      readonly waiting: readonly WaitingEntry[];
    },
  ): Promise<readonly WaitingEntry[]> {
    const running = voucher.status === 'live' || (voucher.status === 'scheduled' && voucher.opensAt <= now);
    const free = running && gate ? Math.min(gate.remaining, OFFERS_MAX) - open : 0;
    const chosen = waiting.slice(0, Math.max(0, free));
    if (chosen.length === 0) return chosen;
    const until = Math.min(now + this.config.WAITING_LIST_ACCEPT_S * 1_000, voucher.closesAt);
    await this.store.offer(
      tx,
      voucher.id,
      chosen.map(({ number }) => number),
      { at: now, until },
    );
    await insertPacks(tx, [offersPack(voucher.id, chosen, now, until)]);
    this.logger.log({ voucher: voucher.id, offers: chosen.length }, 'units offered to those who wait');
    return chosen;
  }
}

function judge(offered: readonly PlaceWithClaim[], gate: WaitingListAtGate | undefined, now: number): Judged {
  const held = new Map(gate?.offers.map((offer) => [offer.userId, offer]));
  const accepted: number[] = [];
  const lapsed: number[] = [];
  const notGranted: number[] = [];
  let open = 0;
  for (const { number, userId, offeredUntil, claimed } of offered) {
    const there = held.get(userId);
    const mine = there?.number === number ? there : undefined;
    if (claimed) accepted.push(number);
    else if (mine?.used)
      continue; // its claim is on its way to the database
    else if ((offeredUntil ?? 0) <= now) lapsed.push(number);
    else if (gate && !mine) notGranted.push(number);
    else open += 1;
  }
  return { accepted, lapsed, notGranted, open };
}

/** Events for those who tell people of their offers, one line each. */
function offersPack(voucherId: string, chosen: readonly WaitingEntry[], now: number, until: number): PackRow {
  const type = 'waiting_list.offered';
  const lines = chosen.map(({ number, userId }) =>
    JSON.stringify({
      id: newId('evt', now),
      type,
      version: 1,
      created_at: rfc3339(now),
      data: {
        object: 'waiting_list_entry',
        id: waitingEntryId(voucherId, number),
        voucher_id: voucherId,
        user_id: userId,
        status: 'offered',
        offered_until: rfc3339(until),
      },
    } satisfies WaitingListOffered),
  );
  return {
    id: newId('evt', now),
    type,
    aggregate_id: voucherId,
    payload: lines.join('\n'),
    packed: null,
    events: lines.length,
    created_at: now,
  };
}
