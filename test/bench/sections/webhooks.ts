import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { PlainError } from '../../harness/programs.js';
import { fill } from '../fill.js';
import { figure, pairedRuns, type Candidate } from '../paired-runs.js';
import { CpuMeter, usageOf } from '../processes.js';
import { digits, spread, type Findings } from '../report.js';
import type { Bench, Section } from './section.js';

const EVENTS = 20_000;
const QUICK_EVENTS = 5_000;
const BATCH = 250;
const STILL_MS = 30_000;
/** Of the endpoint that hangs. Its requests wait until they are timed out: then it is left alone, and tried again. */
const TIMEOUT_MS = '5000';

/** Events on their way to a merchant's server. */
export const webhooksSection: Section = {
  name: 'webhooks',
  what: 'events sent to a receiver on loopback, one in a message and in batches, alone and beside a receiver that hangs',
  quick: false,
  measure: measureWebhooks,
};

interface Run {
  readonly events: number;
  readonly seconds: number;
  /** Of the application and the database, microseconds an event. */
  readonly cpuUs: ReadonlyMap<string, number>;
}

async function measureWebhooks({ system, args, say }: Bench): Promise<Findings> {
  const settings = { WEBHOOK_PRIVATE_ADDRESSES: 'allowed', WEBHOOK_TIMEOUT_MS: TIMEOUT_MS };
  const [app] = await system.run({ CLAIM_DURABILITY: 'log', RATE_LIMIT_WRITE: 'off', ...settings });
  const database = system.stack.database.name;
  const receiver = await Receiver.start();
  try {
    const create = (path: string): Promise<{ id: string }> =>
      system.api.call('post', '/v1/webhooks', {
        body: { url: receiver.url + path, events: ['claim.issued'] },
      });
    const [fine, hangs] = [await create('/fine'), await create('/hangs')];
    const { issued: count } = await fill(system, args.quick ? QUICK_EVENTS : EVENTS, args.connections);
    await receiver.take(2 * count); // the first time, also at the endpoint that will hang
    const replay = ({ id }: { readonly id: string }): Promise<unknown> =>
      system.api.call('post', '/v1/webhooks/{id}/replay', {
        params: { id },
        body: { since: '2020-01-01T00:00:00Z' },
      });
    const send = async (size: number): Promise<Run> => {
      await system.api.call('patch', '/v1/webhooks/{id}', {
        params: { id: fine.id },
        body: { batch_size: size },
      });
      receiver.reset();
      const cpu = new CpuMeter(system.pids);
      await replay(fine);
      const seconds = await receiver.take(count);
      const us = [...cpu.used()].filter(([name]) => name === 'application' || name === database);
      return { events: count, seconds, cpuUs: new Map(us.map(([name, used]) => [name, used / count])) };
    };
    const candidate = (name: string, size: number): Candidate<Run> => ({
      name,
      warmUp: async () => void (await send(size)),
      measure: () => send(size),
    });
    const rate = ({ events, seconds }: Run): number => events / seconds;
    const heard = (name: string, run: Run): void => say(`${name.padEnd(26)} ${digits(rate(run))} events/s`);
    const alone = [candidate('single', 1), candidate('batched', BATCH)];
    const beside = [candidate('single, one hangs', 1), candidate('batched, one hangs', BATCH)];
    const runs = await pairedRuns(alone, args.rounds, heard);
    const before = await residentBytes(app?.pid);
    receiver.hang();
    await replay(hangs);
    await receiver.awaitHanging();
    for (const [name, found] of await pairedRuns(beside, args.rounds, heard)) runs.set(name, found);
    const hanging = await residentBytes(app?.pid);
    const waiting = receiver.mostHanging;
    const names = [...alone, ...beside].map(({ name }) => name);
    const cpuOf = (name: string, process: string) =>
      spread(figure(runs, name, ({ cpuUs }) => cpuUs.get(process) ?? NaN));
    return {
      figures: {
        'webhooks.single': figure(runs, 'single', rate).median,
        'webhooks.batched': figure(runs, 'batched', rate).median,
        'webhooks.single.hanging': figure(runs, 'single, one hangs', rate).median,
        'webhooks.batched.hanging': figure(runs, 'batched, one hangs', rate).median,
        'webhooks.memory.ratio': hanging / before,
      },
      tables: [
        {
          title: 'Events a second at one endpoint, and µs of CPU an event: median (range)',
          head: ['', 'a second', 'application', 'database'],
          rows: names.map((name) => [
            name,
            spread(figure(runs, name, rate)),
            cpuOf(name, 'application'),
            cpuOf(name, database),
          ]),
        },
        {
          title: 'Resident memory of the application',
          head: ['', 'MiB'],
          rows: [
            ['before a receiver hangs', digits(before / 2 ** 20)],
            [`after, with ${digits(count)} events due to it`, digits(hanging / 2 ** 20)],
          ],
        },
      ],
      notes: [
        `${digits(count)} events of issued claims, replayed to one endpoint; batches of ${BATCH}; from the first to the last message at the receiver, which is in the generator's process. At most ${waiting} requests waited at the receiver that hangs.`,
      ],
      voids: waiting > 10 ? [`${waiting} requests waited at one receiver`] : [],
    };
  } finally {
    await receiver.stop();
  }
}

async function residentBytes(pid: number | undefined): Promise<number> {
  await delay(2_000);
  return usageOf(pid ?? 0).residentBytes;
}

/** Counts the events that come, and lets those wait that hang. */
class Receiver {
  private events = 0;
  private first = 0;
  private last = 0;
  private isHanging = false;
  private readonly hanging = new Set<ServerResponse>();
  mostHanging = 0;

  private constructor(
    private readonly server: Server,
    readonly url: string,
  ) {}

  static async start(): Promise<Receiver> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const made = new Receiver(server, `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    server.on('request', (request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => made.receive(request.url ?? '', Buffer.concat(chunks), response));
    });
    return made;
  }

  hang(): void {
    this.isHanging = true;
  }

  async awaitHanging(): Promise<void> {
    while (this.hanging.size === 0) await delay(20);
  }

  reset(): void {
    this.events = 0;
    this.first = 0;
  }

  /** @returns the seconds from the first of so many events to the last. @throws PlainError where they do not come */
  async take(count: number): Promise<number> {
    let seen = this.events;
    for (let changed = performance.now(); this.events < count; await delay(5)) {
      if (this.events !== seen) changed = performance.now();
      seen = this.events;
      if (performance.now() - changed > STILL_MS)
        throw new PlainError(`${seen} of ${count} events came to the receiver`);
    }
    return (this.last - this.first) / 1_000;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private receive(path: string, body: Buffer, response: ServerResponse): void {
    if (this.isHanging && path === '/hangs') {
      this.hanging.add(response);
      this.mostHanging = Math.max(this.mostHanging, this.hanging.size);
      response.on('close', () => this.hanging.delete(response));
      return;
    }
    const message = JSON.parse(body.toString()) as { type: string; data: { events?: readonly unknown[] } };
    this.last = performance.now();
    if (this.first === 0) this.first = this.last;
    this.events += message.data.events?.length ?? 1;
    response.writeHead(204).end();
  }
}
