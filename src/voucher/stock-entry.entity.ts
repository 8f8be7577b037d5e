import { Column, Entity, PrimaryColumn } from 'typeorm';
import { epochMs } from '../database/epoch-ms.js';

/** Times are milliseconds since 1970. */
@Entity({ name: 'stock_ledger' })
export class StockEntry {
  @PrimaryColumn({ name: 'voucher_id', type: 'varchar', length: 64 })
  voucherId!: string;

  /** 0 is the stock at publish; then 1, 2, ... without gaps. */
  @PrimaryColumn({ name: 'number', type: 'int' })
  number!: number;

  @Column({ name: 'delta', type: 'int' })
  delta!: number;

  @Column({ name: 'reason', type: 'varchar', length: 200 })
  reason!: string;

  /** User id; `null` for number 0, and where time did it. */
  @Column({ name: 'actor', type: 'varchar', length: 64, nullable: true })
  actor!: string | null;

  @Column({ name: 'state', type: 'varchar', length: 16 })
  state!: 'pending' | 'applied' | 'refused';

  /** Hash of caller, voucher and `Idempotency-Key`. */
  @Column({ name: 'idempotency', type: 'varchar', length: 64, nullable: true })
  idempotency!: string | null;

  @Column({ name: 'created_at', type: 'bigint', transformer: epochMs })
  createdAt!: number;

  @Column({ name: 'settled_at', type: 'bigint', nullable: true, transformer: epochMs })
  settledAt!: number | null;
}
