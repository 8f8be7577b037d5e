import { GateLostError } from '../gate-errors.js';
import { UNKNOWN_VOUCHER } from '../stock-gate.js';
import type { GateWaitingList, WaitingListAtGate } from '../gate-offers.js';
import { CODE } from './gate-replies.redis.js';

const HEAD = 4;
const EACH = 4;

/** Arguments of lua/offer-1.lua. @param told nothing to look only */
export const offerArguments = (epoch: number, told: GateWaitingList | undefined): (string | number)[] => [
  epoch,
  told?.version ?? 0,
  told?.waiting ? 1 : 0,
  ...(told?.offers ?? []).flatMap(({ userId, number, until }) => [userId, number, until]),
];

/** @throws GateLostError where the epoch's mark or the state is gone */
export function offerOutcome(reply: unknown): WaitingListAtGate | typeof UNKNOWN_VOUCHER {
  const parts = reply as readonly (string | number)[];
  if (parts[0] === CODE.lost) throw new GateLostError('state');
  return parts[0] === CODE.unknownVoucher ? UNKNOWN_VOUCHER : waitingListOf(parts);
}

/** Reply of lua/offer-1.lua that is none of its codes. */
function waitingListOf(reply: readonly (string | number)[]): WaitingListAtGate {
  const [now, remaining, version, waiting] = reply.slice(0, HEAD).map(Number);
  const offers: WaitingListAtGate['offers'][number][] = [];
  for (let at = HEAD; at < reply.length; at += EACH) {
    const [userId, number, until, used] = reply.slice(at, at + EACH);
    offers.push({
      userId: String(userId),
      number: Number(number),
      until: Number(until),
      used: Number(used) === 1,
    });
  }
  return { now: now ?? 0, remaining: remaining ?? 0, version: version ?? 0, waiting: waiting === 1, offers };
}

/** Fields of the state of a gate that is rebuilt with a waiting list. */
export const offerFields = (told: GateWaitingList | undefined): Record<string, string | number> =>
  told === undefined
    ? {}
    : {
        list_version: told.version,
        waiting: told.waiting ? 1 : 0,
        ...Object.fromEntries(
          told.offers.map(({ userId, number, until }) => [`o:${userId}`, `${number}|${until}`]),
        ),
      };
