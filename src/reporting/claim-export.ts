import { Readable } from 'node:stream';
import { Inject, Injectable } from '@nestjs/common';
import { Customers } from '../auth/index.js';
import { CONFIG, type Config } from '../config/index.js';
import { Database } from '../database/database.js';
import { rfc3339 } from '../common/clock.js';
import { Problem } from '../common/problems.js';
import { CLAIMS_BY_SEQUENCE, ClaimEntity } from '../claim/index.js';
import { BYTE_ORDER_MARK, csvLine } from './csv.js';

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
];

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
  async stream(voucherId: string): Promise<Readable> {
    if (this.running >= this.config.CLAIM_EXPORTS_MAX) {
      throw new Problem('overloaded', { detail: 'Other exports are in progress', retryAfterS: 5 });
    }
    this.running += 1;
    try {
      const first = await this.page(voucherId, undefined);
      const stream = Readable.from(this.lines(voucherId, first), { highWaterMark: 1 });
      return stream.once('close', () => (this.running -= 1));
    } catch (error) {
      this.running -= 1;
      throw error;
    }
  }

  private async *lines(voucherId: string, first: readonly ClaimEntity[]): AsyncGenerator<string> {
    yield BYTE_ORDER_MARK + csvLine(COLUMNS);
    for (let page = first; page.length > 0; page = await this.page(voucherId, page.at(-1))) {
      yield await this.text(page);
      if (page.length < PAGE) return;
    }
  }

  private async text(page: readonly ClaimEntity[]): Promise<string> {
    const customers = await this.customers.describe(page.map(({ userId }) => userId));
    return page
      .map((claim) => {
        const customer = customers.get(claim.userId);
        return csvLine([
          claim.id,
          claim.status,
          claim.sequence,
          claim.ordinal,
          claim.userId,
          customer?.name ?? null,
          customer?.contact ?? null,
          rfc3339(claim.createdAt),
          claim.issuedAt === null ? null : rfc3339(claim.issuedAt),
          claim.rejectReason,
          claim.confirmUntil === null ? null : rfc3339(claim.confirmUntil),
        ]);
      })
      .join('');
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
