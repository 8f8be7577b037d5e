import { Injectable, Logger } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { MerchantActor } from '../auth/index.js';
import { Clock, rfc3339 } from '../common/clock.js';
import { newId } from '../common/ids.js';
import { modeOf } from '../common/mode.js';
import { invalidField, Problem } from '../common/problems.js';
import { Merchants } from '../merchant/index.js';
import { effectiveStatus, judgeMove, type MerchantMove, type VoucherStatus } from './domain/lifecycle.js';
import { fixedFields, GATE_FIELDS, takesTimeAway, termBreaches, type EditableField } from './domain/terms.js';
import { Budgets } from './budget/budgets.js';
import { CodeLists } from './codes/code-lists.js';
import { unitsReleased } from './domain/waves.js';
import { copyList } from './eligibility/list-rows.js';
import { GateSync } from './gate-sync.js';
import type { CloneBody } from './clone.dto.js';
import { VoucherHolders } from './ports/voucher-holders.js';
import { VoucherAudit, type Also } from './voucher-audit.js';
import { againWhereRaced } from './raced.js';
import { requireNoBreach, termErrors } from './term-problems.js';
import type { CreateBody, OwnListQuery, PatchBody } from './voucher.dto.js';
import type { Voucher } from './voucher.entity.js';
import { VoucherRepository, type VoucherChanges } from './voucher.repository.js';
import { VoucherViews } from './voucher-views.js';
import { changesOf, draftOf } from './voucher-fields.js';
import { ifMatch, type VoucherView } from './voucher.view.js';

const DONE: Readonly<Record<MerchantMove, string>> = {
  publish: 'published',
  pause: 'paused',
  resume: 'resumed',
  end: 'ended',
  archive: 'archived',
};

/** What merchants do with their vouchers. Another merchant's voucher is not there. */
@Injectable()
export class VoucherCommands {
  private readonly logger = new Logger('Voucher');

  constructor(
    private readonly store: VoucherRepository,
    private readonly sync: GateSync,
    private readonly holders: VoucherHolders,
    private readonly views: VoucherViews,
    private readonly merchants: Merchants,
    private readonly audit: VoucherAudit,
    private readonly clock: Clock,
    private readonly codes: CodeLists,
    private readonly budgets: Budgets,
  ) {}

  async create(actor: MerchantActor, body: CreateBody): Promise<VoucherView> {
    const now = this.clock.now();
    const voucher = draftOf(actor, body, newVoucherId(actor, now), await this.zoneOf(actor), now);
    requireNoBreach(termBreaches(voucher, now));
    await this.store.insert([voucher], this.audit.by(actor, 'created', voucher.id, { title: voucher.title }));
    this.logger.log(
      { voucherId: voucher.id, merchantId: actor.merchantId, userId: actor.userId },
      'voucher created',
    );
    return this.views.of(voucher);
  }

  /**
   * All of them in one transaction, or none.
   * @returns their ids, in the order of `bodies`
   * @throws Problem validation_failed, with the place in `vouchers` in each pointer
   */
  async createMany(actor: MerchantActor, bodies: readonly CreateBody[]): Promise<readonly string[]> {
    const now = this.clock.now();
    const zone = await this.zoneOf(actor);
    // Ids of one millisecond are in no order by themselves; lists go by ids.
    const ids = bodies.map(() => newVoucherId(actor, now)).sort();
    const vouchers = bodies.map((body, at) => draftOf(actor, body, ids[at] ?? '', zone, now));
    const errors = vouchers.flatMap((voucher, at) =>
      termErrors(termBreaches(voucher, now), `/vouchers/${at}`),
    );
    if (errors.length > 0) throw new Problem('validation_failed', { errors });
    const created = vouchers.map(({ id, title }) => ({ id, details: { title } }));
    await this.store.insert(vouchers, this.audit.byOnEach(actor, 'created', created));
    this.logger.log(
      { vouchers: ids.length, merchantId: actor.merchantId, userId: actor.userId },
      'vouchers created',
    );
    return ids;
  }

  /**
   * A draft with the terms of a voucher, and who may claim it, in whatever state that is. Times that are not among the edits are kept:
   * one whose window is over is given another before it is published. Units of released waves come again with these, not with the
   * stock as well.
   * @throws Problem not_found, validation_failed
   */
  async clone(actor: MerchantActor, id: string, edits: NonNullable<CloneBody>): Promise<VoucherView> {
    const source = await this.store.own(actor.merchantId, id);
    const now = this.clock.now();
    const voucher: Voucher = {
      ...source,
      id: newVoucherId(actor, now),
      status: 'draft',
      takenDownAt: null,
      // No code is given twice, so those of the source stay there. By its pattern the copy gets other ones.
      codeSource: source.codePattern === null ? 'generated' : 'pattern',
      totalStock: Math.max(1, source.totalStock - unitsReleased(source.waves)),
      waves: source.waves.map((wave) => ({ ...wave, released: false })),
      version: 1,
      createdAt: now,
      updatedAt: now,
      ...changesOf(edits, { waves: [] }),
    };
    if (Object.keys(edits).length > 0)
      requireNoBreach(termBreaches(voucher, edits.closes_at === undefined ? undefined : now));
    const details = { title: voucher.title, cloned_from: id };
    const audited = this.audit.by(actor, 'created', voucher.id, details);
    await this.store.insert([voucher], async (tx) => {
      if (voucher.eligibility !== 'everyone') await copyList(tx, id, voucher.id);
      await audited(tx);
    });
    this.logger.log({ voucherId: voucher.id, source: id, userId: actor.userId }, 'voucher cloned');
    return this.views.of(voucher);
  }

  /** @throws Problem not_found */
  async findOwn(actor: MerchantActor, id: string): Promise<VoucherView> {
    return this.views.of(await this.store.own(actor.merchantId, id));
  }

  async listOwn(
    actor: MerchantActor,
    query: OwnListQuery,
  ): Promise<{ views: VoucherView[]; hasMore: boolean }> {
    const filter = { merchantId: actor.merchantId, status: query.status };
    const { rows, hasMore } = await this.store.page(filter, query);
    return { views: await this.views.ofMany(rows), hasMore };
  }

  /**
   * Changes a voucher that is still as the merchant saw it.
   * @throws Problem not_found, precondition_required, precondition_failed, not_editable, validation_failed, confirmation_required;
   *   of the gate
   */
  async edit(
    actor: MerchantActor,
    id: string,
    body: PatchBody,
    ifMatchHeader: string | undefined,
  ): Promise<VoucherView> {
    const voucher = await this.store.own(actor.merchantId, id);
    if (ifMatchHeader === undefined) throw new Problem('precondition_required');
    if (!ifMatch(ifMatchHeader, voucher)) throw changedMeanwhile(voucher);
    const now = this.clock.now();
    const status = effectiveStatus(voucher, now);
    const { confirm, ...edits } = body;
    const fields = (Object.keys(edits) as EditableField[]).filter((field) => edits[field] !== undefined);
    requireEditable(status, fields);
    if (edits.code_pattern !== undefined) requireNoImport(voucher);
    const changes = changesOf(edits, voucher);
    requireNoBreach(
      termBreaches({ ...voucher, ...changes }, edits.closes_at === undefined ? undefined : now),
    );
    if (status !== 'draft' && edits.waves) await this.codes.requireEnough({ ...voucher, ...changes });
    if (confirm !== true && status !== 'draft') await this.requireNobodyTouched(voucher, changes, now);

    // Claims are numbered by the gate's clock: it says which of them were promised the new terms.
    const termsFrom = status === 'draft' ? undefined : await this.sync.gateTime();
    const audited = this.audit.by(actor, 'edited', id, { fields, version: voucher.version + 1 });
    const also: Also = async (tx) => {
      await this.budgets.require(tx, { ...voucher, ...changes });
      if (status === 'archived' && fields.includes('redeem_until')) await requireClaimsInPlace(tx, id);
      await audited(tx);
    };
    const changed = await this.store.change(voucher, changes, also, termsFrom);
    if (!changed) throw changedMeanwhile();
    this.logger.log(
      { voucherId: id, userId: actor.userId, fields, version: changed.version },
      'voucher edited',
    );
    if (status !== 'draft' && fields.some((field) => GATE_FIELDS.includes(field))) {
      await this.sync.applyOrExplain(changed);
    }
    return this.views.of(changed);
  }

  /** @throws Problem not_found, not_editable */
  async remove(actor: MerchantActor, id: string): Promise<void> {
    await this.store.own(actor.merchantId, id);
    if (await this.store.deleteDraft(id, this.audit.by(actor, 'deleted', id))) {
      this.logger.log({ voucherId: id, userId: actor.userId }, 'voucher deleted');
      return;
    }
    await this.store.own(actor.merchantId, id);
    throw new Problem('not_editable', {
      detail: 'Only a draft can be deleted; end and archive a voucher that was published',
    });
  }

  /** @throws Problem not_found, invalid_transition, taken_down; of the gate, where it says whether the change is stored */
  async move(actor: MerchantActor, id: string, move: MerchantMove): Promise<VoucherView> {
    return againWhereRaced(async () => {
      const voucher = await this.store.own(actor.merchantId, id);
      const status = this.requireMove(voucher, move);
      const audited = this.audit.by(actor, DONE[move], id, { from: voucher.status, to: status });
      let also = audited;
      if (move === 'publish') {
        await this.codes.requireEnough(voucher);
        const prepared = await this.sync.prepare(voucher);
        also = async (tx) => {
          await audited(tx);
          await prepared(tx); // last: whoever rebuilds the gate waits for it
        };
      }
      const moved = await this.store.change(voucher, { status }, also);
      if (!moved) return undefined;
      this.logger.log(
        { voucherId: id, userId: actor.userId, from: voucher.status, to: status, version: moved.version },
        `voucher ${DONE[move]}`,
      );
      // The gate has heard of the end already, and may have forgotten the voucher since.
      if (move !== 'archive') await this.sync.applyOrExplain(moved);
      return this.views.of(moved);
    });
  }

  private async zoneOf({ merchantId }: MerchantActor): Promise<string> {
    return (await this.merchants.find(merchantId))?.timeZone ?? 'UTC';
  }

  /** Whoever takes time from people who hold units says that this is meant. */
  private async requireNobodyTouched(voucher: Voucher, changes: VoucherChanges, now: number): Promise<void> {
    const { redeemUntil: until } = changes;
    if (until === undefined || !takesTimeAway(voucher.redeemUntil, until, now)) return;
    const claims = await this.holders.count(voucher.id);
    if (claims === 0) return;
    throw new Problem('confirmation_required', {
      detail: `${claims} claims that are not redeemed yet would expire earlier; send "confirm": true if you mean it`,
      errors: [
        { pointer: '/redeem_until', code: 'shortened', detail: 'is earlier than what holders were promised' },
      ],
      extensions: { claims_affected: claims },
    });
  }

  private requireMove(voucher: Voucher, move: MerchantMove): VoucherStatus {
    if (move === 'resume' && voucher.takenDownAt !== null) throw new Problem('taken_down');
    const outcome = judgeMove(voucher, move, this.clock.now());
    switch (outcome.kind) {
      case 'moved':
        return outcome.status;
      case 'window-over':
        throw new Problem('invalid_transition', {
          detail: `closes_at has passed (${rfc3339(outcome.closesAt)}): set a later one, then publish`,
          extensions: { voucher_status: voucher.status },
        });
      case 'wrong-state':
        throw new Problem('invalid_transition', {
          detail: `The voucher is ${outcome.from} and cannot be ${DONE[move]}`,
          extensions: { voucher_status: outcome.from },
        });
      case 'not-due':
        throw new Error(`${move} is no move of time`);
    }
  }
}

/** Of the mode of its merchant's side. */
const newVoucherId = ({ merchantId }: MerchantActor, now: number): string =>
  newId('vch', now, modeOf(merchantId));

/** Imported codes are taken back first, so that nobody loses a file by the way. */
function requireNoImport({ codeSource }: Voucher): void {
  if (codeSource !== 'imported') return;
  const detail = 'The voucher has imported codes: remove them first';
  throw invalidField('/code_pattern', 'codes_imported', detail);
}

function requireEditable(status: VoucherStatus, fields: readonly EditableField[]): void {
  const fixed = fixedFields(status, fields);
  if (fixed.length === 0) return;
  throw new Problem('not_editable', {
    detail: `The voucher is ${status}: ${fixed.join(', ')} can no longer be changed`,
    errors: fixed.map((field) => ({
      pointer: `/${field}`,
      code: 'not_editable',
      detail: `fixed once ${status}`,
    })),
    extensions: { voucher_status: status },
  });
}

/**
 * Another time to redeem would issue expired claims again, and those that were moved to the archive are not changed any more. Whoever moves
 * them holds the voucher's row, as this transaction does: one of the two comes first.
 */
async function requireClaimsInPlace(tx: EntityManager, id: string): Promise<void> {
  const [stock] = await tx.query<{ claims_archived: string | null }[]>(
    'SELECT claims_archived FROM voucher_stock WHERE voucher_id = ?',
    [id],
  );
  if ((stock?.claims_archived ?? null) === null) return;
  throw new Problem('not_editable', {
    detail: 'The claims on the voucher are archived: redeem_until can no longer be changed',
    errors: [
      { pointer: '/redeem_until', code: 'claims_archived', detail: 'fixed once the claims are archived' },
    ],
    extensions: { voucher_status: 'archived' },
  });
}

const changedMeanwhile = (voucher?: Voucher): Problem =>
  new Problem('precondition_failed', {
    detail: `The voucher was changed by someone else${voucher ? ` and is at version ${voucher.version}` : ''}: read it again`,
  });
