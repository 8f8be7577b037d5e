import { Readable } from 'node:stream';
import { Inject, Injectable } from '@nestjs/common';
import { Customers } from '../auth/index.js';
import { CONFIG, type Config } from '../config/index.js';
import { Database } from '../database/database.js';
import { Problem } from '../common/problems.js';
import { CLAIMS_BY_SEQUENCE, ClaimEntity } from '../claim/index.js';
import { BYTE_ORDER_MARK, csvLine, csvTime, type Separator } from './csv.js';

const PAGE = 500;

const COLUMNS = [
  'claim_id',
  'status',
  'sequence',
  'ordinal',
  'user_id',
  'name',
  'contact',
  'created_at',
  'issued_at',
  'reject_reason',
  'confirm_until',
  'moved_at',
];

/** How a file is written. */
export interface ExportFormat {
  readonly separator: Separator;
  /** Times are written by its clocks; without one in UTC. */
  readonly timeZone?: string | undefined;
}
const PLAIN: ExportFormat = { separator: 'comma' };

/**
 * All claims on a voucher as CSV, in the order of the line at the gate. A page is read when the one before has gone out: a slow
 * reader holds a page, not the drop, and one that goes away ends it.
 */
@Injectable()
export class ClaimExport {
  private running = 0;

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly db: Database,
    private readonly customers: Customers,
  ) {}

  /** How many are under way in this process. */
  get underWay(): number {
    return this.running;
  }

  /** @throws Problem overloaded; the database's error where not even the first page can be read */
  async stream(voucherId: string, format: ExportFormat = PLAIN): Promise<Readable> {
    if (this.running >= this.config.CLAIM_EXPORTS_MAX) {
      throw new Problem('overloaded', { detail: 'Other exports are in progress', retryAfterS: 5 });
    }
    this.running += 1;
    try {
      const first = await this.page(voucherId, undefined);
      const stream = Readable.from(this.lines(voucherId, first, format), { highWaterMark: 1 });
      return stream.once('close', () => (this.running -= 1));
    } catch (error) {
      this.running -= 1;
      throw error;
    }
  }

  private async *lines(
    voucherId: string,
    first: readonly ClaimEntity[],
    format: ExportFormat,
  ): AsyncGenerator<string> {
    const time = csvTime(format.timeZone);
    const line = (fields: readonly (string | number | null)[]) => csvLine(fields, format.separator);
    yield BYTE_ORDER_MARK + line(COLUMNS);
    for (let page = first; page.length > 0; page = await this.page(voucherId, page.at(-1))) {
      yield (await this.rows(page, time)).map(line).join('');
      if (page.length < PAGE) return;
    }
  }

  private async rows(
    page: readonly ClaimEntity[],
    time: (at: number | null) => string | null,
  ): Promise<(string | number | null)[][]> {
    const customers = await this.customers.describe(page.map(({ userId }) => userId));
    return page.map((claim) => {
      const customer = customers.get(claim.userId);
      return [
        claim.id,
        claim.status,
        claim.sequence,
        claim.ordinal,
        claim.userId,
        customer?.name ?? null,
        customer?.contact ?? null,
        time(claim.createdAt),
        time(claim.issuedAt),
        claim.rejectReason,
        time(claim.confirmUntil),
        time(claim.movedAt),
      ];
    });
  }

  private page(voucherId: string, after: ClaimEntity | undefined): Promise<ClaimEntity[]> {
    const query = this.db.read.getRepository(ClaimEntity).createQueryBuilder('c');
    return CLAIMS_BY_SEQUENCE.apply(query, {
      dialect: this.db.dialect,
      direction: 'ASC',
      list: [voucherId],
      cursor: after && [after.sequence, after.id],
    })
      .limit(PAGE)
      .getMany();
  }
}
