import { join } from 'node:path';
import { ROOT } from '../../src/common/root.js';
import { PlainError } from '../harness/programs.js';
import { merge, type Buckets } from './statistics.js';
import { runWrk, type Target } from './wrk.js';

const SCRIPT = join(ROOT, 'test', 'load', 'open-loop.lua');

/** Arrivals at a constant rate, whatever the answers do. */
export interface Arrivals {
  readonly rate: number;
  readonly seconds: number;
  /** At first; more are opened where none is free. */
  readonly connections: number;
  /** Path that each of these asks for once before, uncounted, as those do who wait for a drop. */
  readonly page?: string;
}

/** Users with a connection each, who send one request after the other. */
export interface Users {
  readonly users: number;
  readonly loops: number;
  /** Until the last of them has begun. */
  readonly rampMs: number;
  /** Whether a user keeps one token; else every request has the next one. */
  readonly ownToken: boolean;
}

interface Answered {
  readonly count: number;
  /** When the last of them came, seconds from the begin. */
  readonly lastS: number;
  readonly buckets: Buckets;
}

export interface OpenLoopResult {
  /** Of `Arrivals` the time in which they came, of `Users` the time until the last answer. */
  readonly seconds: number;
  readonly asked: number;
  readonly sent: number;
  readonly answers: number;
  /** Connections that failed with a request under way. */
  readonly broken: number;
  /** Open at the end. */
  readonly connections: number;
  readonly cpuUs: number;
  /** How long after it was due a request was sent. */
  readonly late: Buckets;
  readonly statuses: Readonly<Record<string, Answered>>;
}

/** @throws PlainError where the generator fails */
export async function openLoop(target: Target, load: Arrivals | Users): Promise<OpenLoopResult> {
  const settings =
    'rate' in load
      ? {
          RATE: load.rate,
          SECONDS: load.seconds,
          CONNECTIONS: load.connections,
          ...(load.page === undefined ? {} : { PAGE: load.page }),
        }
      : {
          USERS: load.users,
          LOOPS: load.loops,
          RAMP_MS: load.rampMs,
          OWN_TOKEN: load.ownToken ? 1 : 0,
        };
  const { output } = await runWrk(['-t1', '-c1', '-d1s', '-s', SCRIPT, `http://127.0.0.1:${target.port}`], {
    PORT: String(target.port),
    METHOD: target.method,
    URL_PATH: target.path,
    ...Object.fromEntries(Object.entries(settings).map(([name, value]) => [name, String(value)])),
    ...(target.tokens === undefined ? {} : { TOKENS: target.tokens, FIRST: String(target.first ?? 0) }),
  });
  const line = output.split('\n').find((text) => text.startsWith('{'));
  if (line === undefined) throw new PlainError(`the generator said nothing of its run:\n${output}`);
  return JSON.parse(line) as OpenLoopResult;
}

/** Answers with a status that the predicate chooses, as one. */
export function answersOf(
  { statuses }: OpenLoopResult,
  chosen: (status: number) => boolean,
): { readonly count: number; readonly buckets: Buckets; readonly lastS: number } {
  const of = Object.entries(statuses).flatMap(([status, found]) => (chosen(Number(status)) ? [found] : []));
  return {
    count: of.reduce((sum, { count }) => sum + count, 0),
    buckets: merge(of.map(({ buckets }) => buckets)),
    lastS: Math.max(0, ...of.map(({ lastS }) => lastS)),
  };
}

export const accepted = (result: OpenLoopResult) => answersOf(result, (status) => status === 202);
/** Refused because it was too much at once. */
export const shed = (result: OpenLoopResult) => answersOf(result, (status) => status === 503);

/** `12 x 202, 3 x 409`. */
export const tally = ({ statuses }: OpenLoopResult): string =>
  Object.entries(statuses)
    .sort(([a], [b]) => Number(a) - Number(b))
    .map(([status, { count }]) => `${count} x ${status}`)
    .join(', ');
