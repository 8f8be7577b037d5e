import { createHash, createHmac } from 'node:crypto';
import {
  applyDecorators,
  Inject,
  Injectable,
  Logger,
  UseInterceptors,
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
} from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { from, lastValueFrom, type Observable } from 'rxjs';
import { CONFIG, type Config } from '../../config/index.js';
import { sealFor, sessionSecrets, type SessionSecrets } from '../../config/secrets.js';
import { deriveKey } from '../../common/derive-key.js';
import type { Seal } from '../../common/sealed-text.js';
import { modeOf } from '../../common/mode.js';
import { Clock } from '../../common/clock.js';
import { context } from '../../common/request-context.js';
import { invalidField, Problem } from '../../common/problems.js';
import { affectedRows, Database, isDuplicateKey } from '../../database/database.js';
import { pruneRows } from '../../database/prune.js';
import { AcceptsIdempotencyKey, Refuses } from '../openapi/openapi.js';

/** A holder that has not answered by then is taken for dead. */
const LOCK_MS = 60_000;
const MAX_KEY_LENGTH = 255;
/** A row can vanish between two looks at it; more often than this it is someone's retry storm. */
const MAX_LOOKS = 5;

/** Headers that belong to an answer as much as its body, beside `Location`. */
const KEPT_HEADERS = ['etag'] as const;

export interface RememberedAnswer {
  readonly status: number;
  readonly location: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
}

/** The right to carry out the request; `lockedUntil` tells one holder from the next. */
export interface Holder {
  readonly id: string;
  readonly lockedUntil: number;
}

export type Admission =
  | { readonly kind: 'first'; readonly holder: Holder }
  | { readonly kind: 'replay'; readonly answer: RememberedAnswer };

interface Row {
  readonly fingerprint: string;
  readonly status: number | null;
  readonly body: string | null;
  readonly location: string | null;
  readonly locked_until: number | string;
  readonly created_at: number | string;
}

/** First answers by Idempotency-Key, in the ledger's database, so that every instance knows them. */
@Injectable()
export class IdempotencyKeys {
  private readonly sealed: Seal;
  /** The first makes; what each has made is known. */
  private readonly fingerprintKeys: readonly Buffer[];
  private readonly ttlMs: number;

  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    @Inject(CONFIG) config: SessionSecrets & Pick<Config, 'IDEMPOTENCY_TTL_S'>,
  ) {
    const secrets = sessionSecrets(config);
    // Answers hold tokens and requests hold passwords: at rest the former are sealed, and a plain hash of the latter could
    // be guessed at a rate that argon2 exists to prevent.
    this.sealed = sealFor(secrets, 'idempotency answer');
    this.fingerprintKeys = secrets.map((secret) => deriveKey(secret, 'idempotency fingerprint'));
    this.ttlMs = config.IDEMPOTENCY_TTL_S * 1_000;
  }

  /**
   * Judges a request with a key. Of racing calls with one key exactly one becomes the holder, which must `remember` or
   * `forget` afterwards.
   * @param scope caller and route: the same key elsewhere is another key
   * @param request path and canonical body; a key stands for one request
   * @throws Problem idempotency_in_progress, idempotency_key_reused
   */
  async admit(scope: string, key: string, request: string): Promise<Admission> {
    const id = createHash('sha256').update(`${scope}|${key}`).digest('hex');
    const fingerprints = this.fingerprintKeys.map((secret) =>
      createHmac('sha256', secret).update(request).digest('hex'),
    );
    const [fingerprint = ''] = fingerprints;
    for (let look = 0; look < MAX_LOOKS; look++) {
      const now = this.clock.now();
      const holder = { id, lockedUntil: now + LOCK_MS };
      const row = await this.find(id);
      if (!row) {
        if (await this.insert(holder, fingerprint, now)) return { kind: 'first', holder };
        continue;
      }
      const alive = Number(row.created_at) + this.ttlMs > now;
      if (alive && !fingerprints.includes(row.fingerprint)) throw new Problem('idempotency_key_reused');
      if (alive && row.status !== null) return { kind: 'replay', answer: this.open(id, row) };
      if (alive && Number(row.locked_until) > now) break;
      if (await this.takeOver(row, holder, fingerprint, now)) return { kind: 'first', holder };
    }
    throw new Problem('idempotency_in_progress');
  }

  /** Keeps the answer. A holder whose lock was taken over keeps nothing. */
  async remember(holder: Holder, answer: RememberedAnswer): Promise<void> {
    const text = JSON.stringify({ headers: answer.headers, body: answer.body });
    const sealed = this.sealed.seal(holder.id, text);
    await this.change(
      `UPDATE idempotency_keys SET status = ?, body = ?, location = ?
       WHERE id = ? AND locked_until = ? AND status IS NULL`,
      [answer.status, sealed, answer.location ?? null, holder.id, holder.lockedUntil],
    );
  }

  /** Nothing was changed: the next request with the key is judged anew. */
  async forget(holder: Holder): Promise<void> {
    await this.change('DELETE FROM idempotency_keys WHERE id = ? AND locked_until = ? AND status IS NULL', [
      holder.id,
      holder.lockedUntil,
    ]);
  }

  /** Deletes what is older than IDEMPOTENCY_TTL_S. @returns how many rows */
  prune(): Promise<number> {
    return pruneRows(this.database, {
      table: 'idempotency_keys',
      key: 'id',
      where: 'created_at <= ?',
      values: [this.clock.now() - this.ttlMs],
      by: 'created_at',
    });
  }

  private async find(id: string): Promise<Row | undefined> {
    const rows: Row[] = await this.database.read.query(
      'SELECT fingerprint, status, body, location, locked_until, created_at FROM idempotency_keys WHERE id = ?',
      [id],
    );
    return rows[0];
  }

  private async insert(holder: Holder, fingerprint: string, now: number): Promise<boolean> {
    try {
      await this.change(
        'INSERT INTO idempotency_keys (id, fingerprint, locked_until, created_at) VALUES (?, ?, ?, ?)',
        [holder.id, fingerprint, holder.lockedUntil, now],
      );
      return true;
    } catch (error) {
      if (isDuplicateKey(error)) return false;
      throw error;
    }
  }

  /** Compare and swap on what was read, so that one of several wins. */
  private async takeOver(row: Row, holder: Holder, fingerprint: string, now: number): Promise<boolean> {
    const changed = await this.change(
      `UPDATE idempotency_keys
       SET fingerprint = ?, status = NULL, body = NULL, location = NULL, locked_until = ?, created_at = ?
       WHERE id = ? AND locked_until = ? AND created_at = ?`,
      [fingerprint, holder.lockedUntil, now, holder.id, Number(row.locked_until), Number(row.created_at)],
    );
    return changed === 1;
  }

  private change(sql: string, parameters: readonly unknown[]): Promise<number> {
    return this.database.write((tx) => affectedRows(tx, sql, parameters));
  }

  private open(id: string, row: Row): RememberedAnswer {
    const text = this.sealed.open(id, row.body ?? '');
    if (text === undefined) throw new Error('a remembered answer does not open');
    const { headers, body } = JSON.parse(text) as { headers: Record<string, string>; body?: unknown };
    return { status: Number(row.status), location: row.location ?? undefined, headers, body };
  }
}

/** Answers a repeated request with what the first one was answered. Without the header it is not there. */
@Injectable()
export class IdempotencyInterceptor implements NestInterceptor {
  private readonly logger = new Logger('Idempotency');

  constructor(private readonly keys: IdempotencyKeys) {}

  intercept(execution: ExecutionContext, next: CallHandler): Observable<unknown> {
    const request = execution.switchToHttp().getRequest<FastifyRequest>();
    const reply = execution.switchToHttp().getResponse<FastifyReply>();
    const key = idempotencyKeyOf(request);
    return key === undefined ? next.handle() : from(this.once(key, request, reply, next));
  }

  private async once(
    key: string,
    request: FastifyRequest,
    reply: FastifyReply,
    next: CallHandler,
  ): Promise<unknown> {
    const { userId = 'anonymous', merchantId = '' } = context.actor() ?? {};
    // Whoever acts for the test side of a merchant is another caller there.
    const caller = merchantId !== '' && modeOf(merchantId) === 'test' ? `${userId}|test` : userId;
    const scope = `${caller}|${request.method} ${request.routeOptions.url ?? request.url}`;
    const admission = await this.keys.admit(scope, key, `${request.url}\n${canonicalJson(request.body)}`);
    if (admission.kind === 'replay') return replay(reply, admission.answer);
    const { holder } = admission;
    let body: unknown;
    try {
      body = await lastValueFrom(next.handle() as Observable<unknown>, { defaultValue: undefined });
    } catch (error) {
      await this.settle(this.keys.forget(holder));
      throw error;
    }
    const answer = answerOf(reply, body);
    const succeeded = answer.status >= 200 && answer.status < 300;
    await this.settle(succeeded ? this.keys.remember(holder, answer) : this.keys.forget(holder));
    return body;
  }

  /** What was done is done: the client gets its answer even if it could not be noted. The lock then ends by itself. */
  private async settle(work: Promise<void>): Promise<void> {
    await work.catch((error: unknown) =>
      this.logger.warn({ err: error }, 'an Idempotency-Key could not be settled'),
    );
  }
}

/** The route takes an `Idempotency-Key`. For POSTs whose effect is in the database. */
export const Idempotent = (): MethodDecorator =>
  applyDecorators(
    UseInterceptors(IdempotencyInterceptor),
    AcceptsIdempotencyKey(),
    Refuses('idempotency_in_progress', 'idempotency_key_reused'),
  );

/** The header as it came; several are one, as HTTP joins them (RFC 9110, 5.3). */
export function idempotencyHeader({ headers }: Pick<FastifyRequest, 'headers'>): string | undefined {
  const header = headers['idempotency-key'];
  return Array.isArray(header) ? header.join(', ') : header;
}

/** @returns why a key is none */
export function idempotencyKeyProblem(key: string): Problem | undefined {
  // eslint-disable-next-line no-control-regex
  if (key.length >= 1 && key.length <= MAX_KEY_LENGTH && !/[\u0000-\u001f\u007f-\u009f]/.test(key))
    return undefined;
  return invalidField(
    'Idempotency-Key',
    'invalid_header',
    `must have 1 to ${MAX_KEY_LENGTH} characters, none of them a control character`,
  );
}

/** @throws Problem validation_failed */
export function idempotencyKeyOf(request: Pick<FastifyRequest, 'headers'>): string | undefined {
  const key = idempotencyHeader(request);
  const problem = key === undefined ? undefined : idempotencyKeyProblem(key);
  if (problem) throw problem;
  return key;
}

function answerOf(reply: FastifyReply, body: unknown): RememberedAnswer {
  const headers: Record<string, string> = {};
  for (const name of KEPT_HEADERS) {
    const value = reply.getHeader(name);
    if (value !== undefined) headers[name] = String(value);
  }
  const location = reply.getHeader('location');
  return {
    status: reply.statusCode,
    location: location === undefined ? undefined : String(location),
    headers,
    body,
  };
}

function replay(reply: FastifyReply, answer: RememberedAnswer): unknown {
  void reply.status(answer.status).headers(answer.headers).header('idempotent-replayed', 'true');
  if (answer.location !== undefined) void reply.header('location', answer.location);
  return answer.body;
}

/** JSON with sorted members: the order in which a client writes them makes no other request. */
export function canonicalJson(value: unknown): string {
  const sorted = (_key: string, part: unknown): unknown =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part;
  return JSON.stringify(value, sorted) ?? '';
}
