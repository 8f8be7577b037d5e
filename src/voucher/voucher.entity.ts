import { Column, Entity, PrimaryColumn, type ValueTransformer } from 'typeorm';
import { epochMs, flag, json } from '../database/epoch-ms.js';
import { Keyset } from '../database/keyset.js';
import type { VoucherStatus } from './domain/lifecycle.js';
import type { Wave } from './domain/waves.js';

export interface Protection {
  readonly claim_link: boolean;
  readonly captcha: 'none' | 'math' | 'image';
}

/** No list is kept for none. */
const wavesColumn: ValueTransformer = {
  to: (waves: readonly Wave[] | undefined) => (waves?.length === 0 ? null : (json.to(waves) as unknown)),
  from: (stored: unknown) => (stored === null ? [] : (json.from(stored) as unknown)),
};

/** Made of the claims' ids, brought by the merchant, or made by the voucher's pattern. */
export const CODE_SOURCES = ['generated', 'imported', 'pattern'] as const;
export type CodeSource = (typeof CODE_SOURCES)[number];

/** Who may claim a voucher. */
export const ELIGIBILITIES = ['everyone', 'listed', 'token'] as const;
export type Eligibility = (typeof ELIGIBILITIES)[number];

/** What whoever claims must have proved to be theirs. */
export const REQUIRED_PROOFS = ['none', 'verified_email', 'verified_phone'] as const;
export type RequiredProof = (typeof REQUIRED_PROOFS)[number];

/** Whom the limit per user counts: accounts, or persons, who take part by one account each. */
export const ONE_PER = ['account', 'person'] as const;
export type OnePer = (typeof ONE_PER)[number];

/** Times are milliseconds since 1970. */
@Entity({ name: 'vouchers' })
export class Voucher {
  @PrimaryColumn({ name: 'id', type: 'varchar', length: 64 })
  id!: string;

  @Column({ name: 'merchant_id', type: 'varchar', length: 64 })
  merchantId!: string;

  @Column({ name: 'title', type: 'varchar', length: 200 })
  title!: string;

  @Column({ name: 'description', type: 'text', nullable: true })
  description!: string | null;

  /** As stored; what people see is `effectiveStatus`. */
  @Column({ name: 'status', type: 'varchar', length: 16 })
  status!: VoucherStatus;

  @Column({ name: 'total_stock', type: 'int' })
  totalStock!: number;

  @Column({ name: 'per_user_limit', type: 'int' })
  perUserLimit!: number;

  @Column({ name: 'opens_at', type: 'bigint', transformer: epochMs })
  opensAt!: number;

  @Column({ name: 'closes_at', type: 'bigint', transformer: epochMs })
  closesAt!: number;

  @Column({ name: 'redeem_from', type: 'bigint', nullable: true, transformer: epochMs })
  redeemFrom!: number | null;

  @Column({ name: 'redeem_until', type: 'bigint', nullable: true, transformer: epochMs })
  redeemUntil!: number | null;

  /** Seconds in which a redemption can be rolled back; 0: not at all. */
  @Column({ name: 'rollback_within_s', type: 'int' })
  rollbackWithinS!: number;
  /** Until then holders may cancel, by the gate's clock; `null`: never. */
  @Column({ name: 'cancellable_until', type: 'bigint', nullable: true, transformer: epochMs })
  cancellableUntil!: number | null;

  /** Seconds in which a claim is to be confirmed before it is issued; `null`: it is issued at once. */
  @Column({ name: 'confirm_within_s', type: 'int', nullable: true })
  confirmWithinS!: number | null;

  /** Who confirms: the claim's holder, or the merchant. */
  @Column({ name: 'confirm_by', type: 'varchar', length: 16 })
  confirmBy!: 'user' | 'merchant';

  /** IANA name; how the merchant thinks of the times, which themselves are absolute. */
  @Column({ name: 'time_zone', type: 'varchar', length: 64 })
  timeZone!: string;

  /** Minor units of `faceCurrency`; both or neither. */
  @Column({ name: 'face_amount', type: 'bigint', nullable: true, transformer: epochMs })
  faceAmount!: number | null;

  @Column({ name: 'face_currency', type: 'varchar', length: 3, nullable: true })
  faceCurrency!: string | null;

  /** What all units may be worth together, in minor units of `faceCurrency`; `null`: anything. The merchant's own matter. */
  @Column({ name: 'budget_minor', type: 'bigint', nullable: true, transformer: epochMs })
  budgetMinor!: number | null;

  @Column({ name: 'protection', type: 'text', transformer: json })
  protection!: Protection;

  /** Units that come later, in the order of their times; those that were released stay. */
  @Column({ name: 'waves', type: 'text', nullable: true, transformer: wavesColumn })
  waves!: readonly Wave[];

  /** `listed`: only people of its list may claim. Fixed from publication on. */
  @Column({ name: 'eligibility', type: 'varchar', length: 16 })
  eligibility!: Eligibility;

  /** `imported`: claims get the codes of its list; `pattern`: those that `codePattern` gives. Fixed from publication on. */
  @Column({ name: 'code_source', type: 'varchar', length: 16 })
  codeSource!: CodeSource;

  @Column({ name: 'code_pattern', type: 'varchar', length: 32, nullable: true })
  codePattern!: string | null;

  /** Fixed from publication on, like `onePer`. */
  @Column({ name: 'requires_proof', type: 'varchar', length: 16 })
  requires!: RequiredProof;

  @Column({ name: 'one_per', type: 'varchar', length: 16 })
  onePer!: OnePer;

  /** Whoever claims is asked whether the merchant may see a contact. Fixed from publication on. */
  @Column({ name: 'asks_contact', type: 'smallint', transformer: flag })
  asksContact!: boolean;

  /** When an administrator took it down, ms since 1970; nobody but its merchant sees it then. */
  @Column({ name: 'taken_down_at', type: 'bigint', nullable: true, transformer: epochMs })
  takenDownAt!: number | null;

  /** From 1; every change raises it by one. */
  @Column({ name: 'version', type: 'int' })
  version!: number;

  @Column({ name: 'created_at', type: 'bigint', transformer: epochMs })
  createdAt!: number;

  @Column({ name: 'updated_at', type: 'bigint', transformer: epochMs })
  updatedAt!: number;
}

/** Ids sort by creation. */
export const VOUCHERS_BY_ID = new Keyset({ table: 'vouchers', index: 'PRIMARY', by: ['id'] });

export const VOUCHERS_OF_MERCHANT = new Keyset({
  table: 'vouchers',
  index: 'vouchers_by_merchant',
  within: ['merchant_id'],
  by: ['id'],
});

export const VOUCHERS_OF_MERCHANT_BY_STATUS = new Keyset({
  table: 'vouchers',
  index: 'vouchers_of_merchant_by_status',
  within: ['merchant_id', 'status'],
  by: ['id'],
});

export const VOUCHERS_BY_STATUS = new Keyset({
  table: 'vouchers',
  index: 'vouchers_by_status',
  within: ['status'],
  by: ['id'],
});

export const VOUCHERS_BY_END = new Keyset({
  table: 'vouchers',
  index: 'vouchers_by_end',
  within: ['status'],
  by: ['closes_at', 'id'],
});
