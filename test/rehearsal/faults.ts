import { truncateSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { Redis } from 'ioredis';
import type { Failpoint } from '../../src/common/failpoints.js';
import { addClaims } from '../harness/large-voucher.js';
import { PlainError } from '../harness/programs.js';
import type { ServerProcess } from '../harness/server-process.js';
import { unpackClaims } from '../../src/claim/domain/claim-record.js';
import { accepted } from './history.js';
import { AFTER_ISSUE } from './after-issue.js';
import { DATABASE_REPLICAS, REDIS_REPLICAS } from './replicas.js';
import { until, type Fault, type FaultContext } from './fault-context.js';

/** Longer than KAFKA_BREAKER_RESET_MS, several times. */
const LONG_OUTAGE_MS = 20_000;
const PAUSE_MS = 30_000;
const CLOCKS_APART_MS = 300_000;
const LARGE_VOUCHER = 60_000;
/** Answers to what was asked before a flush may come after it. */
const FLUSH_NOTICED_MS = 2_000;

const start = async (server: ServerProcess): Promise<void> => {
  await server.start();
  await server.waitReady();
};

/** kill -9, a moment of absence, and back on the same port. @param between what happens to its data meanwhile */
async function restart(
  server: ServerProcess,
  between: () => void = () => undefined,
  awayMs = 300,
): Promise<void> {
  await server.stop('SIGKILL');
  between();
  await delay(awayMs);
  await start(server);
}

async function flush({ stack }: FaultContext): Promise<void> {
  const redis = new Redis(stack.redis.url);
  try {
    await redis.flushall();
  } finally {
    redis.disconnect();
  }
}

/** The workload's voucher must take claims again while the large one is still loaded: the order of the answers tells. */
async function flushBesideLarge(context: FaultContext): Promise<void> {
  const { stack, workload, openVoucher, ask } = context;
  const large = await openVoucher('A large voucher', LARGE_VOUCHER + 10);
  await addClaims(stack.database.url, large, LARGE_VOUCHER);
  await flush(context);
  const flushedAt = performance.now();
  const isBack = (): boolean => acceptedAt({ workload }).some((at) => at > flushedAt + FLUSH_NOTICED_MS);
  await until('the voucher of the workload takes claims again', isBack);
  const { status } = await ask(large);
  if (status !== 503) throw new PlainError(`the workload waited for the large voucher: it answers ${status}`);
  await until('the large voucher takes claims', async () => (await ask(large)).status === 202);
}

/** kill -9 of a process at a step of a claim's way. Where only one of two comes to the step, both are armed. */
const killedAt = (
  step: Failpoint,
  more: Partial<Fault> & { readonly both?: boolean; readonly passes?: number } = {},
): Fault => {
  const { both = false, passes = 40, ...rest } = more;
  const armed = { FAILPOINTS: `${step}=kill:${passes}` };
  return {
    name: `application killed at ${step}`,
    quick: false,
    settings: [both ? armed : undefined, armed],
    strike: async (context) => until(`a process dies at ${step}`, () => context.deaths() > 0),
    ...rest,
  };
};

/** kill -9 of whoever leads a rebuild; both are armed, so the second leader dies as well. */
const leaderKilledAt = (step: Failpoint): Fault =>
  killedAt(step, {
    both: true,
    passes: 1,
    units: 4_000,
    strike: async (context) => {
      await flush(context);
      await until(`a leader dies at ${step}`, () => context.deaths() > 0);
    },
  });

const CLAIM_AND_INTAKE: readonly Fault[] = [
  killedAt('claim.before-gate'),
  killedAt('claim.after-gate'),
  killedAt('claim.after-log', { quick: true }),
  killedAt('intake.after-commit', {
    passes: 5,
    units: 4_000,
    strike: async (context) => {
      await context.stack.kafka.stop('SIGKILL');
      await until('a process dies after the commit of the intake', () => context.deaths() > 0);
      await start(context.stack.kafka);
    },
  }),
];

const CONSUMER_AND_OUTBOX: readonly Fault[] = [
  killedAt('consumer.before-commit', { both: true, passes: 10 }),
  killedAt('consumer.after-commit', { both: true, passes: 5, quick: true, needsConsumers: true }),
  killedAt('consumer.after-confirm', { both: true, passes: 10 }),
  killedAt('outbox.after-send', { both: true, passes: 3 }),
];

const RECOVERY: readonly Fault[] = [
  leaderKilledAt('recovery.after-raise'),
  leaderKilledAt('recovery.after-revoke'),
  leaderKilledAt('recovery.after-barrier'),
  leaderKilledAt('recovery.after-announce'),
  leaderKilledAt('recovery.after-rebuild'),
];

const REDIS: readonly Fault[] = [
  {
    name: 'Redis killed and restarted',
    quick: true,
    strike: ({ stack }) => restart(stack.redis),
  },
  {
    name: 'Redis restarted without the last second of its append-only file',
    quick: false,
    async strike({ stack }) {
      const { size } = stack.redis.appendOnlyFile;
      await delay(1_000);
      const cut = (): void => {
        const { path, size: now } = stack.redis.appendOnlyFile;
        if (now <= size) throw new Error('Redis wrote nothing in the second that is to be cut off');
        truncateSync(path, size);
      };
      await restart(stack.redis, cut);
    },
  },
  { name: 'Redis flushed (FLUSHALL)', quick: true, strike: flush },
  {
    name: 'Redis flushed beside a voucher of 60,000 claims',
    quick: false,
    units: 4_000,
    strike: flushBesideLarge,
  },
  {
    name: 'Redis replaced by an empty one',
    quick: false,
    strike: ({ stack }) => restart(stack.redis, () => stack.redis.wipe()),
  },
];

const KAFKA: readonly Fault[] = [
  {
    name: 'Kafka killed and restarted',
    quick: true,
    units: 4_000,
    strike: ({ stack }) => restart(stack.kafka),
  },
  {
    name: 'Kafka away for longer than the breaker',
    quick: false,
    units: 6_000,
    strike: ({ stack }) => restart(stack.kafka, undefined, LONG_OUTAGE_MS),
  },
  {
    name: 'Kafka back with an emptied log directory',
    quick: false,
    units: 6_000,
    losesEvents: true,
    strike: ({ stack }) => restart(stack.kafka, () => stack.kafka.wipe()),
  },
];

const DATABASE: readonly Fault[] = [
  {
    name: 'MariaDB killed and restarted',
    quick: true,
    units: 4_000,
    strike: ({ stack }) => restart(stack.database, undefined, 1_000),
  },
  {
    name: 'MariaDB and Kafka killed and restarted',
    quick: false,
    units: 6_000,
    async strike({ stack }) {
      await Promise.all([stack.database.stop('SIGKILL'), stack.kafka.stop('SIGKILL')]);
      await delay(4_000);
      await Promise.all([start(stack.database), start(stack.kafka)]);
    },
  },
];

const PAUSE: readonly Fault[] = [
  {
    name: 'one application process stopped (SIGSTOP) and continued',
    quick: false,
    units: 6_000,
    strike: (context) => pause(context, async () => undefined),
  },
  {
    name: 'one application process stopped (SIGSTOP) while Redis forgets, and continued',
    quick: false,
    units: 6_000,
    strike: (context) => pause(context, () => flush(context)),
  },
  {
    name: 'clocks of the processes ten minutes apart, and Redis flushed',
    quick: false,
    settings: [{ CLOCK_OFFSET_MS: `${CLOCKS_APART_MS}` }, { CLOCK_OFFSET_MS: `-${CLOCKS_APART_MS}` }],
    strike: flush,
  },
];

async function pause({ apps }: FaultContext, meanwhile: () => Promise<void>): Promise<void> {
  apps[1].signal('SIGSTOP');
  await delay(1_000);
  await meanwhile();
  await delay(PAUSE_MS - 1_000);
  apps[1].signal('SIGCONT');
}

const LINES: readonly Fault[] = (['redisLine', 'databaseLine'] as const).flatMap((line): Fault[] => {
  const where = line === 'redisLine' ? 'Redis' : 'MariaDB';
  return [
    {
      name: `line to ${where} slow (200 ms each way)`,
      quick: false,
      async strike(context) {
        context[line].slow(200);
        await delay(4_000);
        context[line].slow(0);
      },
    },
    {
      name: `line to ${where} cut again and again`,
      quick: false,
      async strike(context) {
        for (let i = 0; i < 8; i++) {
          context[line].cut();
          await delay(400);
        }
      },
    },
    {
      name: `line to ${where} silent for 5 s`,
      quick: false,
      async strike(context) {
        context[line].hush(true);
        await delay(5_000);
        context[line].hush(false);
      },
    },
  ];
});

const RECORDS: readonly Fault[] = [
  {
    name: 'duplicate records and a poison record in the log',
    quick: true,
    strike: injectRecords,
  },
];

/** Sends the accepted claims' records a second time, as they stand in the log, with something unreadable between them. */
async function injectRecords({ kafka, claimTopic, workload }: FaultContext): Promise<void> {
  const consumer = kafka.consumer({ groupId: `rehearsal-copy-${Date.now()}` });
  const copies: { key: Buffer | null; value: Buffer | null }[] = [];
  await consumer.connect();
  try {
    await consumer.subscribe({ topics: [claimTopic], fromBeginning: true });
    const { voucherId } = workload.history;
    await consumer.run({
      eachMessage: async ({ message: { key, value } }) => {
        if (key?.toString() === voucherId) copies.push({ key, value });
      },
    });
    const count = () =>
      copies.reduce((sum, { value }) => sum + unpackClaims(String(value), '').claims.length, 0);
    await until('the claims are in the log', () => count() >= 50);
  } finally {
    await consumer.disconnect();
  }
  const producer = kafka.producer();
  await producer.connect();
  try {
    const poison = { key: workload.history.voucherId, value: '{"v":1,"id":"poison"' };
    await producer.send({ topic: claimTopic, messages: [...copies, poison, ...copies] });
  } finally {
    await producer.disconnect();
  }
}

/** Every fault of a full run, in the order of the run. */
export const FAULTS: readonly Fault[] = [
  ...CLAIM_AND_INTAKE,
  ...CONSUMER_AND_OUTBOX,
  ...REDIS,
  ...REDIS_REPLICAS,
  ...RECOVERY,
  ...KAFKA,
  ...DATABASE,
  ...DATABASE_REPLICAS,
  ...PAUSE,
  ...LINES,
  ...RECORDS,
  ...AFTER_ISSUE,
];

/** The times of a scenario's `202`s, ms. */
export const acceptedAt = (context: Pick<FaultContext, 'workload'>): number[] =>
  context.workload.history.intents
    .flatMap(({ sends }) => sends.filter(accepted).map((send) => send.answeredAt))
    .sort((a, b) => a - b);
