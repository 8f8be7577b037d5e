import { Column, Entity, PrimaryColumn } from 'typeorm';
import { epochMs } from '../database/epoch-ms.js';
import type { MerchantRole, UserRole } from '../common/request-context.js';

/** An account. E-mails are stored trimmed and in lower case; the database keeps them unique. */
@Entity({ name: 'users' })
export class User {
  @PrimaryColumn({ name: 'id', type: 'varchar', length: 64 })
  id!: string;

  @Column({ name: 'email', type: 'varchar', length: 254, nullable: true, unique: true })
  email!: string | null;

  /** When its owner proved to read its mail, milliseconds since 1970; `null` until then. */
  @Column({ name: 'email_verified_at', type: 'bigint', nullable: true, transformer: epochMs })
  emailVerifiedAt!: number | null;

  /** E.164. */
  @Column({ name: 'phone', type: 'varchar', length: 20, nullable: true, unique: true })
  phone!: string | null;

  @Column({ name: 'name', type: 'varchar', length: 200 })
  name!: string;

  /** PHC string of argon2id; null where the account has no password. */
  @Column({ name: 'password_hash', type: 'varchar', length: 255, nullable: true })
  passwordHash!: string | null;

  @Column({ name: 'role', type: 'varchar', length: 16 })
  role!: UserRole;

  @Column({ name: 'merchant_id', type: 'varchar', length: 64, nullable: true })
  merchantId!: string | null;

  @Column({ name: 'merchant_role', type: 'varchar', length: 16, nullable: true })
  merchantRole!: MerchantRole | null;

  /** Milliseconds since 1970. */
  @Column({ name: 'created_at', type: 'bigint', transformer: epochMs })
  createdAt!: number;
}
