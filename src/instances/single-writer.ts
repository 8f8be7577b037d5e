import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Clock } from '../common/clock.js';
import { UnfitServerError } from '../common/unfit-server.js';
import { Database } from '../database/database.js';
import { galeraNode } from '../database/galera.js';
import { REPORT_TTL_MS } from './heartbeat.js';
import { InstanceRegister } from './instances.js';

/** What an instance that was killed said last is gone by then, and one whose address was moved has said where it writes now. */
const WAIT_MS = 2 * REPORT_TTL_MS;
const POLL_MS = 500;

/**
 * Refuses to start where another instance writes to another node of the same Galera cluster: locks of rows and `GET_LOCK` hold
 * on one node alone, so two instances would do one job at once. One that lives may have moved a moment ago, so a difference
 * has to last.
 */
@Injectable()
export class SingleWriter implements OnModuleInit {
  constructor(
    private readonly database: Database,
    private readonly register: InstanceRegister,
    private readonly clock: Clock,
  ) {}

  /** @throws UnfitServerError */
  async onModuleInit(): Promise<void> {
    const until = this.clock.monotonic() + WAIT_MS;
    for (;;) {
      const other = await this.elsewhere();
      if (other === undefined) return;
      if (this.clock.monotonic() >= until)
        throw new UnfitServerError(
          `DATABASE_URL leads to another node of the Galera cluster than that of instance ${other}: let all instances write to the same node`,
        );
      await this.clock.sleep(POLL_MS);
    }
  }

  /** An instance that writes to another node; where the register does not answer, nobody knows of one. */
  private async elsewhere(): Promise<string | undefined> {
    const node = await galeraNode(this.database);
    if (node === null) return undefined;
    const reports = await this.register.list().catch(() => []);
    return reports.find(({ database_node: theirs }) => theirs !== null && theirs !== node)?.id;
  }
}
