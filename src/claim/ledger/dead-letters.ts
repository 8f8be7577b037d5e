import { Injectable, Logger } from '@nestjs/common';
import { createHash } from 'node:crypto';
import type { EntityManager } from 'typeorm';
import { Database, placeholders } from '../../database/database.js';
import { Keyset } from '../../database/keyset.js';
import { Metrics } from '../../observability/metrics.js';
import { Clock } from '../../common/clock.js';
import { base32Bytes, ClaimIds, ID_LENGTH } from '../../common/ids.js';
import { Problem } from '../../common/problems.js';
import { unknownCursor } from '../../common/cursors.js';
import { ConsumedPositions } from './consumed-positions.js';
import type { ClaimBatch, LoggedClaim } from '../domain/claim-record.js';
import { GateEpochs } from './gate-epochs.js';
import { knownClaim, type KnownClaim } from './known-claim.js';
import { ClaimColumns } from './rows/claim-columns.js';
import { claimOfNumber } from './rows/claims-of-holders.js';
import { isVoid } from './void-records.js';

export const DEAD_LETTER_STATUSES = ['open', 'retried', 'discarded'] as const;
export type DeadLetterStatus = (typeof DEAD_LETTER_STATUSES)[number];

export interface DeadLetter {
  readonly id: string;
  /** Where the record came from: `log/PARTITION/OFFSET`, `intake/CLAIM`, `TOPIC/PARTITION/OFFSET`. */
  readonly source: string;
  readonly payload: string;
  /** Why it could not be written or read, at the last try. */
  readonly reason: string;
  readonly status: DeadLetterStatus;
  /** The claim whose unit it holds; `null`: none of ours that could be told. */
  readonly claimId: string | null;
  readonly voucherId: string | null;
  readonly retries: number;
  readonly createdAt: number;
  readonly retriedAt: number | null;
  readonly closedAt: number | null;
  /** The administrator who retried it with success, or discarded it. */
  readonly closedBy: string | null;
  /** What became of the claim of a retried one; why a discarded one was discarded. */
  readonly note: string | null;
}

/** What was found when a claim that cannot be written was about to be set aside. */
export type SetAside =
  | { readonly kind: 'kept' }
  /** Of an epoch that is over: nobody was promised anything, so there is nothing to keep. */
  | { readonly kind: 'void' }
  /** The user's claim of that number is a row: it has reached its end. */
  | ({ readonly kind: 'known' } & KnownClaim);

export interface LetterQuery {
  readonly status?: DeadLetterStatus | undefined;
  readonly limit: number;
  readonly starting_after?: string | undefined;
  readonly ending_before?: string | undefined;
}

const TABLE = 'claim_dead_letters';
const LETTERS_BY_AGE = new Keyset({
  table: TABLE,
  index: 'claim_dead_letters_by_age',
  by: ['created_at', 'id'],
});
const LETTERS_BY_STATUS = new Keyset({
  table: TABLE,
  index: 'claim_dead_letters_by_status',
  within: ['status'],
  by: ['created_at', 'id'],
});

interface Raw {
  id: string;
  source: string;
  payload: string;
  reason: string;
  status: DeadLetterStatus;
  claim_id: string | null;
  voucher_id: string | null;
  retries: number;
  created_at: number | string;
  retried_at: number | string | null;
  closed_at: number | string | null;
  closed_by: string | null;
  note: string | null;
}

const COLUMNS =
  'id, source, payload, reason, status, claim_id, voucher_id, retries, created_at, retried_at, closed_at, closed_by, note';
const KNOWN = new ClaimColumns('status', 'rejectReason');
const SOURCE_MAX = 128;
const PAYLOAD_MAX = 16_000;
const REASON_MAX = 1_000;

/** The table of records that could not be read or written. A claim among them keeps its unit until somebody decides. */
@Injectable()
export class DeadLetters {
  private readonly logger = new Logger('DeadLetters');

  constructor(
    private readonly db: Database,
    private readonly epochs: GateEpochs,
    private readonly ids: ClaimIds,
    private readonly clock: Clock,
    private readonly metrics: Metrics,
    private readonly positions: ConsumedPositions,
  ) {}

  /**
   * Sets a claim aside that the database refuses to take. The epoch's row is held meanwhile, as by the ledger: a rebuild of the
   * gate counts it, or finds it void. A record that comes again finds its letter and changes nothing.
   */
  async setAside(entry: LoggedClaim, reason: string): Promise<SetAside> {
    const { record, position } = entry;
    const found = await this.db.write(async (tx): Promise<SetAside> => {
      const row = await this.epochs.hold(tx);
      await this.positions.record(tx, [entry]);
      const { id: claimId, voucher_id: voucherId, user_id: userId, ordinal } = record;
      const number = { claimId, voucherId, userId, ordinal };
      const known = await claimOfNumber(tx, KNOWN, number, this.clock.now());
      // Under an id that is not ours it is no claim of the gate: kept, but it holds nothing, and says nothing of that row.
      const ours = record.id === this.ids.id(voucherId, userId, ordinal);
      if (ours && known) return { kind: 'known', ...knownClaim(known.status, known.rejectReason) };
      if (isVoid(row, entry)) return { kind: 'void' };
      const source = position ? `log/${position.partition}/${position.offset}` : `intake/${record.id}`;
      const [heldId, heldOn] = ours ? [claimId, voucherId] : [null, null];
      await this.insert(tx, letterId(claimId), source, JSON.stringify(record), reason, heldId, heldOn);
      return { kind: 'kept' };
    });
    if (found.kind === 'kept') this.count(record.id, reason);
    return found;
  }

  /** Keeps a record that cannot be read, cut to what fits. */
  async keep({ source, payload, reason }: ClaimBatch['unreadable'][number]): Promise<void> {
    await this.db.write((tx) =>
      this.insert(tx, letterId(`${source}\n${payload}`), source, payload, reason, null, null),
    );
    this.count(source, reason);
  }

  async find(id: string): Promise<DeadLetter | undefined> {
    const rows: Raw[] = await this.db.read.query(`SELECT ${COLUMNS} FROM claim_dead_letters WHERE id = ?`, [
      id,
    ]);
    return rows[0] && letter(rows[0]);
  }

  /** Newest first. @throws Problem validation_failed where the cursor is no letter */
  async page(query: LetterQuery): Promise<{ letters: DeadLetter[]; hasMore: boolean }> {
    const { status, limit, starting_after: after, ending_before: before } = query;
    const cursorId = after ?? before;
    const cursor = cursorId === undefined ? undefined : await this.find(cursorId);
    if (cursorId !== undefined && !cursor) {
      throw unknownCursor(after === undefined ? 'ending_before' : 'starting_after');
    }
    const backwards = after === undefined && before !== undefined;
    const place = { dialect: this.db.dialect, direction: backwards ? 'ASC' : 'DESC' } as const;
    const list = status === undefined ? LETTERS_BY_AGE : LETTERS_BY_STATUS;
    const behind = cursor && [cursor.createdAt, cursor.id];
    const rows: Raw[] = await this.db.read.query(
      `SELECT ${COLUMNS} FROM ${list.from(place)}
        WHERE ${list.list(place)}${behind ? ` AND ${list.behind(place)}` : ''}
        ORDER BY ${list.order(place)} LIMIT ${limit + 1}`,
      [...(status === undefined ? [] : [status]), ...(behind ? list.behindValues(behind) : [])],
    );
    const letters = rows.slice(0, limit).map(letter);
    return { letters: backwards ? letters.reverse() : letters, hasMore: rows.length > limit };
  }

  /** How many wait for a decision. */
  async open(): Promise<number> {
    const rows: { n: number | string }[] = await this.db.read.query(
      `SELECT COUNT(*) AS n FROM claim_dead_letters WHERE status = 'open'`,
    );
    return Number(rows[0]?.n ?? 0);
  }

  /** The letter, held against other administrators until the transaction ends. @throws Problem not_found, dead_letter_closed */
  async hold(tx: EntityManager, id: string): Promise<DeadLetter> {
    const rows: Raw[] = await tx.query(
      `SELECT ${COLUMNS} FROM claim_dead_letters WHERE id = ?${this.db.forUpdate}`,
      [id],
    );
    if (!rows[0]) throw new Problem('not_found');
    if (rows[0].status !== 'open') throw new Problem('dead_letter_closed');
    return letter(rows[0]);
  }

  async close(
    tx: EntityManager,
    id: string,
    status: Exclude<DeadLetterStatus, 'open'>,
    by: string,
    note: string,
  ): Promise<void> {
    const now = this.clock.now();
    const retried = status === 'retried' ? [now] : [];
    await tx.query(
      `UPDATE claim_dead_letters SET status = ?, closed_at = ?, closed_by = ?, note = ?
        ${status === 'retried' ? ', retries = retries + 1, retried_at = ?' : ''} WHERE id = ?`,
      [status, now, by, note, ...retried, id],
    );
  }

  /** Notes a retry that failed; one that was closed meanwhile stays as it is. */
  async failedAgain(tx: EntityManager, id: string, reason: string): Promise<void> {
    await tx.query(
      `UPDATE claim_dead_letters SET reason = ?, retries = retries + 1, retried_at = ? WHERE id = ? AND status = 'open'`,
      [reason.slice(0, REASON_MAX), this.clock.now(), id],
    );
  }

  private async insert(
    tx: EntityManager,
    id: string,
    source: string,
    payload: string,
    reason: string,
    claimId: string | null,
    voucherId: string | null,
  ): Promise<void> {
    await tx.query(
      `${this.db.insertIgnore} claim_dead_letters (id, source, payload, reason, created_at, claim_id, voucher_id) VALUES ${placeholders(1, 7)}`,
      [
        id,
        source.slice(0, SOURCE_MAX),
        payload.slice(0, PAYLOAD_MAX),
        reason.slice(0, REASON_MAX),
        this.clock.now(),
        claimId,
        voucherId,
      ],
    );
  }

  private count(source: string, reason: string): void {
    this.metrics.deadLetters.inc();
    this.logger.error({ source, reason }, 'a record was set aside in claim_dead_letters');
  }
}

/** The same record has the same letter, however often it comes. */
const letterId = (of: string): string =>
  `dlt_${base32Bytes(createHash('sha256').update(of).digest(), ID_LENGTH)}`;

const time = (value: number | string | null): number | null => (value === null ? null : Number(value));

const letter = (raw: Raw): DeadLetter => ({
  id: raw.id,
  source: raw.source,
  payload: raw.payload,
  reason: raw.reason,
  status: raw.status,
  claimId: raw.claim_id,
  voucherId: raw.voucher_id,
  retries: Number(raw.retries),
  createdAt: Number(raw.created_at),
  retriedAt: time(raw.retried_at),
  closedAt: time(raw.closed_at),
  closedBy: raw.closed_by,
  note: raw.note,
});
