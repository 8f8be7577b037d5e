import { beforeEach, expect, it } from '@jest/globals';
import type { EventPack } from '../../../src/claim/index.js';
import { newId } from '../../../src/common/ids.js';
import type { Database } from '../../../src/database/database.js';
import { MailOutbox, MailPreferences, UnsubscribeTokens } from '../../../src/mail/index.js';
import { NoticeFanOut } from '../../../src/notice/notice-fan-out.js';
import { OpeningMails, REMIND_MS } from '../../../src/notice/opening-mails.js';
import { SoldOutNotice } from '../../../src/notice/sold-out-notice.js';
import { ManualClock } from '../../support/manual-clock.js';

const MINUTE = 60_000;
const CONFIG = {
  JWT_SECRET: 'a secret of a test, long enough to be one',
  publicUrl: 'https://drops.example.com',
  mail: { from: { name: '', address: 'from@example.com' }, server: undefined },
};

/** What mails about vouchers promise on every database. The database is migrated and may hold anything. */
export function noticesContract(database: () => Database): void {
  let db: Database;
  let clock: ManualClock;
  let outbox: MailOutbox;
  let preferences: MailPreferences;
  let fanOut: NoticeFanOut;
  let openings: OpeningMails;
  let merchantId: string;

  beforeEach(async () => {
    db = database();
    clock = new ManualClock(Date.now());
    for (const table of ['mails', 'mail_wishes', 'mail_preferences', 'sold_out_mails'])
      await db.write((tx) => tx.query(`DELETE FROM ${table}`));
    outbox = new MailOutbox(db, clock, CONFIG);
    preferences = new MailPreferences(db, clock);
    fanOut = newFanOut(outbox);
    openings = newOpenings();
    merchantId = newId('mer', clock.now());
    await insert('merchants', {
      id: merchantId,
      name: 'Tea house',
      time_zone: 'Asia/Shanghai',
      created_at: 0,
      version: 1,
    });
  });

  const unsubscribe = new UnsubscribeTokens(CONFIG);
  const newFanOut = (mails: MailOutbox): NoticeFanOut =>
    new NoticeFanOut(
      mails,
      unsubscribe,
      new SoldOutNotice(db, mails, unsubscribe, clock, CONFIG),
      clock,
      CONFIG,
    );
  const newOpenings = (): OpeningMails => new OpeningMails(db, outbox, unsubscribe, clock, CONFIG);

  const insert = (table: string, row: Readonly<Record<string, unknown>>): Promise<unknown> =>
    db.write((tx) =>
      tx.query(
        `INSERT INTO ${table} (${Object.keys(row).join(', ')}) VALUES (${Object.keys(row)
          .map(() => '?')
          .join(', ')})`,
        Object.values(row),
      ),
    );

  async function person(more: Readonly<Record<string, unknown>> = {}): Promise<string> {
    const id = newId('usr', clock.now());
    const email = `${id}@example.com`;
    const row = { id, email, email_verified_at: 1, name: 'Lin', role: 'shopper', created_at: 0, ...more };
    await insert('users', row);
    return id;
  }
  const staff = (role: string, more = {}): Promise<string> =>
    person({ role: 'merchant', merchant_id: merchantId, merchant_role: role, ...more });

  async function voucher(more: Readonly<Record<string, unknown>> = {}): Promise<string> {
    const id = newId('vch', clock.now());
    const times = { opens_at: clock.now() - MINUTE, closes_at: clock.now() + 60 * MINUTE };
    await insert('vouchers', {
      id,
      merchant_id: merchantId,
      title: 'Tea for two',
      description: '',
      status: 'live',
      total_stock: 10,
      per_user_limit: 1,
      time_zone: 'Asia/Shanghai',
      protection: '{}',
      version: 1,
      created_at: 0,
      updated_at: 0,
      ...times,
      ...more,
    });
    return id;
  }

  const issued = (voucherId: string, users: readonly string[]): EventPack => ({
    type: 'claim.issued',
    key: voucherId,
    events: users.length,
    payload: users
      .map((user_id) =>
        JSON.stringify({
          id: `evt_${user_id}`,
          type: 'claim.issued',
          data: { id: `clm_${user_id}`, voucher_id: voucherId, user_id },
        }),
      )
      .join('\n'),
  });
  const take = (...packs: EventPack[]): Promise<void> => db.write((tx) => fanOut.take(tx, packs));
  const mails = (): Promise<{ kind: string; user_id: string; language: string }[]> =>
    db.read.query('SELECT kind, user_id, language FROM mails ORDER BY user_id');

  it('of a burst of issued claims those are mailed who asked for it and have a proved address, once each', async () => {
    const id = await voucher();
    const [wants, chinese, unproved, changedMind, crowd] = [
      await person(),
      await person(),
      await person({ email_verified_at: null }),
      await person(),
      Array.from({ length: 1_996 }, (_, n) => `usr_crowd_${n}`),
    ] as const;
    for (const user of [wants, chinese, unproved, changedMind])
      await preferences.change(user, { claim_issued: true });
    await preferences.change(wants, { language: 'en' });
    await preferences.change(changedMind, { claim_issued: false });
    const pack = issued(id, [wants, ...crowd, chinese, unproved, changedMind]);
    await take(pack);
    await take(pack, { ...pack, payload: 'not an event\n{"data":{}}\n[1,2]' });
    expect(await mails()).toEqual(
      [
        { kind: 'claim_issued', user_id: wants, language: 'en' },
        // Who never chose a language reads that of the merchant's zone.
        { kind: 'claim_issued', user_id: chinese, language: 'zh' },
      ].sort((a, b) => (a.user_id < b.user_id ? -1 : 1)),
    );
    const [mail] = await outbox.due(1);
    expect(mail?.params).toMatchObject({ title: 'Tea for two', merchant: 'Tea house' });
  });

  it('nothing is written of a batch that is taken back, nor where no mail leaves', async () => {
    const id = await voucher();
    const user = await person();
    await preferences.change(user, { claim_issued: true });
    const failing = db.write(async (tx) => {
      await fanOut.take(tx, [issued(id, [user])]);
      throw new Error('the relay died');
    });
    await expect(failing).rejects.toThrow('the relay died');
    const without = newFanOut(new MailOutbox(db, clock, { JWT_SECRET: CONFIG.JWT_SECRET, mail: undefined }));
    await db.write((tx) => without.take(tx, [issued(id, [user])]));
    expect(await mails()).toEqual([]);
  });

  it('an offer of a waiting list is mailed with the time to accept it, until then, unless its reader said no', async () => {
    const id = await voucher();
    const [waits, saidNo] = [await person(), await person()];
    await preferences.unsubscribe({ userId: saidNo, list: 'waiting_offer' });
    const offer = (until: number): EventPack => ({
      type: 'waiting_list.offered',
      key: id,
      events: 2,
      payload: [waits, saidNo]
        .map((user_id, n) =>
          JSON.stringify({
            id: 'evt_1',
            type: 'waiting_list.offered',
            data: {
              id: `wle_${n}`,
              voucher_id: id,
              user_id,
              offered_until: new Date(until).toISOString(),
            },
          }),
        )
        .join('\n'),
    });
    const until = clock.now() + 10 * MINUTE;
    await take(offer(until));
    await take(offer(until));
    await take(offer(clock.now() - 1));
    expect((await mails()).map(({ user_id: user }) => user)).toEqual([waits]);
    const [mail] = await outbox.due(1);
    expect(mail).toMatchObject({ kind: 'waiting_offer', expiresAt: until, params: { until } });
  });

  it('sold out is mailed to owners and editors, once for each total, and names no title to an unproved address', async () => {
    const id = await voucher();
    const [owner, editor] = [await staff('owner'), await staff('editor', { email_verified_at: null })];
    await staff('cashier');
    await preferences.unsubscribe({ userId: await staff('owner'), list: 'sold_out' });
    await insert('voucher_stock', { voucher_id: id, total: 10, issued: 9, returns: 0 });
    const stock = (total: number, count: number): Promise<unknown> =>
      db.write((tx) =>
        tx.query('UPDATE voucher_stock SET total = ?, issued = ? WHERE voucher_id = ?', [total, count, id]),
      );
    const somebody = issued(id, ['usr_x']);
    await take(somebody);
    expect(await mails()).toEqual([]);
    await stock(10, 10);
    await Promise.all([take(somebody), take(somebody), take(somebody)]);
    expect((await mails()).map(({ user_id: user }) => user)).toEqual([owner, editor].sort());
    const titles = (await outbox.due(10)).map(({ params }) => (params as { title: string | null }).title);
    expect(titles.sort()).toEqual(['Tea for two', null].sort());
    // A unit came back and went again; then units were added, and went.
    await stock(10, 9);
    await take(somebody);
    await stock(10, 10);
    await take(somebody);
    expect(await mails()).toHaveLength(2);
    await stock(12, 12);
    await take(somebody);
    expect(await mails()).toHaveLength(4);
  });

  it('an opening is mailed to each who asked, once, 10 minutes before, with several processes that look at it', async () => {
    const opensAt = clock.now() + REMIND_MS + MINUTE;
    const id = await voucher({ status: 'scheduled', opens_at: opensAt });
    const wish = (user: string): Promise<unknown> =>
      insert('mail_wishes', { voucher_id: id, user_id: user, created_at: 0 });
    const people: string[] = [];
    for (let n = 0; n < 250; n++) people.push(`usr_many_${String(n).padStart(3, '0')}`);
    const [asked, unproved] = [await person(), await person({ email_verified_at: null })];
    for (const user of [...people, asked, unproved, 'usr_gone']) await wish(user);
    for (const user of people)
      await db.write((tx) =>
        tx.query(
          `${db.insertIgnore} users (id, email, email_verified_at, name, role, created_at) VALUES (?, ?, 1, 'L', 'shopper', 0)`,
          [user, `${user}@example.com`],
        ),
      );
    await openings.run();
    expect(await mails()).toEqual([]);
    clock.pass(2 * MINUTE);
    await Promise.all([openings.run(), newOpenings().run(), newOpenings().run()]);
    await openings.run();
    expect((await mails()).map(({ user_id: user }) => user)).toEqual([...people, asked].sort());
    const [mail] = await outbox.due(1);
    expect(mail).toMatchObject({ kind: 'opens_soon', expiresAt: opensAt, params: { opensAt } });
    // The merchant moves the opening: who was told the old time is told the new one.
    await db.write((tx) => tx.query('UPDATE vouchers SET opens_at = ? WHERE id = ?', [opensAt + 60_000, id]));
    await preferences.unsubscribe({ userId: asked, list: 'opens_soon' });
    await openings.run();
    expect(await mails()).toHaveLength(251 + 250);
    await db.write((tx) => tx.query(`UPDATE vouchers SET status = 'ended' WHERE id = ?`, [id]));
    await openings.prune();
    expect(await db.read.query('SELECT * FROM mail_wishes')).toEqual([]);
  });

  it('a burst of news does not make a link wait that somebody looks for now', async () => {
    const id = await voucher();
    const user = await person();
    await preferences.change(user, { claim_issued: true });
    await take(
      ...Array.from({ length: 3 }, (_, n) => ({ ...issued(id, [user]), payload: eventOf(n, id, user) })),
    );
    clock.pass(1_000);
    await db.write((tx) =>
      outbox.add(tx, {
        kind: 'password_reset',
        params: { url: 'https://drops.example.com/', minutes: 30 },
        to: 'p@example.com',
        userId: null,
        language: 'en',
        lifetimeMs: MINUTE,
      }),
    );
    expect((await outbox.due(2)).map(({ kind }) => kind)).toEqual(['password_reset', 'claim_issued']);
    expect(await outbox.due(10)).toHaveLength(4);
  });

  it('with an account go its mails, its wishes and its choices', async () => {
    const user = await person();
    await preferences.change(user, { claim_issued: true });
    await insert('mail_wishes', { voucher_id: 'vch_1', user_id: user, created_at: 0 });
    await db.write((tx) => outbox.forgetUser(tx, user));
    await db.write((tx) => tx.query('DELETE FROM users WHERE id = ?', [user]));
    // A link in an old mail is pressed.
    await preferences.unsubscribe({ userId: user, list: 'claim_issued' });
    for (const table of ['mail_wishes', 'mail_preferences'])
      expect(await db.read.query(`SELECT * FROM ${table}`)).toEqual([]);
  });
}

const eventOf = (n: number, voucherId: string, userId: string): string =>
  JSON.stringify({
    id: `evt_${n}`,
    type: 'claim.issued',
    data: { id: `clm_${n}`, voucher_id: voucherId, user_id: userId },
  });
