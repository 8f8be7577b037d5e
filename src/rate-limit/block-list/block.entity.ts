import { Column, Entity, PrimaryColumn } from 'typeorm';
import { epochMs } from '../../database/epoch-ms.js';
import type { Block } from '../ports/block-list.js';

/** Times are milliseconds since 1970. */
@Entity({ name: 'blocks' })
export class BlockEntity {
  @PrimaryColumn({ name: 'id', type: 'varchar', length: 64 })
  id!: string;

  @Column({ name: 'kind', type: 'varchar', length: 16 })
  kind!: Block['subject']['kind'];

  /** An address range as `rangeText` writes it, or a user's id. */
  @Column({ name: 'subject', type: 'varchar', length: 64 })
  subject!: string;

  @Column({ name: 'reason', type: 'varchar', length: 500 })
  reason!: string;

  @Column({ name: 'source', type: 'varchar', length: 16 })
  source!: Block['source'];

  @Column({ name: 'created_by', type: 'varchar', length: 64, nullable: true })
  createdBy!: string | null;

  @Column({ name: 'created_at', type: 'bigint', transformer: epochMs })
  createdAt!: number;

  @Column({ name: 'ends_at', type: 'bigint', nullable: true, transformer: epochMs })
  endsAt!: number | null;

  @Column({ name: 'removed_at', type: 'bigint', nullable: true, transformer: epochMs })
  removedAt!: number | null;

  @Column({ name: 'removed_by', type: 'varchar', length: 64, nullable: true })
  removedBy!: string | null;

  /** Number of the last change of this row; rises in the order of commits over the whole table. */
  @Column({ name: 'change_number', type: 'bigint', transformer: epochMs })
  changeNumber!: number;
}

export const blockOf = (row: BlockEntity): Block => ({
  id: row.id,
  subject:
    row.kind === 'address' ? { kind: 'address', range: row.subject } : { kind: 'user', userId: row.subject },
  reason: row.reason,
  source: row.source,
  createdBy: row.createdBy,
  createdAt: row.createdAt,
  endsAt: row.endsAt,
});
