import type { Database } from '../database/database.js';

/** Sums of one window of sequence numbers. Times are milliseconds since 1970. */
export interface Totals {
  rejected: number;
  users: number;
  firstIssuedAt: number | null;
  lastIssuedAt: number | null;
  lastTakenAt: number | null;
  /** Claims by the begin of their bucket. */
  readonly taken: Map<number, number>;
  readonly issued: Map<number, number>;
}

interface StoredWindow {
  readonly window: number;
  /** Of its buckets, s. */
  readonly widthS: number;
  readonly totals: Totals;
}

interface Row {
  readonly window_no: number;
  readonly width_s: number;
  readonly sums: string;
}

type Sums = Omit<Totals, 'taken' | 'issued'> &
  Record<'taken' | 'issued', readonly (readonly [number, number])[]>;

/** Longer is not stored: TEXT holds 65,535 bytes. Two series of 240 buckets take a fifth of it. */
const SUMS_MAX = 60_000;

/** Windows whose sums can no longer change, kept in the database: each is read from the claims once, whoever shows the board. */
export class SettledWindows {
  constructor(private readonly db: Database) {}

  async of(voucherId: string): Promise<readonly StoredWindow[]> {
    const rows: Row[] = await this.db.read.query(
      'SELECT window_no, width_s, sums FROM claim_windows WHERE voucher_id = ? ORDER BY window_no',
      [voucherId],
    );
    return rows.map(({ window_no: window, width_s: widthS, sums }) => {
      const { taken, issued, ...rest } = JSON.parse(sums) as Sums;
      return {
        window: Number(window),
        widthS: Number(widthS),
        totals: { ...rest, taken: new Map(taken), issued: new Map(issued) },
      };
    });
  }

  /** One that is there stays: two processes may read the same window at once, and find the same. */
  async keep(voucherId: string, { window, widthS, totals }: StoredWindow): Promise<void> {
    const sums = JSON.stringify({
      ...totals,
      taken: [...totals.taken],
      issued: [...totals.issued],
    } satisfies Sums);
    if (sums.length > SUMS_MAX) return;
    await this.db.write((tx) =>
      tx.query(
        `${this.db.insertIgnore} claim_windows (voucher_id, window_no, width_s, sums) VALUES (?, ?, ?, ?)`,
        [voucherId, window, widthS, sums],
      ),
    );
  }
}
