import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { Webhook } from 'standardwebhooks';
import type { MerchantActor } from '../../../src/auth/index.js';
import type { EventPack } from '../../../src/claim/index.js';
import { newId } from '../../../src/common/ids.js';
import { InstanceId } from '../../../src/common/instance-id.js';
import { AuditLog } from '../../../src/database/audit-log.js';
import type { Database } from '../../../src/database/database.js';
import { MailOutbox } from '../../../src/mail/index.js';
import { Metrics } from '../../../src/observability/metrics.js';
import { DisabledNotice } from '../../../src/webhook/disabled-notice.js';
import { DeliveryStore } from '../../../src/webhook/delivery.store.js';
import { EndpointStore, type MintedEndpoint } from '../../../src/webhook/endpoint.store.js';
import { WebhookClient } from '../../../src/webhook/webhook-client.js';
import { WebhookDeliverer } from '../../../src/webhook/webhook-deliverer.js';
import { WebhookFanOut } from '../../../src/webhook/webhook-fan-out.js';
import { Webhooks } from '../../../src/webhook/webhooks.service.js';
import { ManualClock } from '../../support/manual-clock.js';
import { PATIENCE_MS } from '../../support/patience.js';
import { statementsOf } from '../../support/statements.js';
import { WebhookReceiver, type Received } from '../../support/webhook-receiver.js';

const HOUR = 3_600_000;
const SENDER = { name: 'Drops', address: 'drops@example.com' };
const JWT_SECRET = 'a secret of a test, long enough to be one';

interface Batch {
  readonly id: string;
  readonly type: string;
  readonly version: number;
  readonly data: { readonly events: readonly { readonly id: string }[] };
}
const sizeOf = ({ body }: Received): number => (JSON.parse(body) as Batch).data.events.length;
const upTo = (count: number): number[] => Array.from({ length: count }, (_none, n) => n);

/** What webhooks promise on every database. The database is migrated and may hold anything. */
export function webhooksContract(database: () => Database): void {
  let db: Database;
  let clock: ManualClock;
  let receiver: WebhookReceiver;
  let webhooks: Webhooks;
  let deliveries: DeliveryStore;
  let endpoints: EndpointStore;
  let fanOut: WebhookFanOut;
  let deliverer: WebhookDeliverer;
  let actor: MerchantActor;
  let voucherId: string;
  const deliverers: WebhookDeliverer[] = [];

  beforeAll(async () => {
    receiver = await WebhookReceiver.start();
  });
  afterAll(() => receiver.stop());
  afterEach(async () => {
    for (const one of deliverers.splice(0)) await one.beforeApplicationShutdown();
    await db.write((tx) => tx.query(`UPDATE webhook_endpoints SET status = 'disabled'`));
  });

  beforeEach(async () => {
    db = database();
    // Of the real time: receivers refuse what is old.
    clock = new ManualClock(Date.now());
    receiver.received.length = 0;
    receiver.answer = (_message, response) => response.writeHead(204).end();
    endpoints = new EndpointStore(db, { JWT_SECRET });
    deliveries = new DeliveryStore(db);
    fanOut = new WebhookFanOut(endpoints, deliveries, clock);
    deliverer = newDeliverer();
    const client = new WebhookClient({ timeoutMs: PATIENCE_MS, allowPrivate: true });
    webhooks = new Webhooks(db, endpoints, deliveries, client, new AuditLog(), clock);
    const merchantId = newId('mer', Date.now());
    actor = { userId: 'usr_1', sessionId: 'ses_1', role: 'merchant', merchantId, merchantRole: 'owner' };
    voucherId = await voucher(merchantId);
  });

  function newDeliverer(metrics = new Metrics()): WebhookDeliverer {
    const client = new WebhookClient({ timeoutMs: PATIENCE_MS, allowPrivate: true });
    const config = { WEBHOOK_TIMEOUT_MS: PATIENCE_MS };
    const audit = new AuditLog();
    const outbox = new MailOutbox(db, clock, { JWT_SECRET, mail: { from: SENDER, server: undefined } });
    const notice = new DisabledNotice(outbox, { publicUrl: 'https://drops.example.com' });
    const made = new WebhookDeliverer(
      config,
      db,
      endpoints,
      deliveries,
      client,
      audit,
      notice,
      metrics,
      clock,
      new InstanceId(clock.now()),
    );
    deliverers.push(made);
    return made;
  }

  async function voucher(merchantId: string): Promise<string> {
    const id = newId('vch', Date.now());
    await db.write((tx) =>
      tx.query(
        `INSERT INTO vouchers (id, merchant_id, title, description, status, total_stock, per_user_limit, time_zone, protection,
          opens_at, closes_at, version, created_at, updated_at) VALUES (?, ?, 'Tea', '', 'live', 1, 1, 'UTC', '{}', 0, 1, 1, 0, 0)`,
        [id, merchantId],
      ),
    );
    return id;
  }

  const create = (path: string, events = ['*'], batchSize = 1): Promise<MintedEndpoint> =>
    webhooks.create(actor, { url: receiver.url + path, events, description: null, batchSize });

  /** Events of these claims, as the relay hands them over. */
  const pack = (type: string, claims: readonly number[], key = voucherId): EventPack => ({
    type,
    key,
    events: claims.length,
    payload: claims
      .map((n) => JSON.stringify({ id: `evt_${type}_${key}_${n}`, type, data: { id: `clm_${key}_${n}` } }))
      .join('\n'),
  });
  const note = (...packs: EventPack[]): Promise<void> => db.write((tx) => fanOut.take(tx, packs));
  async function deliver(by = deliverer): Promise<void> {
    await by.run();
    await by.idle();
  }
  const typesAt = (path: string): string[] =>
    receiver.at(path).map(({ body }) => (JSON.parse(body) as { type: string }).type);
  /** Attempts of all events of an endpoint. */
  async function triesOf(id: string): Promise<number> {
    const rows: { n: number | string }[] = await db.read.query(
      'SELECT SUM(attempts) AS n FROM webhook_deliveries WHERE endpoint_id = ?',
      [id],
    );
    return Number(rows[0]?.n);
  }
  const statusesOf = async (id: string): Promise<string[]> =>
    (await deliveries.page(id, { limit: 100 })).map(({ status }) => status);

  it('an event goes to each endpoint of its merchant that wants it, signed, and to no other merchant', async () => {
    const [all, some] = [await create('/all'), await create('/some', ['claim.redeemed'])];
    const stranger = await voucher(newId('mer', Date.now()));
    await note(pack('claim.issued', [1]), pack('claim.redeemed', [1]), pack('claim.issued', [9], stranger));
    await deliver();
    expect(typesAt('/all')).toEqual(['claim.issued', 'claim.redeemed']);
    expect(typesAt('/some')).toEqual(['claim.redeemed']);
    for (const [path, { secret }] of [['/all', all] as const, ['/some', some] as const]) {
      for (const { body, headers } of receiver.at(path))
        expect(new Webhook(secret).verify(body, headers as Record<string, string>)).toEqual(JSON.parse(body));
    }
    expect(await statusesOf(all.id)).toEqual(['delivered', 'delivered']);
  });

  it('secrets are sealed at rest, and two of them sign while one replaces the other', async () => {
    const endpoint = await create('/rotated');
    const rows = await db.read.query('SELECT * FROM webhook_endpoints WHERE id = ?', [endpoint.id]);
    expect(JSON.stringify(rows)).not.toContain(endpoint.secret.slice(6, 30));
    const fresh = await webhooks.rotate(actor, endpoint.id, 3_600);
    const verifies = (secret: string, n: number): boolean => {
      const { body, headers } = receiver.at('/rotated')[n] ?? { body: '', headers: {} };
      try {
        new Webhook(secret).verify(body, headers as Record<string, string>);
        return true;
      } catch {
        return false;
      }
    };
    await note(pack('claim.issued', [1]));
    await deliver();
    expect([verifies(endpoint.secret, 0), verifies(fresh.secret, 0)]).toEqual([true, true]);
    await webhooks.rotate(actor, endpoint.id, 0);
    await note(pack('claim.issued', [2]));
    await deliver();
    expect([verifies(endpoint.secret, 1), verifies(fresh.secret, 1)]).toEqual([false, false]);
  });

  it('a secret outlives the key that sealed it: sealed anew once the next is set, else it waits', async () => {
    const [endpoint, other] = [await create('/sealed'), await create('/sealed-too')];
    await webhooks.rotate(actor, other.id, 3_600);
    const before = await endpoints.find(other.id);
    const newer = { JWT_SECRET, SECRETS_KEY: 'the key of secrets, long enough to be one' };
    const newest = { JWT_SECRET: 'another JWT secret, as long as the first', SECRETS_KEY: 'n'.repeat(32) };
    const secretIn = async (store: EndpointStore) => (await store.find(endpoint.id))?.secret;

    // With a key that never sealed it, nothing is lost, nothing is sent, and it is still shown and changed.
    const stranger = new EndpointStore(db, newest);
    expect(await stranger.reseal()).toMatchObject({ renewed: 0 });
    expect((await stranger.reseal()).unreadable).toBeGreaterThanOrEqual(2);
    expect(await secretIn(stranger)).toBeNull();
    expect((await stranger.page(actor.merchantId, { limit: 10 })).map(({ id }) => id)).toContain(endpoint.id);
    await db.write(async (tx) => {
      const found = await stranger.own(actor.merchantId, endpoint.id, tx);
      if (found) await stranger.update(tx, { ...found, description: 'changed meanwhile' });
    });
    const ours = endpoints;
    endpoints = stranger;
    await note(pack('claim.issued', [1]));
    await deliver(newDeliverer());
    expect(receiver.at('/sealed')).toEqual([]);
    endpoints = ours;
    expect(await secretIn(ours)).toBe(endpoint.secret);
    clock.pass(61_000);
    await deliver();
    expect(receiver.at('/sealed')).toHaveLength(1);

    // JWT_SECRET sealed it; SECRETS_KEY is set, then changed together with JWT_SECRET.
    expect((await new EndpointStore(db, newer).reseal()).renewed).toBeGreaterThanOrEqual(2);
    expect(await secretIn(endpoints)).toBeNull();
    const last = new EndpointStore(db, { ...newest, SECRETS_KEY_PREVIOUS: newer.SECRETS_KEY });
    expect(await secretIn(last)).toBe(endpoint.secret);
    expect((await last.reseal()).renewed).toBeGreaterThanOrEqual(2);
    expect((await last.reseal()).renewed).toBe(0);
    expect(await secretIn(stranger)).toBe(endpoint.secret);
    expect(await stranger.find(other.id)).toMatchObject({
      secret: before?.secret,
      previousSecret: before?.previousSecret,
    });
  });

  it('the events of a claim come in order: a failed one holds back those behind it, and no other claim’s', async () => {
    await create('/order');
    const broken = `evt_claim.issued_${voucherId}_1`;
    let isBroken = true;
    receiver.answer = ({ headers }, response) =>
      response.writeHead(isBroken && headers['webhook-id'] === broken ? 500 : 204).end('no');
    await note(pack('claim.issued', [1, 2]), pack('claim.redeemed', [1, 2]));
    await deliver();
    const ids = (): (string | undefined)[] =>
      receiver.at('/order').map(({ headers }) => headers['webhook-id'] as string | undefined);
    expect(ids()).toContain(`evt_claim.redeemed_${voucherId}_2`);
    expect(ids()).not.toContain(`evt_claim.redeemed_${voucherId}_1`);
    isBroken = false;
    clock.pass(10_000);
    await deliver();
    expect(ids().slice(-2)).toEqual([broken, `evt_claim.redeemed_${voucherId}_1`]);
  });

  it('an endpoint that takes nothing for three days is disabled, with an entry in the audit log', async () => {
    const endpoint = await create('/failing');
    receiver.answer = (_message, response) => response.writeHead(500).end('sorry');
    await note(pack('claim.issued', [1]));
    for (let hours = 0; hours < 110; hours++) {
      await deliver();
      clock.pass(HOUR);
    }
    const { status, disabledReason } = await webhooks.find(actor, endpoint.id);
    expect([status, disabledReason]).toEqual(['disabled', 'failing']);
    const [delivery] = await deliveries.page(endpoint.id, { limit: 1 });
    expect(delivery).toMatchObject({ status: 'failed', attempts: 10 });
    const { attempts } = await webhooks.findDelivery(actor, endpoint.id, delivery?.id ?? '');
    expect(attempts).toHaveLength(10);
    expect(attempts[0]).toMatchObject({ number: 1, responseStatus: 500, responseBody: 'sorry', error: null });
    const span = (attempts.at(-1)?.at ?? 0) - (attempts[0]?.at ?? 0);
    expect(span).toBeGreaterThanOrEqual(72 * HOUR);
    const entries = await db.read.query(
      `SELECT actor_kind FROM audit_log WHERE object_id = ? AND action = 'webhook.disabled'`,
      [endpoint.id],
    );
    expect(entries).toEqual([{ actor_kind: 'system' }]);
  });

  it('the owners of a merchant are told once that a webhook was disabled, and nobody else', async () => {
    const { merchantId } = actor;
    const mailbox = (name: string): string => `${name}@${merchantId.slice(4)}.example.com`;
    const people = [
      [mailbox('owner'), merchantId, 'owner'],
      [mailbox('second'), merchantId, 'owner'],
      [null, merchantId, 'owner'],
      [mailbox('editor'), merchantId, 'editor'],
      [mailbox('stranger'), newId('mer', Date.now()), 'owner'],
    ];
    await db.write(async (tx) => {
      await tx.query(
        `INSERT INTO merchants (id, name, time_zone, version, created_at) VALUES (?, 'Tea House', 'Asia/Shanghai', 1, 0)`,
        [merchantId],
      );
      for (const [email, merchant, role] of people)
        await tx.query(
          `INSERT INTO users (id, email, name, role, merchant_id, merchant_role, created_at)
            VALUES (?, ?, 'Chen Bo', 'merchant', ?, ?, 0)`,
          [newId('usr', Date.now()), email, merchant, role],
        );
    });
    const told = (): Promise<{ recipient: string; language: string }[]> =>
      db.read.query(
        `SELECT recipient, language FROM mails WHERE kind = 'webhook_disabled' AND recipient LIKE ? ORDER BY recipient`,
        [mailbox('%')],
      );
    const endpoint = await create('/told');
    receiver.answer = (_message, response) => response.writeHead(410).end();
    await note(pack('claim.issued', [1]), pack('claim.redeemed', [1]));
    await deliver();
    const owners = ['owner', 'second'].map((name) => ({ recipient: mailbox(name), language: 'zh' }));
    expect(await told()).toEqual(owners);
    await deliver();
    expect(await told()).toEqual(owners);
    // Whoever disables it by hand knows it already; who enables it is told when it fails again.
    await webhooks.change(actor, endpoint.id, { status: 'disabled' });
    expect(await told()).toHaveLength(2);
    clock.pass(HOUR);
    await webhooks.change(actor, endpoint.id, { status: 'enabled' });
    await note(pack('claim.issued', [2]));
    await deliver();
    expect(await told()).toHaveLength(4);
  });

  it('one event that is never taken does not disable an endpoint that takes others', async () => {
    const endpoint = await create('/picky');
    receiver.answer = ({ body }, response) => response.writeHead(body.includes('redeemed') ? 500 : 204).end();
    await note(pack('claim.redeemed', [1]));
    for (let hours = 0; hours < 110; hours++) {
      await note(pack('claim.issued', [100 + hours]));
      await deliver();
      clock.pass(HOUR);
    }
    expect((await webhooks.find(actor, endpoint.id)).status).toBe('enabled');
    expect(
      (await deliveries.page(endpoint.id, { status: 'failed', limit: 10 })).map((one) => one.attempts),
    ).toEqual([10]);
  });

  it('a receiver that says 410 is disabled at once, and gets what was due when it is enabled again', async () => {
    const endpoint = await create('/gone');
    receiver.answer = (_message, response) => response.writeHead(410).end();
    await note(pack('claim.issued', [1]), pack('claim.redeemed', [1]));
    await deliver();
    expect((await webhooks.find(actor, endpoint.id)).disabledReason).toBe('gone');
    await note(pack('claim.issued', [2]));
    receiver.answer = (_message, response) => response.writeHead(204).end();
    receiver.received.length = 0;
    await deliver();
    expect(receiver.at('/gone')).toEqual([]);
    await webhooks.change(actor, endpoint.id, { status: 'enabled' });
    await deliver();
    expect(typesAt('/gone')).toEqual(['claim.redeemed']);
  });

  it('receivers that hang delay no other, and hold a bounded number of events and connections', async () => {
    const hanging = [
      await create('/hangs-1'),
      await create('/hangs-2'),
      await create('/hangs-3', ['*'], 250),
    ];
    await create('/fine');
    receiver.answer = ({ path }, response) => {
      if (path === '/fine') response.writeHead(204).end();
    };
    const events = 1_000;
    await note(pack('claim.issued', upTo(events)));
    const metrics = new Metrics();
    const held = async (): Promise<number> => (await metrics.webhookEventsHeld.get()).values[0]?.value ?? 0;
    const patient = newDeliverer(metrics);
    await patient.run();
    while (receiver.at('/fine').length < events) {
      await patient.run(); // as the job does; a worker that is there is not started again
      await clock.sleep(10);
    }
    for (const path of ['/hangs-1', '/hangs-2']) expect(receiver.at(path)).toHaveLength(10);
    expect(receiver.at('/hangs-3')).toHaveLength(2);
    expect(receiver.connections).toBeLessThanOrEqual(10 + 10 + 2 + 10);
    expect(await held()).toBeLessThanOrEqual(200 + 200 + 500 + 200);
    await receiver.stop(); // ends the requests that hang
    await patient.idle();
    expect(await held()).toBe(0);
    // What was not sent has no attempt behind it.
    const tried = await Promise.all(hanging.map(({ id }) => triesOf(id)));
    expect(tried).toEqual([10, 10, 500]);
    receiver = await WebhookReceiver.start();
  });

  it('an endpoint that asks for batches gets them signed, in order by claim, of a bounded size', async () => {
    const endpoint = await create('/batches', ['*'], 100);
    const other = await voucher(actor.merchantId);
    await note(pack('claim.issued', upTo(230)), pack('claim.redeemed', [1, 2], voucherId));
    await note(pack('claim.issued', [7], other));
    await deliver();
    const messages = receiver.at('/batches');
    const batches = messages.map(({ body, headers }) =>
      new Webhook(endpoint.secret).verify(body, headers as Record<string, string>),
    ) as Batch[];
    // What was held back by events under way makes a message of its own, or comes with the rest.
    const sizes = batches.map(({ data }) => data.events.length);
    expect(sizes.slice(0, 2)).toEqual([100, 100]);
    expect(Math.max(...sizes)).toBe(100);
    batches.forEach(({ id, type, version }, n) => {
      expect([id, type, version]).toEqual([messages[n]?.headers['webhook-id'], 'batch', 1]);
    });
    const ids = batches.flatMap(({ data }) => data.events.map(({ id }) => id));
    expect(new Set(ids).size).toBe(233);
    for (const n of [1, 2])
      expect(ids.indexOf(`evt_claim.issued_${voucherId}_${n}`)).toBeLessThan(
        ids.indexOf(`evt_claim.redeemed_${voucherId}_${n}`),
      );
    expect(await deliveries.page(endpoint.id, { status: 'pending', limit: 1 })).toEqual([]);
    const [last] = await deliveries.page(endpoint.id, { limit: 1 });
    expect(last?.batchId).toBe(
      batches.find(({ data }) => data.events.some(({ id }) => id === last?.eventId))?.id,
    );
  });

  it('a batch that failed is sent again whole under its id, and alone by a replay', async () => {
    const endpoint = await create('/again', ['*'], 50);
    let broken: string | undefined;
    receiver.answer = ({ headers }, response) => {
      broken ??= headers['webhook-id'] as string;
      response.writeHead(headers['webhook-id'] === broken ? 500 : 204).end('no');
    };
    await note(pack('claim.issued', upTo(120)));
    await deliver();
    expect(receiver.at('/again').map(sizeOf).sort()).toEqual([20, 50, 50]);
    const failed = receiver.at('/again').find(({ headers }) => headers['webhook-id'] === broken);
    // Others come meanwhile, and do not get into it.
    await note(pack('claim.issued', [500, 501]));
    broken = 'none';
    receiver.received.length = 0;
    clock.pass(10_000);
    await deliver();
    expect(receiver.at('/again').map(sizeOf).sort()).toEqual([2, 50]);
    const again = receiver.at('/again').find((message) => sizeOf(message) === 50);
    expect([again?.headers['webhook-id'], again?.body]).toEqual([
      failed?.headers['webhook-id'],
      failed?.body,
    ]);
    receiver.received.length = 0;
    const [last] = await deliveries.page(endpoint.id, { limit: 1 });
    await webhooks.replay(actor, endpoint.id, last?.id ?? '');
    await deliver();
    expect(receiver.at('/again').map(sizeOf)).toEqual([1]);
    expect(await webhooks.replaySpan(actor, endpoint.id, { since: 0, until: clock.now() + 1 })).toBe(122);
    receiver.received.length = 0;
    await deliver();
    expect(receiver.at('/again').map(sizeOf)).toEqual([50, 50, 22]);
  });

  it('a batch that used its tries has failed whole; another size takes effect at once', async () => {
    const endpoint = await create('/smaller', ['*'], 10);
    receiver.answer = ({ body }, response) => response.writeHead(body.includes('batch') ? 413 : 204).end();
    await note(pack('claim.issued', upTo(10)));
    await deliver();
    expect(await triesOf(endpoint.id)).toBe(10);
    await webhooks.change(actor, endpoint.id, { batchSize: 1 });
    clock.pass(10_000);
    await deliver();
    expect(await statusesOf(endpoint.id)).toEqual(Array<string>(10).fill('delivered'));
    await webhooks.change(actor, endpoint.id, { batchSize: 10 });
    expect(await webhooks.replaySpan(actor, endpoint.id, { since: 0, until: clock.now() + 1 })).toBe(10);
    for (let hours = 0; hours < 110; hours++) {
      await deliver();
      clock.pass(HOUR);
    }
    expect(await statusesOf(endpoint.id)).toEqual(Array<string>(10).fill('failed'));
  });

  it('two processes send each event once', async () => {
    const endpoint = await create('/shared');
    const other = newDeliverer();
    await note(pack('claim.issued', upTo(120)));
    await Promise.all([deliver(), deliver(other), deliver(), deliver(other)]);
    await deliver();
    const ids = receiver.at('/shared').map(({ headers }) => headers['webhook-id']);
    expect(ids).toHaveLength(120);
    expect(new Set(ids).size).toBe(120);
    expect((await statusesOf(endpoint.id)).filter((status) => status !== 'delivered')).toEqual([]);
  });

  it('rounds that overlap send each event once, those of a claim in order, and hold at most three rounds', async () => {
    const endpoint = await create('/long');
    const metrics = new Metrics();
    const held = async (): Promise<number> => (await metrics.webhookEventsHeld.get()).values[0]?.value ?? 0;
    let [most, asked] = [0, 0];
    const look = async (): Promise<void> => {
      const now = await held();
      most = Math.max(most, now);
    };
    const taken = async (): Promise<void> => {
      await look();
      // In the second half of the first round: it ends once the next was read, however long that takes.
      if (++asked === 150) while (most <= 200) await clock.sleep(5).then(look);
    };
    receiver.answer = (_message, response) => void taken().finally(() => response.writeHead(204).end());
    const claims = upTo(700);
    await note(pack('claim.issued', claims), pack('claim.redeemed', claims));
    const overlapping = newDeliverer(metrics);
    await deliver(overlapping);
    const ids = receiver.at('/long').map(({ headers }) => headers['webhook-id'] as string);
    expect(ids).toHaveLength(1_400);
    const places = new Map(ids.map((id, place) => [id, place]));
    expect(places.size).toBe(1_400);
    const place = (type: string, n: number): number => places.get(`evt_${type}_${voucherId}_${n}`) ?? -1;
    expect(claims.filter((n) => !(place('claim.issued', n) < place('claim.redeemed', n)))).toEqual([]);
    expect(most).toBeGreaterThan(200);
    expect(most).toBeLessThanOrEqual(600);
    expect(await triesOf(endpoint.id)).toBe(1_400);
    expect(await deliveries.page(endpoint.id, { status: 'pending', limit: 1 })).toEqual([]);
    expect(await held()).toBe(0);
  });

  it('what a process did not finish is sent again under the same id', async () => {
    const endpoint = await create('/dies');
    await note(pack('claim.issued', [1]));
    expect(await endpoints.lease(endpoint.id, 'ins_dead', clock.now(), clock.now() + 60_000)).toBe(true);
    await deliver();
    expect(receiver.at('/dies')).toEqual([]);
    clock.pass(60_001);
    await deliver();
    expect(receiver.at('/dies')).toHaveLength(1);
  });

  it('deliveries are replayed, one or those of a span of time, under their ids', async () => {
    const endpoint = await create('/replayed');
    await note(pack('claim.issued', [1, 2, 3]));
    await deliver();
    const since = clock.now() + 1;
    clock.pass(1_000);
    await note(pack('claim.issued', [4, 5]));
    await deliver();
    receiver.received.length = 0;
    const [last] = await deliveries.page(endpoint.id, { limit: 1 });
    expect(await webhooks.replay(actor, endpoint.id, last?.id ?? '')).toMatchObject({
      status: 'pending',
      attempts: 1,
    });
    await expect(webhooks.replay(actor, endpoint.id, last?.id ?? '')).rejects.toEqual(
      expect.objectContaining({ code: 'delivery_pending' }),
    );
    await deliver();
    expect(receiver.at('/replayed').map(({ headers }) => headers['webhook-id'])).toEqual([last?.eventId]);
    const span = { since, until: clock.now() + 1 };
    expect(await webhooks.replaySpan(actor, endpoint.id, { ...span, status: 'failed' })).toBe(0);
    expect(await webhooks.replaySpan(actor, endpoint.id, span)).toBe(2);
    await deliver();
    expect(receiver.at('/replayed')).toHaveLength(3);
    expect((await deliveries.attempts(last?.id ?? '', 10)).map(({ number }) => number)).toEqual([1, 2, 3]);
  });

  it('a webhook that is deleted gets nothing more, and its log is gone', async () => {
    const endpoint = await create('/deleted');
    await note(pack('claim.issued', [1, 2]));
    await webhooks.remove(actor, endpoint.id);
    await deliver();
    expect(receiver.at('/deleted')).toEqual([]);
    expect(await deliveries.page(endpoint.id, { limit: 10 })).toEqual([]);
    await expect(webhooks.find(actor, endpoint.id)).rejects.toEqual(
      expect.objectContaining({ code: 'not_found' }),
    );
  });

  it('deliveries that ended a month ago are forgotten', async () => {
    const endpoint = await create('/old');
    await note(pack('claim.issued', [1]));
    await deliver();
    clock.pass(29 * 24 * HOUR);
    await deliverer.prune();
    expect(await statusesOf(endpoint.id)).toHaveLength(1);
    clock.pass(2 * 24 * HOUR);
    await deliverer.prune();
    expect(await statusesOf(endpoint.id)).toEqual([]);
  });

  it('a round of messages costs the statements of one', async () => {
    const endpoint = await create('/counted');
    const asked = async (claims: readonly number[]): Promise<number> => {
      await note(pack('claim.issued', claims));
      return (await statementsOf(db, () => deliver(), 'all')).length;
    };
    const one = await asked([0]);
    expect(await asked(upTo(200).slice(1))).toBe(one);
    expect(receiver.at('/counted')).toHaveLength(200);
    expect(await triesOf(endpoint.id)).toBe(200);
    // Which endpoints; twice the lease, the endpoint and what is due, as the second time it is nothing; what came of it; the release.
    expect(one).toBeLessThanOrEqual(1 + 2 * (3 + 1 + 1) + 5 + 3);
  });

  it('without an endpoint the relay pays one statement for a batch', async () => {
    const asked: string[] = [];
    const tx = {
      query: (sql: string) => {
        asked.push(sql);
        return Promise.resolve([]);
      },
    };
    await fanOut.take(tx as never, [pack('claim.issued', [1, 2, 3]), pack('claim.redeemed', [1])]);
    expect(asked).toHaveLength(1);
  });
}
