import { beforeEach, expect, it } from '@jest/globals';
import type { MerchantActor } from '../../../src/auth/index.js';
import { newId } from '../../../src/common/ids.js';
import { Problem } from '../../../src/common/problems.js';
import { AuditLog } from '../../../src/database/audit-log.js';
import type { Database } from '../../../src/database/database.js';
import { MailOutbox, MailPreferences, MailRelay, UnsubscribeTokens } from '../../../src/mail/index.js';
import { Mailer, MailRefused, type OutgoingMail } from '../../../src/mail/ports/mailer.js';
import { MessageMails } from '../../../src/notice/messages/message-mails.js';
import { VoucherMessages } from '../../../src/notice/messages/voucher-messages.js';
import { Metrics } from '../../../src/observability/metrics.js';
import type { VoucherView } from '../../../src/voucher/index.js';
import { claimIdAt, insertClaims, type NewClaim } from '../../harness/claim-rows.js';
import { ManualClock } from '../../support/manual-clock.js';

const DAY = 86_400_000;
const CONFIG = {
  JWT_SECRET: 'a secret of a test, long enough to be one',
  publicUrl: 'https://drops.example.com',
  mail: { from: { name: '', address: 'from@example.com' }, server: undefined },
  MAIL_TIMEOUT_MS: 20_000,
  VOUCHER_MESSAGES_PER_DAY: 2,
  RETENTION_AUDIT_LOG_DAYS: 30,
};
const TEXT = {
  subject: 'An hour later',
  text: 'We open at 11.',
  statuses: ['issued' as const, 'redeemed' as const],
};

const problemCode = (error: unknown): string => (error instanceof Problem ? error.code : String(error));

/** Dies in the middle of the step that is asked for, as a process does that is killed: nothing of the transaction stays. */
class DyingOutbox extends MailOutbox {
  stepsToLive = Infinity;

  override async addAll(...args: Parameters<MailOutbox['addAll']>): Promise<void> {
    await super.addAll(...args);
    if ((this.stepsToLive -= 1) < 0) throw new Error('killed');
  }
}

class CountingMailer extends Mailer {
  readonly taken: OutgoingMail[] = [];
  readonly refused = new Set<string>();

  async send(mail: OutgoingMail): Promise<void> {
    if (this.refused.has(mail.to)) throw new MailRefused('550 to RCPT TO');
    this.taken.push(mail);
  }
}

/** What messages of merchants promise on every database. The database is migrated and may hold anything. */
export function messagesContract(database: () => Database): void {
  let db: Database;
  let clock: ManualClock;
  let outbox: DyingOutbox;
  let messages: VoucherMessages;
  let mailer: CountingMailer;
  let actor: MerchantActor;
  let voucher: VoucherView;
  const unsubscribe = new UnsubscribeTokens(CONFIG);

  beforeEach(async () => {
    db = database();
    clock = new ManualClock(Date.now());
    for (const table of ['mails', 'voucher_messages', 'mail_batches'])
      await db.write((tx) => tx.query(`DELETE FROM ${table}`));
    outbox = new DyingOutbox(db, clock, CONFIG);
    messages = new VoucherMessages(db, outbox, new AuditLog(), clock, CONFIG);
    mailer = new CountingMailer();
    ({ actor, voucher } = await another());
  });

  /** A merchant with a voucher that is live. */
  async function another(): Promise<{ readonly actor: MerchantActor; readonly voucher: VoucherView }> {
    const now = clock.now();
    const merchantId = newId('mer', now);
    await insert('merchants', [
      { id: merchantId, name: 'Tea house', time_zone: 'UTC', created_at: 0, version: 1 },
    ]);
    const id = newId('vch', now);
    await insert('vouchers', [
      {
        id,
        merchant_id: merchantId,
        title: 'Tea for two',
        description: '',
        status: 'live',
        total_stock: 1_000,
        per_user_limit: 2,
        time_zone: 'UTC',
        protection: '{}',
        opens_at: now,
        closes_at: now + DAY,
        version: 1,
        created_at: 0,
        updated_at: 0,
      },
    ]);
    return {
      actor: { userId: newId('usr', now), merchantId } as MerchantActor,
      voucher: { id, takenDownAt: null } as VoucherView,
    };
  }

  async function insert(table: string, rows: readonly Readonly<Record<string, unknown>>[]): Promise<void> {
    const columns = Object.keys(rows[0] ?? {});
    const row = `(${columns.map(() => '?').join(', ')})`;
    await db.write((tx) =>
      tx.query(
        `INSERT INTO ${table} (${columns.join(', ')}) VALUES ${rows.map(() => row).join(', ')}`,
        rows.flatMap((each) => Object.values(each)),
      ),
    );
  }

  let claims = 0;
  /** Accounts with proved addresses, and claims of theirs. @returns their addresses */
  async function holders(
    count: number,
    {
      each = 1,
      account = {},
      claim = {},
    }: { each?: number; account?: object; claim?: Partial<NewClaim> } = {},
  ): Promise<{ readonly ids: string[]; readonly emails: string[] }> {
    const ids = Array.from({ length: count }, () => newId('usr', clock.now()));
    await insert(
      'users',
      ids.map((id) => ({
        id,
        email: `${id}@example.com`,
        email_verified_at: 1,
        name: 'Lin',
        role: 'shopper',
        created_at: 0,
        ...account,
      })),
    );
    await db.write((tx) =>
      insertClaims(
        tx,
        ids.flatMap((userId) =>
          Array.from({ length: each }, (_, n) => ({
            id: claimIdAt(claim.voucher_id ?? voucher.id, (claims += 1), n + 1),
            voucher_id: voucher.id,
            user_id: userId,
            ordinal: n + 1,
            epoch: 1,
            sequence: claims,
            status: n % 2 === 0 ? 'issued' : 'redeemed',
            code: null,
            created_at: clock.now() - 1,
            issued_at: clock.now() - 1,
            ...claim,
          })),
        ),
      ),
    );
    return { ids, emails: ids.map((id) => `${id}@example.com`) };
  }

  const newJob = (mails: MailOutbox = outbox): MessageMails =>
    new MessageMails(db, mails, unsubscribe, clock, CONFIG);
  const newRelay = (): MailRelay => new MailRelay(outbox, mailer, clock, new Metrics(), CONFIG);
  const begin = () => messages.begin(actor, voucher, TEXT);
  const taken = (): string[] => mailer.taken.map(({ to }) => to).sort();

  it('reaches each holder once, whoever dies in between, and nobody who is not meant', async () => {
    const many = await holders(300);
    const several = await holders(130, { each: 2 });
    await holders(3, { account: { email_verified_at: null } });
    await holders(3, { claim: { status: 'cancelled' } });
    const refused = await holders(2);
    await new MailPreferences(db, clock).unsubscribe({
      userId: refused.ids[0] ?? '',
      list: 'merchant_message',
      merchantId: actor.merchantId,
    });
    await new MailPreferences(db, clock).unsubscribe({
      userId: refused.ids[1] ?? '',
      list: 'merchant_message',
      merchantId: 'mer_nobody',
    });
    const { message } = await begin();
    clock.pass(1_000);
    await holders(2); // claimed after it was written

    outbox.stepsToLive = 1;
    await expect(newJob().run()).rejects.toThrow('killed');
    outbox.stepsToLive = Infinity;
    // Others go on, several at once, and once more after all is done.
    await Promise.all([newJob().run(), newJob().run(), newJob().run()]);
    await newJob().run();

    const meant = [...many.emails, ...several.emails, ...refused.emails.slice(1)].sort();
    const unlucky = many.emails[0] ?? '';
    mailer.refused.add(unlucky);
    // The account of one of them is deleted before its mail leaves.
    const gone = many.ids[1] ?? '';
    await db.write((tx) => outbox.forgetUser(tx, gone));
    await Promise.all([newRelay().run(), newRelay().run()]);
    expect(taken()).toEqual(meant.filter((email) => email !== unlucky && !email.startsWith(gone)));
    const found = await messages.find(voucher.id, message.id);
    expect(found).toMatchObject({
      message: { state: 'done', recipients: meant.length },
      counts: { sent: meant.length - 2, failed: 2 },
    });
    // The mails are forgotten after a week, what became of them is not; with the audit log the message goes.
    clock.pass(8 * DAY);
    await newRelay().prune();
    await messages.prune();
    expect((await messages.page(voucher.id, { limit: 5 })).map(({ counts }) => counts)).toEqual([
      { sent: meant.length - 2, failed: 2 },
    ]);
    clock.pass(23 * DAY);
    await messages.prune();
    expect(await messages.page(voucher.id, { limit: 5 })).toEqual([]);
    expect(await db.read.query('SELECT id FROM mail_batches')).toEqual([]);
  });

  it('makes no more mails than may wait, goes on as they leave, and stops for a merchant that is disabled', async () => {
    await holders(1_300);
    const { message } = await begin();
    await newJob().run();
    const waiting = await outbox.waiting('merchant_message', 5_000);
    expect(waiting).toBe(1_000);
    await newRelay().run();
    await newJob().run();
    expect(await outbox.waiting('merchant_message', 5_000)).toBe(300);
    expect((await messages.find(voucher.id, message.id)).message).toMatchObject({
      state: 'done',
      recipients: 1_300,
    });
    clock.pass(1_000);
    const other = await begin();
    await insert('disabled_accounts', [
      { id: actor.merchantId, reason: 'spam', disabled_at: 0, disabled_by: 'usr_admin' },
    ]);
    await newJob().run();
    expect((await messages.find(voucher.id, other.message.id)).message).toMatchObject({
      state: 'stopped',
      recipients: 0,
    });
  });

  it.each(['the merchant is disabled', 'the voucher is taken down'])(
    'sends nothing of what was made and waits once %s, and says so',
    async (what) => {
      await holders(1_100);
      const half = (await begin()).message;
      await newJob().run();
      // Another merchant's goes on.
      const { actor: others, voucher: theirs } = await another();
      await holders(3, { claim: { voucher_id: theirs.id } });
      clock.pass(1_000);
      const { message: free } = await messages.begin(others, theirs, TEXT);
      if (what === 'the voucher is taken down')
        await db.write((tx) => tx.query('UPDATE vouchers SET taken_down_at = 1 WHERE id = ?', [voucher.id]));
      else
        await insert('disabled_accounts', [
          { id: actor.merchantId, reason: 'spam', disabled_at: 0, disabled_by: 'usr_admin' },
        ]);
      await Promise.all([newJob().run(), newJob().run()]);
      await newRelay().run();
      expect(mailer.taken).toHaveLength(3);
      const { message, counts } = await messages.find(voucher.id, half.id);
      expect({ state: message.state, finished: message.finishedAt !== null, ...counts }).toEqual({
        state: 'stopped',
        finished: true,
        sent: 0,
        failed: 1_000,
      });
      expect(await messages.find(theirs.id, free.id)).toMatchObject({
        message: { state: 'done', recipients: 3 },
        counts: { sent: 3, failed: 0 },
      });
    },
  );

  it('sends nothing either of a message whose last mail was made', async () => {
    await holders(20);
    const { message } = await begin();
    await newJob().run();
    expect((await messages.find(voucher.id, message.id)).message.state).toBe('done');
    await db.write((tx) => tx.query('UPDATE vouchers SET taken_down_at = 1 WHERE id = ?', [voucher.id]));
    await newJob().run();
    await newRelay().run();
    expect(mailer.taken).toEqual([]);
    expect(await messages.find(voucher.id, message.id)).toMatchObject({
      message: { state: 'stopped', recipients: 20 },
      counts: { sent: 0, failed: 20 },
    });
  });

  it('of several that are written at once as many are taken as a day allows, and the next once it is over', async () => {
    const answers = await Promise.all(
      Array.from({ length: 6 }, () => begin().then(() => 'taken', problemCode)),
    );
    expect(answers.sort()).toEqual([
      ...Array<string>(2).fill('taken'),
      ...Array<string>(4).fill('too_many_messages'),
    ]);
    clock.pass(DAY - 1_000);
    expect(await begin().catch(problemCode)).toBe('too_many_messages');
    clock.pass(2_000);
    expect(await begin()).toMatchObject({ message: { state: 'running' } });
  });
}
