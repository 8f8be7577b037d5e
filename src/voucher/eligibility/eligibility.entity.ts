import { Column, Entity, PrimaryColumn } from 'typeorm';
import { epochMs } from '../../database/epoch-ms.js';

/** That a voucher has a list, and how many are on it. */
@Entity({ name: 'eligibility_lists' })
export class EligibilityList {
  @PrimaryColumn({ name: 'voucher_id', type: 'varchar', length: 64 })
  voucherId!: string;

  @Column({ name: 'people', type: 'int' })
  people!: number;

  /** Milliseconds since 1970. */
  @Column({ name: 'updated_at', type: 'bigint', transformer: epochMs })
  updatedAt!: number;
}

/** Somebody who may claim. */
@Entity({ name: 'eligible_people' })
export class EligiblePerson {
  @PrimaryColumn({ name: 'voucher_id', type: 'varchar', length: 64 })
  voucherId!: string;

  /** See `personHash`. */
  @PrimaryColumn({ name: 'person', type: 'varchar', length: 64 })
  person!: string;
}
