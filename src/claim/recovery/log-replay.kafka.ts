import { randomUUID } from 'node:crypto';
import type { EachBatchPayload, Kafka } from 'kafkajs';
import { isDuplicateKey } from '../../database/database.js';
import type { ClaimIssuer } from '../issue/claim-issuer.js';
import { unpackClaims, type LoggedClaim } from '../domain/claim-record.js';
import { EpochOrder } from '../domain/log-slots.js';
import { StockRowMissingError, type IssueResult, type Ledger } from '../ledger/ledger.js';

export interface ReplayScope {
  /** One voucher; without it all. */
  readonly voucherId?: string | undefined;
  /** Records that the log took at this time or later, ms since 1970; without it all that it still has. */
  readonly since?: number | undefined;
  /** Also claims of epochs that are over, whose gate was rebuilt without them. Only for vouchers that take no claims. */
  readonly endedEpochs: boolean;
}

/** Claims by what became of them. */
export interface ReplayReport {
  read: number;
  restored: number;
  /** Rows already. */
  known: number;
  /** Void, or of an epoch that is over: nobody was promised them, or the gate was rebuilt without them. */
  ofEndedEpochs: number;
  /** The stock has no unit left for them. */
  withoutUnit: number;
  /** The database has no such voucher. */
  withoutVoucher: number;
  /** Of rehearsals that are over: void. */
  rehearsed: number;
  unreadable: number;
}

export interface ReplayOptions {
  readonly topic: string;
  readonly groupId: string;
  readonly batchMax: number;
}

const DUPLICATE_RETRIES = 5;

/**
 * Reads the log again beside the consumers and writes what the ledger lacks (docs/adr/0041). It has a position of its own and commits none, and
 * what is a row already stays as it is, so it may run at any time, twice, and while claims are taken.
 */
export class KafkaLogReplay {
  private readonly epochs = new EpochOrder();
  private readonly report: ReplayReport = {
    read: 0,
    restored: 0,
    known: 0,
    ofEndedEpochs: 0,
    withoutUnit: 0,
    withoutVoucher: 0,
    rehearsed: 0,
    unreadable: 0,
  };

  constructor(
    private readonly kafka: Kafka,
    private readonly options: ReplayOptions,
    private readonly ledger: Ledger,
    private readonly issuer: ClaimIssuer,
  ) {}

  /** @throws the error of a server that is away: what was restored until then stays, and it may be run again */
  async run(scope: ReplayScope): Promise<ReplayReport> {
    const { topic } = this.options;
    const groupId = `${this.options.groupId}.replay.${randomUUID()}`;
    const admin = this.kafka.admin();
    const consumer = this.kafka.consumer({ groupId, maxWaitTimeInMs: 100 });
    await admin.connect();
    try {
      const left = new Map<number, bigint>(); // by partition, the end at the begin
      for (const { partition, high, low } of await admin.fetchTopicOffsets(topic))
        if (BigInt(high) > BigInt(low)) left.set(partition, BigInt(high));
      const starts =
        scope.since === undefined ? [] : await admin.fetchTopicOffsetsByTimestamp(topic, scope.since);
      for (const { partition, offset } of starts)
        if (BigInt(offset) >= (left.get(partition) ?? 0n)) left.delete(partition);
      if (left.size === 0) return this.report;
      await consumer.connect();
      await consumer.subscribe({ topics: [topic], fromBeginning: true });
      await new Promise<void>((resolve, reject) => {
        consumer.on(consumer.events.CRASH, ({ payload }) => reject(payload.error));
        const read = async (payload: EachBatchPayload): Promise<void> => {
          const end = left.get(payload.batch.partition);
          if (end === undefined) return;
          await this.batch(payload, scope).catch((error: unknown) => {
            reject(error instanceof Error ? error : new Error(String(error)));
            throw error;
          });
          if (BigInt(payload.batch.lastOffset()) + 1n < end) return;
          left.delete(payload.batch.partition);
          if (left.size === 0) resolve();
        };
        consumer
          .run({ autoCommit: false, eachBatch: read })
          .then(() => {
            for (const { partition, offset } of starts)
              if (left.has(partition)) consumer.seek({ topic, partition, offset });
          })
          .catch(reject);
      });
      return this.report;
    } finally {
      await consumer.disconnect().catch(() => undefined);
      await admin.deleteGroups([groupId]).catch(() => undefined); // one that committed nothing may not be there
      await admin.disconnect();
    }
  }

  private async batch(payload: EachBatchPayload, { voucherId, endedEpochs }: ReplayScope): Promise<void> {
    const { batch } = payload;
    let claims: LoggedClaim[] = [];
    for (const { offset, value } of batch.messages) {
      const source = `${batch.topic}/${batch.partition}/${offset}`;
      const read = unpackClaims(value?.toString('utf8') ?? '', source);
      this.report.unreadable += read.unreadable.length;
      for (const record of read.claims) {
        const place = [batch.partition, BigInt(offset), record] as const;
        this.epochs.note(...place);
        if (voucherId !== undefined && record.voucher_id !== voucherId) continue;
        const position = {
          partition: place[0],
          offset: place[1],
          overtaken: this.epochs.isOvertaken(...place),
        };
        claims.push({ record, position });
      }
      if (claims.length < this.options.batchMax) continue;
      await this.restore(claims, endedEpochs);
      claims = [];
      await payload.heartbeat();
    }
    if (claims.length > 0) await this.restore(claims, endedEpochs);
  }

  private async restore(claims: readonly LoggedClaim[], endedEpochs: boolean): Promise<void> {
    let result: IssueResult;
    try {
      result = await this.write(claims, endedEpochs);
    } catch (error) {
      if (!(error instanceof StockRowMissingError)) throw error;
      const others = claims.filter(({ record }) => record.voucher_id !== error.voucherId);
      this.report.read += claims.length - others.length;
      const isRehearsed = await this.ledger.isEndedShadow(error.voucherId);
      this.report[isRehearsed ? 'rehearsed' : 'withoutVoucher'] += claims.length - others.length;
      if (others.length > 0) await this.restore(others, endedEpochs);
      return;
    }
    const { report } = this;
    const { issued, known, voided, rejected } = result;
    report.read += claims.length;
    report.restored += issued.length;
    report.known += claims.length - issued.length - voided.length - rejected.length;
    report.ofEndedEpochs += voided.length;
    report.withoutUnit += rejected.length;
    if (issued.length > 0 || known.length > 0) await this.issuer.confirm({ ...result, rejected: [] });
  }

  private async write(claims: readonly LoggedClaim[], endedEpochs: boolean): Promise<IssueResult> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.ledger.replay(claims, endedEpochs);
      } catch (error) {
        if (!isDuplicateKey(error) || attempt >= DUPLICATE_RETRIES) throw error; // a consumer wrote them at the same moment
      }
    }
  }
}
