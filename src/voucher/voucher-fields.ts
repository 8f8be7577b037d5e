import type { MerchantActor } from '../auth/index.js';
import type { CreateBody, PatchBody } from './voucher.dto.js';
import type { Voucher } from './voucher.entity.js';
import type { VoucherChanges } from './voucher.repository.js';
import { wavesOf } from './waves.dto.js';

/** Unless the merchant says otherwise: long enough to notice a slip of the hand at the counter. */
const ROLLBACK_WITHIN_S = 600;

/** @param zone where the body names none */
export function draftOf(
  actor: MerchantActor,
  body: CreateBody,
  id: string,
  zone: string,
  now: number,
): Voucher {
  return {
    id,
    merchantId: actor.merchantId,
    title: body.title,
    description: body.description ?? null,
    status: 'draft',
    totalStock: body.total_stock,
    perUserLimit: body.per_user_limit,
    opensAt: Date.parse(body.opens_at),
    closesAt: Date.parse(body.closes_at),
    redeemFrom: timeOrNull(body.redeem_from ?? null),
    redeemUntil: timeOrNull(body.redeem_until ?? null),
    rollbackWithinS: body.rollback_within_s ?? ROLLBACK_WITHIN_S,
    cancellableUntil: timeOrNull(body.cancellable_until ?? null),
    confirmWithinS: body.confirm_within_s ?? null,
    confirmBy: body.confirm_by ?? 'user',
    timeZone: body.time_zone ?? zone,
    faceAmount: body.face_value?.amount ?? null,
    faceCurrency: body.face_value?.currency ?? null,
    protection: body.protection,
    waves: wavesOf(body.waves ?? []),
    eligibility: 'everyone',
    codeSource: body.code_pattern == null ? 'generated' : 'pattern',
    codePattern: body.code_pattern ?? null,
    budgetMinor: body.budget_minor ?? null,
    requires: body.requires,
    onePer: body.one_per,
    asksContact: body.asks_contact,
    takenDownAt: null,
    version: 1,
    createdAt: now,
    updatedAt: now,
  };
}

const timeOrNull = (text: string | null): number | null => (text === null ? null : Date.parse(text));

/** What an edit sets. @param voucher whose released waves stay */
export function changesOf(body: PatchBody, { waves }: Pick<Voucher, 'waves'>): VoucherChanges {
  return {
    ...(body.title === undefined ? {} : { title: body.title }),
    ...(body.description === undefined ? {} : { description: body.description }),
    ...(body.total_stock === undefined ? {} : { totalStock: body.total_stock }),
    ...(body.per_user_limit === undefined ? {} : { perUserLimit: body.per_user_limit }),
    ...(body.opens_at === undefined ? {} : { opensAt: Date.parse(body.opens_at) }),
    ...(body.closes_at === undefined ? {} : { closesAt: Date.parse(body.closes_at) }),
    ...(body.redeem_from === undefined ? {} : { redeemFrom: timeOrNull(body.redeem_from) }),
    ...(body.rollback_within_s === undefined ? {} : { rollbackWithinS: body.rollback_within_s }),
    ...(body.redeem_until === undefined ? {} : { redeemUntil: timeOrNull(body.redeem_until) }),
    ...(body.cancellable_until === undefined ? {} : { cancellableUntil: timeOrNull(body.cancellable_until) }),
    ...(body.confirm_within_s === undefined ? {} : { confirmWithinS: body.confirm_within_s }),
    ...(body.confirm_by === undefined ? {} : { confirmBy: body.confirm_by }),
    ...(body.time_zone === undefined ? {} : { timeZone: body.time_zone }),
    ...(body.face_value === undefined
      ? {}
      : { faceAmount: body.face_value?.amount ?? null, faceCurrency: body.face_value?.currency ?? null }),
    ...(body.protection === undefined ? {} : { protection: body.protection }),
    ...(body.requires === undefined ? {} : { requires: body.requires }),
    ...(body.one_per === undefined ? {} : { onePer: body.one_per }),
    ...(body.asks_contact === undefined ? {} : { asksContact: body.asks_contact }),
    ...(body.code_pattern === undefined
      ? {}
      : {
          codePattern: body.code_pattern,
          codeSource: body.code_pattern === null ? ('generated' as const) : ('pattern' as const),
        }),
    ...(body.budget_minor === undefined ? {} : { budgetMinor: body.budget_minor }),
    ...(body.waves === undefined
      ? {}
      : { waves: [...waves.filter(({ released }) => released), ...wavesOf(body.waves)] }),
  };
}
