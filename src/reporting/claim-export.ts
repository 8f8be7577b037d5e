import { Readable } from 'node:stream';
import { Inject, Injectable } from '@nestjs/common';
import { Customers } from '../auth/index.js';
import { CONFIG, type Config } from '../config/index.js';
import { Database } from '../database/database.js';
import { Problem } from '../common/problems.js';
import {
  BackgroundPace,
  CLAIM_FACTS,
  claimsInLineAnywhere,
  ContactConsents,
  type ListedClaim,
} from '../claim/index.js';
import { BYTE_ORDER_MARK, csvLine, csvTime, type Separator } from './csv.js';
import { workbook, type Column, type Row } from './xlsx.js';

const PAGE = 500;

const COLUMNS: readonly Column[] = [
  ['claim_id', 'text'],
  ['status', 'text'],
  ['sequence', 'number'],
  ['ordinal', 'number'],
  ['user_id', 'text'],
  ['name', 'text'],
  ['contact', 'text'],
  ['created_at', 'time'],
  ['issued_at', 'time'],
  ['reject_reason', 'text'],
  ['confirm_until', 'time'],
  ['moved_at', 'time'],
  // Of those who let the merchant see it, and of nobody else.
  ['shared_contact', 'text'],
];

/** Whoever lost a claim, or gave it back, shares nothing by it. */
const SHARING: ReadonlySet<string> = new Set(['held', 'issued', 'redeemed', 'expired']);

/** How a file is written. */
export interface ExportFormat {
  readonly separator: Separator;
  /** Times are written by its clocks; without one in UTC. */
  readonly timeZone?: string | undefined;
}
interface ExportPage {
  readonly rows: Row[];
  readonly last: ListedClaim | undefined;
}

const PLAIN: ExportFormat = { separator: 'comma' };

/**
 * All claims on a voucher as CSV or XLSX, archived ones too, in the order of the line at the gate. A page is read when the one before has gone out: a slow
 * reader holds a page, not the drop, and one that goes away ends it. While claims are being taken a page waits for its turn.
 */
@Injectable()
export class ClaimExport {
  private running = 0;

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly db: Database,
    private readonly customers: Customers,
    private readonly consents: ContactConsents,
    private readonly pace: BackgroundPace,
  ) {}

  /** How many are under way in this process. */
  get underWay(): number {
    return this.running;
  }

  /** As CSV. @throws Problem overloaded; the database's error where not even the first page can be read */
  stream(voucherId: string, format: ExportFormat = PLAIN): Promise<Readable> {
    return this.open(voucherId, (pages) => Readable.from(this.lines(pages, format), { highWaterMark: 1 }));
  }

  /**
   * As XLSX. @param timeZone times are written by its clocks; without one in UTC
   * @throws as `stream`
   */
  workbook(voucherId: string, timeZone = 'UTC'): Promise<Readable> {
    return this.open(voucherId, (pages) => workbook(COLUMNS, pages, { zone: timeZone }));
  }

  private async open(voucherId: string, write: (pages: AsyncIterable<Row[]>) => Readable): Promise<Readable> {
    if (this.running >= this.config.CLAIM_EXPORTS_MAX) {
      throw new Problem('overloaded', { detail: 'Other exports are in progress', retryAfterS: 5 });
    }
    this.running += 1;
    try {
      const first = await this.page(voucherId, undefined);
      return write(this.pages(voucherId, first)).once('close', () => (this.running -= 1));
    } catch (error) {
      this.running -= 1;
      throw error;
    }
  }

  private async *pages(voucherId: string, first: ExportPage): AsyncGenerator<Row[]> {
    for (let page = first; page.rows.length > 0; page = await this.page(voucherId, page.last)) {
      yield page.rows;
      if (page.rows.length < PAGE) return;
    }
  }

  private async *lines(pages: AsyncIterable<Row[]>, format: ExportFormat): AsyncGenerator<string> {
    const time = csvTime(format.timeZone);
    const field = (value: Row[number], index: number): Row[number] =>
      COLUMNS[index]?.[1] === 'time' && typeof value === 'number' ? time(value) : value;
    const line = (row: Row): string => csvLine(row.map(field), format.separator);
    yield BYTE_ORDER_MARK + line(COLUMNS.map(([name]) => name));
    for await (const page of pages) yield page.map(line).join('');
  }

  private async rows(page: readonly ListedClaim[]): Promise<Row[]> {
    const customers = await this.customers.describe(page.map(({ userId }) => userId));
    const contacts = await this.sharedContacts(page);
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
        claim.createdAt,
        claim.issuedAt,
        claim.rejectReason,
        claim.confirmUntil,
        claim.movedAt,
        contacts.get(claim.id) ?? null,
      ];
    });
  }

  /** By claim: an address that was proved, or the phone number where there is none. */
  private async sharedContacts(page: readonly ListedClaim[]): Promise<ReadonlyMap<string, string>> {
    const given = await this.consents.given(page.map(({ id }) => id));
    const sharing = page.filter(({ id, userId, status }) => given.get(id) === userId && SHARING.has(status));
    if (sharing.length === 0) return new Map();
    const people = await this.customers.proven(sharing.map(({ userId }) => userId));
    return new Map(
      sharing.flatMap(({ id, userId }) => {
        const proven = people.get(userId);
        const contact = proven?.email ?? proven?.phone ?? null;
        return contact === null ? [] : [[id, contact] as const];
      }),
    );
  }

  private page(voucherId: string, after: ListedClaim | undefined): Promise<ExportPage> {
    return this.pace.run('export', async () => {
      const claims = await claimsInLineAnywhere(this.db, CLAIM_FACTS, { voucherId, after, limit: PAGE });
      return { rows: await this.rows(claims), last: claims.at(-1) };
    });
  }
}
