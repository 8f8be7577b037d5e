/** What the gateway before the instances says of itself, with `X-Gateway-Limits`, where it passes on a preflight. */
export interface GatewayLimits {
  /** Requests that one address may send within a second: the rate and the burst above it. */
  readonly requestsOfAddress: number;
  /** Requests of one address that may be under way at a time. */
  readonly atOnceOfAddress: number;
  /** Connections of one worker, to clients and instances together. */
  readonly workerConnections: number;
  /** `undefined` where there are as many as its machine has cores. */
  readonly workers: number | undefined;
}

const PER_SECOND = { s: 1, m: 60 } as const;

/**
 * @param told `rate=50r/s burst=100 connections=200 worker_connections=8192 workers=auto`, with the gateway's own settings
 * @returns `undefined` for what is not of this form
 */
export function gatewayLimits(told: string): GatewayLimits | undefined {
  const match =
    /^rate=(\d{1,9})r\/([sm]) burst=(\d{1,9}) connections=(\d{1,9}) worker_connections=(\d{1,9}) workers=(auto|\d{1,4})$/.exec(
      told,
    );
  if (!match) return undefined;
  const [, rate, unit, burst, connections, workerConnections, workers] = match;
  return {
    requestsOfAddress: Math.floor(Number(rate) / PER_SECOND[unit === 'm' ? 'm' : 's']) + Number(burst),
    atOnceOfAddress: Number(connections),
    workerConnections: Number(workerConnections),
    workers: workers === 'auto' ? undefined : Number(workers),
  };
}
