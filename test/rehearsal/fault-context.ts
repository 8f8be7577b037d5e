import type { Kafka } from 'kafkajs';
import { setTimeout as delay } from 'node:timers/promises';
import { PlainError } from '../harness/programs.js';
import type { RedisCluster } from '../harness/redis-cluster.js';
import type { Stack } from '../harness/stack.js';
import type { AppProcess } from './app-process.js';
import type { Schemas } from '../../clients/typescript/src/index.js';
import type { Client, Headers } from '../../src/cli/demo/client.js';
import type { Violation } from './compare.js';
import type { Workload } from './workload.js';
import type { TcpProxy } from './tcp-proxy.js';

/** Servers, the lines to them, and the two processes that use them. */
export interface FaultServers {
  readonly stack: Stack;
  /** In place of the stack's Redis, where the gate is on several masters. */
  readonly cluster: RedisCluster | undefined;
  readonly apps: readonly [AppProcess, AppProcess];
  readonly redisLine: TcpProxy;
  readonly databaseLine: TcpProxy;
  readonly kafka: Kafka;
  /** The database that the processes use now, whichever server it is on. */
  readonly databaseUrl: string;
  readonly claimTopic: string;
  readonly groupId: string;
}

export interface Person {
  readonly headers: Headers;
}

/** Where a fault strikes: the running system, and the workload that is at it. */
export interface FaultContext extends FaultServers {
  readonly workload: Workload;
  readonly quick: boolean;
  /** One more voucher that is open, of one unit for each user. @returns its id */
  readonly openVoucher: (
    title: string,
    units: number,
    terms?: Partial<Schemas['CreateVoucherRequest']>,
  ) => Promise<string>;
  /** Somebody who comes for another voucher than the workload's. */
  readonly newShopper: () => Person;
  readonly merchant: Person;
  /** Asks over one of the processes. */
  readonly send: (
    over: number,
    ...request: Parameters<Client['send']>
  ) => Promise<{ readonly status: number; readonly body: string }>;
  /** A claim of a new shopper. */
  readonly ask: (voucherId: string) => Promise<{ readonly status: number }>;
  /** Deaths of both processes since the workload came. */
  deaths(): number;
}

/** Settings of the two processes for the length of one scenario; `undefined` leaves a process as it runs. */
type LifeSettings = readonly [Settings | undefined, Settings | undefined];
type Settings = Readonly<Record<string, string>>;

export interface Fault {
  readonly name: string;
  /** Whether it is part of `--quick`. */
  readonly quick: boolean;
  /** Units of the voucher; long faults need more, so that some are left afterwards. */
  readonly units?: number;
  readonly settings?: LifeSettings;
  /** Comes about while claims are consumed: the workload begins when both processes do. */
  readonly needsConsumers?: boolean;
  /** The broker loses events that it had acknowledged: then the outbox says which were written. */
  readonly losesEvents?: boolean;
  /** Before the workload comes: servers that only this fault needs. */
  prepare?(servers: FaultServers): Promise<void>;
  /** After the books were read: the servers are again as they were. */
  restore?(servers: FaultServers): Promise<void>;
  /** Returns when the fault is over: what was down is up again. What must recover by itself recovers afterwards. */
  strike(context: FaultContext): Promise<void | readonly Violation[]>;
}

/** Waits for something that must come. @throws PlainError naming it */
export async function until(
  what: string,
  check: () => boolean | Promise<boolean>,
  withinMs = 60_000,
): Promise<void> {
  const deadline = performance.now() + withinMs;
  while (!(await check())) {
    if (performance.now() > deadline) throw new PlainError(`it never came to this: ${what}`);
    await delay(20);
  }
}
