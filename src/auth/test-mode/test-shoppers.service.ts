import { randomInt } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { AuditLog, auditActor } from '../../database/audit-log.js';
import { Database } from '../../database/database.js';
import { inBatches, PRUNE_ROWS } from '../../database/prune.js';
import { CONFIG, type Config } from '../../config/index.js';
import { Metrics } from '../../observability/metrics.js';
import { Clock } from '../../common/clock.js';
import { firstIdOf, newId } from '../../common/ids.js';
import { firstTestId, inMode, modeOf, TEST_MAIL_DOMAIN } from '../../common/mode.js';
import { Problem } from '../../common/problems.js';
import type { MerchantActor } from '../access.js';
import { Logins } from '../logins.js';
import type { SessionAnswer } from '../schemas.js';
import { User } from '../user.entity.js';
import type { TestShopperBody } from './test-shoppers.dto.js';
import { forgetNames, insertUser } from '../user-names.js';

/** New ones of a merchant in a day: for tests of a program, and not for tests of our load. */
const NEW_A_DAY = 1_000;
const DAY_MS = 86_400_000;
/** No country has this code (ITU-T E.164 keeps it in reserve), so no code is ever sent there and nobody logs in by it. */
const NO_COUNTRY = '+999';
const PHONE_DIGITS = 11;

type Wishes = NonNullable<TestShopperBody>;

/** Shoppers that test keys make up: they claim test vouchers of their merchant and can do nothing else. */
@Injectable()
export class TestShoppers {
  constructor(
    private readonly db: Database,
    private readonly logins: Logins,
    private readonly audit: AuditLog,
    private readonly clock: Clock,
    private readonly metrics: Metrics,
    @Inject(CONFIG) private readonly config: Pick<Config, 'RETENTION_TEST_SHOPPERS_DAYS'>,
  ) {}

  /** @throws Problem forbidden without a test key; too_many_test_shoppers; dependency_unavailable */
  async create(actor: MerchantActor, wishes: Wishes): Promise<SessionAnswer> {
    if (!actor.scopes || modeOf(actor.merchantId) !== 'test')
      throw new Problem('forbidden', { detail: 'Only API keys of test mode can create test shoppers' });
    const now = this.clock.now();
    const shopper = shopperOf(actor.merchantId, wishes, now);
    // The session first, as for every account: with its store away nothing is written.
    const login = await this.logins.open(shopper, true);
    try {
      await this.db.write(async (tx) => {
        const since = inMode(firstIdOf('usr', now - DAY_MS), 'test');
        const [row] = await tx.query<{ n: number | string }[]>(
          'SELECT COUNT(*) AS n FROM users WHERE merchant_id = ? AND id >= ?',
          [actor.merchantId, since],
        );
        if (Number(row?.n ?? 0) >= NEW_A_DAY)
          throw new Problem('too_many_test_shoppers', {
            detail: `At most ${NEW_A_DAY} test shoppers are made in 24 hours; one can claim more than once`,
          });
        await insertUser(this.db, tx, shopper);
        const by = auditActor(actor.userId, actor.merchantId);
        const entry = { action: 'test_shopper.created', objectType: 'user', objectId: shopper.id };
        await this.audit.record(tx, now, [{ ...entry, actor: by }]);
      });
    } catch (error) {
      await this.logins.giveUp(login);
      throw error;
    }
    return login.answer;
  }

  /**
   * Deletes those that are older than RETENTION_TEST_SHOPPERS_DAYS, the oldest first: a program that tests itself every night makes
   * new ones for ever. As where a person deletes an account, claims and entries of the audit log stay, with an id that leads
   * to nobody; a login that is still there is refused at its next refresh.
   * @throws the database's error
   */
  async prune(): Promise<void> {
    const before = this.clock.now() - this.config.RETENTION_TEST_SHOPPERS_DAYS * DAY_MS;
    const range = [firstTestId('usr'), inMode(firstIdOf('usr', before), 'test')];
    const removed = await inBatches(async () => {
      const rows: { id: string }[] = await this.db.read.query(
        `SELECT id FROM users WHERE id >= ? AND id < ? ORDER BY id LIMIT ${PRUNE_ROWS}`,
        range,
      );
      const ids = rows.map(({ id }) => id);
      if (ids.length > 0)
        await this.db.write(async (tx) => {
          await forgetNames(tx, ids);
          await tx.delete(User, ids);
        });
      return ids.length;
    });
    this.metrics.retentionRemoved.inc({ kind: 'test_shopper' }, removed);
  }
}

function shopperOf(
  merchantId: string,
  { name, email_verified: hasEmail, phone_verified: hasPhone }: Wishes,
  now: number,
): User {
  const id = newId('usr', now, 'test');
  const digits = String(randomInt(10 ** PHONE_DIGITS)).padStart(PHONE_DIGITS, '0');
  return {
    id,
    email: `${id}@${TEST_MAIL_DOMAIN}`,
    emailVerifiedAt: hasEmail ? now : null,
    phone: hasPhone ? NO_COUNTRY + digits : null,
    name,
    passwordHash: null,
    role: 'shopper',
    merchantId,
    merchantRole: null,
    createdAt: now,
  };
}
