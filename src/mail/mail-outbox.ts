import { createHash } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Clock } from '../common/clock.js';
import { newId } from '../common/ids.js';
import { TEST_MAIL_DOMAIN } from '../common/mode.js';
import { Problem } from '../common/problems.js';
import type { Seal } from '../common/sealed-text.js';
import { CONFIG, type Config } from '../config/index.js';
import { sealFor, sessionSecrets, type SessionSecrets } from '../config/secrets.js';
import { affectedRows, Database, inList, placeholders } from '../database/database.js';
import { pruneRows } from '../database/prune.js';
import type { Language } from '../http/language.js';
import { LANES, laneOf } from './lanes.js';
import type { MailKind, MailParams } from './templates/mail-words.js';

/** A mail that is to leave. */
export interface NewMail<K extends MailKind = MailKind> {
  readonly kind: K;
  readonly params: MailParams[K];
  /** In the form of `normalEmail`. */
  readonly to: string;
  /** Whose matter it is; with the account go its mails. */
  readonly userId: string | null;
  readonly language: Language;
  /** Milliseconds from now after which it is of no use, and is not sent. */
  readonly lifetimeMs: number;
  /** What it is about: of all mails of one kind with the same, one leaves. */
  readonly once?: string;
  /** Of `openBatch`: what becomes of it is counted there. */
  readonly batch?: string;
}

/** What became of the mails of a batch; those that wait are in neither. */
export interface BatchCounts {
  readonly sent: number;
  readonly failed: number;
}

/** A mail on its way. Times are ms since 1970. */
export interface WaitingMail {
  readonly id: string;
  readonly kind: MailKind;
  readonly to: string;
  readonly language: Language;
  /** `undefined` where it was sealed with another secret. */
  readonly params: MailParams[MailKind] | undefined;
  readonly attempts: number;
  readonly createdAt: number;
  readonly expiresAt: number;
  readonly batch: string | null;
}

interface Row {
  readonly id: string;
  readonly kind: MailKind;
  readonly recipient: string;
  readonly language: Language;
  readonly params: string;
  readonly attempts: number | string;
  readonly created_at: number | string;
  readonly expires_at: number | string;
  readonly batch: string | null;
}

const ERROR_MAX = 300;
const INSERT_ROWS = 100;

/**
 * Mails on their way out, a row each: `pending -> sent | dead`. A row is written in the transaction that makes it due; who tries it
 * holds it by `attempts`, which only grows: of any number of processes that read the same row, one takes it.
 */
@Injectable()
export class MailOutbox {
  private readonly sealed: Seal;

  constructor(
    private readonly db: Database,
    private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: SessionSecrets & Pick<Config, 'mail'>,
  ) {
    this.sealed = sealFor(sessionSecrets(config), 'mail params');
  }

  /** Whether mails can leave here. */
  get isAvailable(): boolean {
    return this.config.mail !== undefined;
  }

  /** @throws Problem mail_unavailable where no mail leaves here */
  requireAvailable(): void {
    if (!this.isAvailable) throw new Problem('mail_unavailable');
  }

  /** @throws Problem mail_unavailable where no mail leaves here */
  add<K extends MailKind>(tx: EntityManager, mail: NewMail<K>): Promise<void> {
    return this.addAll(tx, [mail]);
  }

  /** Many at once, none of them to test shoppers, in statements of some rows each. @throws Problem mail_unavailable where no mail leaves here */
  async addAll(tx: EntityManager, wanted: readonly NewMail[]): Promise<void> {
    this.requireAvailable();
    const mails = wanted.filter(({ to }) => !to.endsWith(`@${TEST_MAIL_DOMAIN}`));
    const now = this.clock.now();
    for (let from = 0; from < mails.length; from += INSERT_ROWS) {
      const chunk = mails.slice(from, from + INSERT_ROWS);
      await tx.query(
        `${this.db.insertIgnore} mails
          (id, kind, user_id, recipient, language, params, lane, status, attempts, due_at, expires_at, created_at, batch)
          VALUES ${placeholders(chunk.length, 13)}`,
        chunk.flatMap((mail) => this.rowOf(mail, now)),
      );
    }
  }

  /** Begins to count what becomes of mails that carry this id. */
  async openBatch(tx: EntityManager, id: string): Promise<void> {
    await tx.query('INSERT INTO mail_batches (id, sent, failed) VALUES (?, 0, 0)', [id]);
  }

  /** By id; nothing of one that was forgotten. */
  async batches(ids: readonly string[]): Promise<ReadonlyMap<string, BatchCounts>> {
    if (ids.length === 0) return new Map();
    const rows: { id: string; sent: number | string; failed: number | string }[] = await this.db.read.query(
      `SELECT id, sent, failed FROM mail_batches WHERE id IN (${inList(ids.length)})`,
      [...ids],
    );
    return new Map(rows.map(({ id, sent, failed }) => [id, { sent: Number(sent), failed: Number(failed) }]));
  }

  /** Forgets batches whose ids sort before one. @returns how many */
  pruneBatches(before: string): Promise<number> {
    return pruneRows(this.db, {
      table: 'mail_batches',
      key: 'id',
      where: 'id < ?',
      values: [before],
      by: 'id',
    });
  }

  /** How many mails of the lane of a kind wait; counts no further than `most`. */
  async waiting(kind: MailKind, most: number): Promise<number> {
    const rows: unknown[] = await this.db.read.query(
      `SELECT 1 FROM mails WHERE status = 'pending' AND lane = ? LIMIT ${most}`,
      [laneOf(kind)],
    );
    return rows.length;
  }

  /** The batches of these, each once; looks at no more than `most` mails. */
  async waitingBatches(kind: MailKind, most: number): Promise<string[]> {
    const rows: { batch: string }[] = await this.db.read.query(
      `SELECT DISTINCT batch FROM (SELECT batch FROM mails WHERE status = 'pending' AND lane = ? LIMIT ${most}) AS waiting
        WHERE batch IS NOT NULL`,
      [laneOf(kind)],
    );
    return rows.map(({ batch }) => batch);
  }

  /**
   * What waits of a batch never leaves, and counts as failed. So does the mail that a server is taking at this very moment, which may
   * arrive all the same.
   * @returns how many
   */
  async withdraw(tx: EntityManager, kind: MailKind, batch: string, reason: string): Promise<number> {
    const withdrawn = await affectedRows(
      tx,
      `UPDATE mails SET status = 'dead', ended_at = ?, error = ?, params = NULL
        WHERE status = 'pending' AND lane = ? AND batch = ?`,
      [this.clock.now(), reason.slice(0, ERROR_MAX), laneOf(kind), batch],
    );
    await tx.query('UPDATE mail_batches SET failed = failed + ? WHERE id = ?', [withdrawn, batch]);
    return withdrawn;
  }

  /** What may be tried now: by lane, the longest due first. */
  async due(limit: number): Promise<WaitingMail[]> {
    const rows: Row[] = [];
    for (const lane of LANES) {
      if (rows.length >= limit) break;
      const found: Row[] = await this.db.read.query(
        `SELECT id, kind, recipient, language, params, attempts, created_at, expires_at, batch FROM mails
          WHERE status = 'pending' AND lane = ? AND due_at <= ? ORDER BY due_at LIMIT ${limit - rows.length}`,
        [lane, this.clock.now()],
      );
      rows.push(...found);
    }
    return rows.map((row) => ({
      id: row.id,
      kind: row.kind,
      to: row.recipient,
      language: row.language,
      params: this.open(row),
      attempts: Number(row.attempts),
      createdAt: Number(row.created_at),
      expiresAt: Number(row.expires_at),
      batch: row.batch,
    }));
  }

  /** Takes a mail for one attempt; whoever dies with it leaves it to others after `leaseMs`. @returns whether it was free */
  take({ id, attempts }: WaitingMail, leaseMs: number): Promise<boolean> {
    return this.change(`attempts = attempts + 1, due_at = ?`, [this.clock.now() + leaseMs], id, attempts);
  }

  /** After `take`: the mail has left. What it was made of is forgotten. */
  async sent(mail: WaitingMail): Promise<void> {
    await this.end(mail, 'sent', null);
  }

  /** After `take`: it never will. */
  async dead(mail: WaitingMail, error: string): Promise<void> {
    await this.end(mail, 'dead', error);
  }

  /** After `take`: it may be tried again in `pauseMs`. */
  async postpone({ id, attempts }: WaitingMail, pauseMs: number, error: string): Promise<void> {
    const values = [this.clock.now() + pauseMs, error.slice(0, ERROR_MAX)];
    await this.change('due_at = ?, error = ?', values, id, attempts + 1);
  }

  /** Of those that wait: how many, and since when the longest, ms since 1970. */
  async backlog(): Promise<{ readonly waiting: number; readonly oldestAt: number | undefined }> {
    const rows: { n: number | string; oldest: number | string | null }[] = await this.db.read.query(
      `SELECT COUNT(*) AS n, MIN(created_at) AS oldest FROM mails WHERE status = 'pending'`,
    );
    const { n = 0, oldest = null } = rows[0] ?? {};
    return { waiting: Number(n), oldestAt: oldest === null ? undefined : Number(oldest) };
  }

  /** Forgets mails of an account, also those that wait, and which ones it wanted. */
  async forgetUser(tx: EntityManager, userId: string): Promise<void> {
    const lost: { batch: string }[] = await tx.query(
      `SELECT batch FROM mails WHERE user_id = ? AND status = 'pending' AND batch IS NOT NULL${this.db.forUpdate}`,
      [userId],
    );
    for (const { batch } of lost) await this.count(tx, batch, 'failed');
    for (const table of ['mails', 'mail_wishes', 'mail_preferences', 'merchant_mail_refusals'])
      await tx.query(`DELETE FROM ${table} WHERE user_id = ?`, [userId]);
  }

  /** Forgets those that ended before a time. @returns how many */
  prune(before: number): Promise<number> {
    return pruneRows(this.db, {
      table: 'mails',
      key: 'id',
      where: 'ended_at < ?',
      values: [before],
      by: 'ended_at',
    });
  }

  private rowOf(mail: NewMail, now: number): unknown[] {
    const { kind, userId, to, language, lifetimeMs, once, batch = null } = mail;
    const id = once === undefined ? newId('mal', now) : derivedId(kind, once);
    const params = this.sealed.seal(id, JSON.stringify(mail.params));
    const expiresAt = now + lifetimeMs;
    return [id, kind, userId, to, language, params, laneOf(kind), 'pending', 0, now, expiresAt, now, batch];
  }

  private open({ id, params }: Row): MailParams[MailKind] | undefined {
    const text = this.sealed.open(id, params);
    return text === undefined ? undefined : (JSON.parse(text) as MailParams[MailKind]);
  }

  private async end(
    { id, attempts, batch }: WaitingMail,
    status: 'sent' | 'dead',
    error: string | null,
  ): Promise<void> {
    const values = [status, this.clock.now(), error?.slice(0, ERROR_MAX) ?? null, id, attempts + 1];
    await this.db.write(async (tx) => {
      const ended = await affectedRows(
        tx,
        changing('status = ?, ended_at = ?, error = ?, params = NULL'),
        values,
      );
      if (ended === 1 && batch !== null) await this.count(tx, batch, status === 'sent' ? 'sent' : 'failed');
    });
  }

  private async count(tx: EntityManager, batch: string, outcome: keyof BatchCounts): Promise<void> {
    await tx.query(`UPDATE mail_batches SET ${outcome} = ${outcome} + 1 WHERE id = ?`, [batch]);
  }

  /** Only while nobody else has taken it since. @returns whether it was so */
  private async change(
    set: string,
    values: readonly unknown[],
    id: string,
    attempts: number,
  ): Promise<boolean> {
    const changed = await this.db.write((tx) => affectedRows(tx, changing(set), [...values, id, attempts]));
    return changed === 1;
  }
}

const changing = (set: string): string =>
  `UPDATE mails SET ${set} WHERE id = ? AND status = 'pending' AND attempts = ?`;

/** The same for the same, and no key of anything else. */
function derivedId(kind: MailKind, once: string): string {
  return `mal_${createHash('sha256').update(`${kind}\n${once}`).digest('hex').slice(0, 32)}`;
}
