import { VOUCHER_EVENTS } from '../../voucher/index.js';
import { CLAIM_EVENTS, WAITING_LIST_EVENTS } from '../domain/claim-events.js';

/** The schema of every event that is sent, by its type: the only list of them. */
export const EVENTS = { ...CLAIM_EVENTS, ...WAITING_LIST_EVENTS, ...VOUCHER_EVENTS } as const;

export type EventType = keyof typeof EVENTS;
export const EVENT_TYPES = Object.keys(EVENTS) as [EventType, ...EventType[]];
