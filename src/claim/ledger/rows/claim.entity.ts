import { Column, Entity, PrimaryColumn } from 'typeorm';
import { Keyset } from '../../../database/keyset.js';
import { epochMs } from '../../../database/epoch-ms.js';
import type { ClaimStatus } from '../../domain/claim-move.js';

/** A claim as the ledger has it: in `claims`, or in `claims_archive`. */
abstract class StoredClaim {
  @PrimaryColumn({ type: 'varchar', length: 64 })
  id!: string;

  @Column({ name: 'voucher_id', type: 'varchar', length: 64 })
  voucherId!: string;

  @Column({ name: 'user_id', type: 'varchar', length: 64 })
  userId!: string;

  @Column({ type: 'int' })
  ordinal!: number;

  @Column({ type: 'bigint', transformer: epochMs })
  sequence!: number;

  @Column({ type: 'varchar', length: 16 })
  status!: ClaimStatus;

  @Column({ type: 'varchar', length: 32, nullable: true })
  code!: string | null;

  @Column({ name: 'reject_reason', type: 'varchar', length: 64, nullable: true })
  rejectReason!: string | null;

  @Column({ name: 'created_at', type: 'bigint', transformer: epochMs })
  createdAt!: number;

  @Column({ name: 'issued_at', type: 'bigint', nullable: true, transformer: epochMs })
  issuedAt!: number | null;

  /** Until when it could be confirmed, of a claim that had to be. */
  @Column({ name: 'confirm_until', type: 'bigint', nullable: true, transformer: epochMs })
  confirmUntil!: number | null;

  /** The last move after it was issued: when, and by whom; `null` is time. */
  @Column({ name: 'moved_at', type: 'bigint', nullable: true, transformer: epochMs })
  movedAt!: number | null;

  @Column({ name: 'moved_by', type: 'varchar', length: 64, nullable: true })
  movedBy!: string | null;

  @Column({ name: 'cancel_reason', type: 'varchar', length: 200, nullable: true })
  cancelReason!: string | null;
}

@Entity('claims')
export class ClaimEntity extends StoredClaim {}

/** Of a voucher that is archived and over: nothing happens to the claim any more (docs/adr/0087). */
@Entity('claims_archive')
export class ArchivedClaim extends StoredClaim {}

/** Claims on a voucher, in the order of the line at the gate. Of one number there are several where epochs differ. */
export const CLAIMS_BY_SEQUENCE = new Keyset({
  table: 'claims',
  index: 'claims_by_sequence',
  within: ['voucher_id'],
  by: ['sequence', 'id'],
});

export const ARCHIVE_BY_SEQUENCE = new Keyset({
  table: 'claims_archive',
  index: 'claims_archive_by_sequence',
  within: ['voucher_id'],
  by: ['sequence', 'id'],
});

export const CLAIMS_BY_HOLDER = new Keyset({
  table: 'claims',
  index: 'claims_once',
  within: ['voucher_id'],
  by: ['user_id', 'ordinal'],
});

export const ARCHIVE_BY_HOLDER = new Keyset({
  table: 'claims_archive',
  index: 'claims_archive_once',
  within: ['voucher_id'],
  by: ['user_id', 'ordinal'],
});

/** What one user has on one voucher. */
export const CLAIMS_OF_USER_ON_VOUCHER = new Keyset({
  table: 'claims',
  index: 'claims_once',
  within: ['voucher_id', 'user_id'],
  by: ['ordinal'],
});

export const ARCHIVE_OF_USER_ON_VOUCHER = new Keyset({
  table: 'claims_archive',
  index: 'claims_archive_once',
  within: ['voucher_id', 'user_id'],
  by: ['ordinal'],
});

export const CLAIMS_OF_USER = new Keyset({
  table: 'claims',
  index: 'claims_by_user',
  within: ['user_id'],
  by: ['created_at', 'id'],
});

export const ARCHIVE_OF_USER = new Keyset({
  table: 'claims_archive',
  index: 'claims_archive_by_user',
  within: ['user_id'],
  by: ['created_at', 'id'],
});
