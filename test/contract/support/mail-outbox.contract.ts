import { beforeEach, expect, it } from '@jest/globals';
import type { Database } from '../../../src/database/database.js';
import { MailOutbox, type NewMail } from '../../../src/mail/mail-outbox.js';
import { MailRelay } from '../../../src/mail/mail-relay.js';
import { Mailer, MailRefused, MailServerAway, type OutgoingMail } from '../../../src/mail/ports/mailer.js';
import { Metrics } from '../../../src/observability/metrics.js';
import { ManualClock } from '../../support/manual-clock.js';

const MINUTE = 60_000;
const CONFIG = {
  JWT_SECRET: 'a secret of a test, long enough to be one',
  MAIL_TIMEOUT_MS: 20_000,
  mail: { from: { name: '', address: 'from@example.com' }, server: undefined },
};

/** Takes mails, or does what the test says. */
class CountingMailer extends Mailer {
  readonly taken: OutgoingMail[] = [];
  answer: (mail: OutgoingMail) => Promise<void> = async () => undefined;

  async send(mail: OutgoingMail): Promise<void> {
    await this.answer(mail);
    this.taken.push(mail);
  }
}

/** What the outbox of mails promises on every database. The database is migrated and may hold anything. */
export function mailOutboxContract(database: () => Database): void {
  let db: Database;
  let clock: ManualClock;
  let outbox: MailOutbox;
  let mailer: CountingMailer;
  let relay: MailRelay;
  let people = 0;

  beforeEach(async () => {
    db = database();
    clock = new ManualClock(Date.now());
    await db.write((tx) => tx.query('DELETE FROM mails'));
    mailer = new CountingMailer();
    outbox = new MailOutbox(db, clock, CONFIG);
    relay = newRelay();
  });

  const newRelay = (): MailRelay => new MailRelay(outbox, mailer, clock, new Metrics(), CONFIG);
  const rows = (): Promise<
    { status: string; params: string | null; error: string | null; attempts: number }[]
  > => db.read.query('SELECT status, params, error, attempts FROM mails');
  async function add(more: Partial<NewMail<'password_reset'>> = {}): Promise<string> {
    const to = `p${(people += 1)}@example.com`;
    await db.write((tx) =>
      outbox.add(tx, {
        kind: 'password_reset',
        params: { url: 'https://example.com/password-reset#token', minutes: 30 },
        to,
        userId: 'usr_1',
        language: 'en',
        lifetimeMs: 30 * MINUTE,
        ...more,
      }),
    );
    return to;
  }

  it('takes no mail to a test shopper, whose address nobody reads', async () => {
    await add({ to: 'usr_t1k9z3v8f0abcdef@test.invalid' });
    const to = await add();
    await relay.run();
    expect(mailer.taken.map((mail) => mail.to)).toEqual([to]);
    expect(await rows()).toHaveLength(1);
  });

  it('sends a mail once, with several relays that look at the same time, and forgets what was in it', async () => {
    for (let n = 0; n < 60; n++) await add();
    await Promise.all([relay.run(), newRelay().run(), newRelay().run()]);
    expect(mailer.taken).toHaveLength(60);
    expect(new Set(mailer.taken.map(({ id }) => id)).size).toBe(60);
    expect(mailer.taken[0]?.text).toContain('https://example.com/password-reset#token');
    expect(await rows()).toEqual(
      Array.from({ length: 60 }, () => ({ status: 'sent', params: null, error: null, attempts: 1 })),
    );
  });

  it('holds nothing in the row that would let somebody in', async () => {
    await add();
    const [row] = await rows();
    expect(row?.params).toMatch(/^[A-Za-z0-9+/]{40,}=*$/);
    expect(Buffer.from(row?.params ?? '', 'base64').toString('latin1')).not.toContain('token');
  });

  it('sends nothing of a transaction that was rolled back', async () => {
    const failing = db.write(async (tx) => {
      const params = { url: 'https://example.com/', minutes: 30 };
      const whom = { to: 'p@example.com', userId: null, language: 'en' as const };
      await outbox.add(tx, { kind: 'password_reset', params, ...whom, lifetimeMs: MINUTE });
      throw new Error('no');
    });
    await expect(failing).rejects.toThrow('no');
    await relay.run();
    expect(mailer.taken).toEqual([]);
  });

  it('sends one of several mails about the same', async () => {
    for (let n = 0; n < 3; n++) await add({ once: 'usr_1/clm_1' });
    await add({ once: 'usr_1/clm_2' });
    await relay.run();
    await add({ once: 'usr_1/clm_1' });
    await relay.run();
    expect(mailer.taken).toHaveLength(2);
  });

  it('leaves a mail of a process that died while sending to others, after the lease and not before', async () => {
    await add();
    const [mail] = await outbox.due(1);
    if (!mail) throw new Error('nothing is due');
    expect(await outbox.take(mail, 50_000)).toBe(true);
    clock.pass(49_000);
    await relay.run();
    expect(mailer.taken).toEqual([]);
    clock.pass(2_000);
    await relay.run();
    expect(mailer.taken).toHaveLength(1);
    // The first one wakes up: it has nothing to say any more.
    await outbox.dead(mail, 'late');
    expect(await rows()).toMatchObject([{ status: 'sent', error: null }]);
  });

  it('tries again, later and later, and gives up loudly once the mail is of no use', async () => {
    mailer.answer = async () => Promise.reject(new Error('450 to RCPT TO'));
    await add();
    const began = clock.now();
    const tries: number[] = [];
    for (let n = 0; n < 200 && (await rows())[0]?.status === 'pending'; n++) {
      const before = (await rows())[0]?.attempts;
      await relay.run();
      if ((await rows())[0]?.attempts !== before) tries.push(clock.now() - began);
      clock.pass(10_000);
    }
    expect(await rows()).toMatchObject([{ status: 'dead', params: null, error: 'not sent in time' }]);
    expect(mailer.taken).toEqual([]);
    expect(tries.length).toBeGreaterThan(8);
    expect(tries.length).toBeLessThan(25);
    expect(tries.at(-1)).toBeLessThanOrEqual(31 * MINUTE);
    expect(tries.at(-1)).toBeGreaterThanOrEqual(29 * MINUTE);
  });

  it('gives a mail up that is refused for good, and sends the others', async () => {
    const bad = await add();
    const good = await add();
    mailer.answer = async ({ to }) => {
      if (to === bad) throw new MailRefused('550 to RCPT TO');
    };
    await relay.run();
    expect(mailer.taken.map(({ to }) => to)).toEqual([good]);
    expect(await rows()).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ status: 'dead', error: '550 to RCPT TO', params: null }),
        expect.objectContaining({ status: 'sent' }),
      ]),
    );
  });

  it('leaves a server alone that is away, and sends all that waited once it is back', async () => {
    for (let n = 0; n < 120; n++) await add();
    let knocks = 0;
    mailer.answer = async () => {
      knocks += 1;
      throw new MailServerAway('ECONNREFUSED');
    };
    for (let second = 0; second < 120; second++) {
      await relay.run();
      clock.pass(1_000);
    }
    expect(knocks).toBeGreaterThan(5);
    expect(knocks).toBeLessThan(60);
    mailer.answer = async () => undefined;
    clock.pass(3 * MINUTE);
    await relay.run();
    expect(mailer.taken).toHaveLength(120);
  });

  it('sends what was sealed with the secret before', async () => {
    await add();
    const { JWT_SECRET: before } = CONFIG;
    const other = new MailOutbox(db, clock, {
      ...CONFIG,
      JWT_SECRET: 'another secret, as long as the first one',
      JWT_SECRET_PREVIOUS: before,
    });
    await new MailRelay(other, mailer, clock, new Metrics(), CONFIG).run();
    expect(mailer.taken).toHaveLength(1);
  });

  it('buries what was sealed with another secret, and goes on', async () => {
    await add();
    const other = new MailOutbox(db, clock, {
      ...CONFIG,
      JWT_SECRET: 'another secret, as long as the first one',
    });
    await add();
    await new MailRelay(other, mailer, clock, new Metrics(), CONFIG).run();
    expect((await rows()).map(({ status }) => status)).toEqual(['dead', 'dead']);
    expect(mailer.taken).toEqual([]);
  });

  it('forgets the mails of an account, and what ended a week ago', async () => {
    await add({ userId: 'usr_gone' });
    await add();
    await db.write((tx) => outbox.forgetUser(tx, 'usr_gone'));
    await relay.run();
    expect(mailer.taken).toHaveLength(1);
    clock.pass(7 * 86_400_000 - 1_000);
    await relay.prune();
    expect(await rows()).toHaveLength(1);
    clock.pass(2_000);
    await relay.prune();
    expect(await rows()).toEqual([]);
  });
}
