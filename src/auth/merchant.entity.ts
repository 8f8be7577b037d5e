import { Column, Entity, PrimaryColumn } from 'typeorm';
import { epochMs } from '../database/epoch-ms.js';

/** A business that publishes vouchers; its people are users with its id. */
@Entity({ name: 'merchants' })
export class Merchant {
  @PrimaryColumn({ name: 'id', type: 'varchar', length: 64 })
  id!: string;

  @Column({ name: 'name', type: 'varchar', length: 200 })
  name!: string;

  /** IANA name. */
  @Column({ name: 'time_zone', type: 'varchar', length: 64 })
  timeZone!: string;

  /** Milliseconds since 1970. */
  @Column({ name: 'created_at', type: 'bigint', transformer: epochMs })
  createdAt!: number;

  /** `#rrggbb`. */
  @Column({ name: 'color', type: 'varchar', length: 7, nullable: true })
  color!: string | null;

  /** Hash of its picture, which is kept apart. */
  @Column({ name: 'logo', type: 'varchar', length: 32, nullable: true })
  logo!: string | null;

  @Column({ name: 'address', type: 'text', nullable: true })
  address!: string | null;

  /** What holds for all of its vouchers. */
  @Column({ name: 'terms', type: 'text', nullable: true })
  terms!: string | null;

  @Column({ name: 'contact_email', type: 'varchar', length: 254, nullable: true })
  contactEmail!: string | null;

  @Column({ name: 'contact_phone', type: 'varchar', length: 40, nullable: true })
  contactPhone!: string | null;

  @Column({ name: 'contact_website', type: 'varchar', length: 500, nullable: true })
  contactWebsite!: string | null;

  /** From 1; every change raises it by one. */
  @Column({ name: 'version', type: 'int' })
  version!: number;
}

/** A merchant that has told nothing but its name. @param now ms since 1970 */
export const newMerchant = (id: string, name: string, timeZone: string, now: number): Merchant => ({
  id,
  name,
  timeZone,
  createdAt: now,
  color: null,
  logo: null,
  address: null,
  terms: null,
  contactEmail: null,
  contactPhone: null,
  contactWebsite: null,
  version: 1,
});
