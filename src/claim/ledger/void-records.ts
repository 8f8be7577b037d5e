import type { LoggedClaim } from '../domain/claim-record.js';
import { standingOf } from '../domain/slot-epochs.js';
import type { EpochRow } from './gate-epochs.js';

/**
 * One record for each claim of a batch: the first that is not void, else the first. A claim that was lost with an epoch and
 * made again in the next carries the same id, so a late record may stand before the one that was answered.
 */
export function strongestOfEach(row: EpochRow, batch: readonly LoggedClaim[]): LoggedClaim[] {
  const chosen = new Map<string, LoggedClaim>();
  for (const logged of batch) {
    const before = chosen.get(logged.record.id);
    if (!before || (isVoid(row, before) && !isVoid(row, logged))) chosen.set(logged.record.id, logged);
  }
  return [...chosen.values()];
}

/**
 * protocol: a record of an old epoch is void once the recovery has drawn its barrier and the record lies behind it. The next
 * recovery draws another one: what was void before stays void, because a later epoch has been open since (docs/adr/0023). Of a voucher
 * whose slot keeps its epoch no barrier is drawn.
 */
export function isVoid(row: EpochRow, { record, position }: LoggedClaim): boolean {
  const { openedEpoch, kept } = standingOf(row, record.voucher_id);
  if (record.epoch < openedEpoch || position?.overtaken) return true;
  if (kept || record.epoch >= row.epoch || !row.barrier || !position) return false;
  const barrier = row.barrier[String(position.partition)];
  return barrier === undefined || position.offset >= BigInt(barrier);
}
