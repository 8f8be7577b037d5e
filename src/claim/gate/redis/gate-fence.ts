import type { SlotSet } from '../../../redis/slots.js';
import type { EpochMaster, EpochOrigin } from '../../domain/epoch-masters.js';
import type { GateLoss } from '../stock-gate.js';
import type { ServerInfo } from '../../../redis/server-info.js';
import { script, type Script } from './gate-answers.redis.js';

/** The scripts whose decisions can be trusted only from a gate that has forgotten nothing. */
export interface FencedScripts {
  readonly claim: Script;
  readonly adjust: Script;
}

export const BUILDING = 'building';
export const OPEN = 'open';

/**
 * Notices a Redis that may have forgotten claims, before it can accept one (docs/adr/0040). Of an epoch it knows nothing, then on which
 * history it was begun (`trust`, by the epoch's row, or `begin`).
 */
export interface GateFence {
  /**
   * Calls a fenced script of an epoch.
   * @param keys the state of the voucher, and what else the script needs
   * @throws GateLostError where no history of this epoch is known, so that nothing can be compared with it
   */
  call(
    epoch: number,
    name: keyof FencedScripts,
    keys: readonly string[],
    argv: readonly (string | number)[],
  ): Promise<unknown>;
  /** Fields that the state of a voucher begins with, by its key. */
  stateOf(epoch: number, key: string): Promise<Readonly<Record<string, string>>>;
  /** @param inUse epochs that some voucher is in; older ones are forgotten */
  trust(epoch: number, origin: EpochOrigin, inUse?: readonly number[]): void;
  /** @returns on what the epoch begins, for its row */
  begin(epoch: number): Promise<EpochOrigin>;
  /** @throws GateLostError where data or history were lost since `begin` */
  finish(epoch: number): Promise<void>;
  /**
   * What the gate may have forgotten of an epoch; `undefined` where it holds all of it. The mark stands from the begin of an epoch on:
   * without it, data was lost or the epoch is revoked.
   */
  broken(epoch: number, state: 'opening' | 'open'): Promise<GateLoss | undefined>;
  /** Masters that have lost nothing of an epoch that was open, as far as that can be proved. */
  keptMasters(epoch: number): Promise<readonly EpochMaster[]>;
  /** Slots that the server of a key has or had. */
  slotsBeside(epoch: number, key: string): SlotSet;
  /** @throws GateLostError where the epoch is not loaded as a whole, was revoked or lost, on the server of that key */
  requireOpen(epoch: number, key: string): Promise<void>;
  /** A fenced script has found another history than its own. */
  otherHistory(epoch: number): Promise<Error>;
  /**
   * Asks for a write that changes nothing, of a kind that memory, snapshots and replicas can forbid.
   * @throws GateUnreachableError where the server is no primary, or a write would be refused
   */
  requireWritable(): Promise<void>;
  /** Marks of an epoch that is revoked. */
  marks(epoch: number): Promise<readonly string[]>;
}

/** @param history `master_replid` of the server  @param prefix text that stands before that of the script */
export function fencedScripts(epoch: number, history: string, prefix = ''): FencedScripts {
  const head = `local EPOCH = '${epoch}'\nlocal HISTORY = '${history}'\n${prefix}`;
  return { claim: script('claim-6.lua', head), adjust: script('adjust-1.lua', head) };
}

export const replica = ({ primary }: ServerInfo): string =>
  `Redis is a replica${primary === undefined ? '' : ` of ${primary}`}: REDIS_URL must lead to the primary`;
