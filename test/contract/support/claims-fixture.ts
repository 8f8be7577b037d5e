import type { ClaimRecord } from '../../../src/claim/domain/claim-record.js';
import { ClaimCodes } from '../../../src/claim/ledger/claim-codes.js';
import { ClaimHolds } from '../../../src/claim/ledger/claim-holds.js';
import { ConsumedPositions } from '../../../src/claim/ledger/consumed-positions.js';
import { GateEpochs } from '../../../src/claim/ledger/gate-epochs.js';
import { Ledger } from '../../../src/claim/ledger/ledger.js';
import { ClaimIds, newId } from '../../../src/common/ids.js';
import type { Clock } from '../../../src/common/clock.js';
import type { Database } from '../../../src/database/database.js';

/** Vouchers that are over, and claims on them, written through the ledger. */
export class ClaimsFixture {
  readonly ids = new ClaimIds('a secret of the tests, 32 characters or more');
  readonly epochs: GateEpochs;

  constructor(
    private readonly db: Database,
    private readonly clock: Clock,
  ) {
    this.epochs = new GateEpochs(db, clock);
  }

  async insertVoucher(id: string, units: number): Promise<void> {
    await this.db.write(async (tx) => {
      await tx.query(
        `INSERT INTO vouchers (id, merchant_id, title, status, total_stock, per_user_limit, opens_at, closes_at, redeem_until,
           time_zone, protection, version, created_at, updated_at)
         VALUES (?, 'mer_1', 'Tea', 'archived', ?, ?, 1, 2, 3, 'UTC', '{}', 1, 1, 1)`,
        [id, units, units],
      );
      await tx.query('INSERT INTO voucher_stock (voucher_id, total, issued) VALUES (?, ?, 0)', [id, units]);
      await tx.query(
        `INSERT INTO stock_ledger (voucher_id, number, delta, reason, state, created_at) VALUES (?, 0, ?, 'initial', 'applied', 1)`,
        [id, units],
      );
    });
  }

  ledger(): Ledger {
    return new Ledger(
      this.db,
      this.epochs,
      new ClaimCodes(this.db, this.ids),
      this.clock,
      new ConsumedPositions(this.db, newId('vch', this.clock.now())),
      new ClaimHolds(this.db),
    );
  }

  /** Of the present epoch. The ordinal is the sequence number unless it is given. */
  async record(
    { voucherId, userId, at }: { readonly voucherId: string; readonly userId: string; readonly at: number },
    sequence: number,
    more: Partial<ClaimRecord> = {},
  ): Promise<ClaimRecord> {
    const { user_id: user = userId, ordinal = sequence } = more;
    return {
      v: 1,
      id: this.ids.id(voucherId, user, ordinal),
      voucher_id: voucherId,
      user_id: user,
      ordinal,
      epoch: (await this.epochs.current()).epoch,
      sequence,
      at,
      ...more,
    };
  }
}
