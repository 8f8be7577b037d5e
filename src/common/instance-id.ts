import { newId } from './ids.js';

/**
 * The one identity of a running instance, new with each start: in its log lines, its metrics, its entry of the instance register
 * (and so in `GET /v1/admin/instances`), its leases and its messages to the others.
 */
export class InstanceId {
  readonly value: string;

  /** @param startedAt wall clock in ms; ids sort by it */
  constructor(readonly startedAt: number) {
    this.value = newId('ins', startedAt);
  }
}
