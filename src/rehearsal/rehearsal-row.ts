import type { Equation } from '../audit/index.js';
import { numberOrNull } from '../database/database.js';
import type { Step } from './domain/ramp.js';

/** `cleaning`: the shadow is audited and removed. */
export const REHEARSAL_STATES = ['queued', 'running', 'cleaning', 'done', 'stopped'] as const;
type RehearsalState = (typeof REHEARSAL_STATES)[number];

/** `interrupted`: its process stopped or died, or a server was away. */
export const STOPPED_BY = ['cancelled', 'live_drop', 'interrupted'] as const;
export type StoppedBy = (typeof STOPPED_BY)[number];

/** What a merchant asks for. */
export interface RehearsalRequest {
  readonly crowd: number;
  /** Seconds within which the crowd comes. */
  readonly withinS: number;
  /** Seconds for which claims are offered at each rate. */
  readonly stepS: number;
  readonly perAddress: number | null;
  /** The voucher's units then. */
  readonly units: number;
}

/** What the installation would do to the crowd by its limits. */
export interface LimitFinding {
  readonly name: string;
  readonly result: string;
  readonly detail: string;
}

export interface Measured {
  /** Rates that were to be tried, claims a second. */
  readonly ramp: readonly number[];
  readonly steps: readonly Step[];
  readonly limits: readonly LimitFinding[];
  readonly bounds: { readonly p99Ms: number; readonly lagMs: number };
  readonly instances: number | null;
}

/** Of the shadow, before it was removed. */
export interface ShadowAudit {
  readonly at: number;
  readonly equations: readonly Equation[];
}

/** Times in ms since 1970. */
export interface Rehearsal {
  readonly id: string;
  readonly voucherId: string;
  readonly merchantId: string;
  readonly byUser: string;
  readonly request: RehearsalRequest;
  readonly state: RehearsalState;
  readonly shadowId: string;
  readonly removedAt: number | null;
  readonly cancelled: boolean;
  readonly stoppedBy: StoppedBy | null;
  readonly beatAt: number | null;
  readonly measured: Measured | null;
  readonly audit: ShadowAudit | null;
  readonly createdAt: number;
  readonly finishedAt: number | null;
}

export const isOver = ({ state }: Pick<Rehearsal, 'state'>): boolean =>
  state === 'done' || state === 'stopped';

export const COLUMNS = `id, voucher_id AS voucherId, merchant_id AS merchantId, by_user AS byUser, request, state, shadow_id AS shadowId,
  removed_at AS removedAt, cancelled, stopped_by AS stoppedBy, beat_at AS beatAt, measured, audit, created_at AS createdAt,
  finished_at AS finishedAt`;

/** As a driver gives it: numbers of 64 bits are text on some. */
export type Row = Pick<
  Rehearsal,
  'id' | 'voucherId' | 'merchantId' | 'byUser' | 'state' | 'shadowId' | 'stoppedBy'
> & {
  readonly request: string;
  readonly cancelled: number;
  readonly measured: string | null;
  readonly audit: string | null;
  readonly removedAt: number | string | null;
  readonly beatAt: number | string | null;
  readonly createdAt: number | string;
  readonly finishedAt: number | string | null;
};

const parsed = <T>(text: string | null): T | null => (text === null ? null : (JSON.parse(text) as T));

export const rehearsalOf = (row: Row): Rehearsal => ({
  ...row,
  request: JSON.parse(row.request) as RehearsalRequest,
  cancelled: Number(row.cancelled) === 1,
  measured: parsed<Measured>(row.measured),
  audit: parsed<ShadowAudit>(row.audit),
  removedAt: numberOrNull(row.removedAt),
  beatAt: numberOrNull(row.beatAt),
  createdAt: Number(row.createdAt),
  finishedAt: numberOrNull(row.finishedAt),
});
