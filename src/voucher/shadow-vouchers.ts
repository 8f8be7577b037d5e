import { Injectable } from '@nestjs/common';
import { VoucherGate } from './ports/voucher-gate.js';
import { GateSync } from './gate-sync.js';
import type { Also } from './voucher-audit.js';
import type { VoucherStatus } from './domain/lifecycle.js';
import { VoucherRepository } from './voucher.repository.js';

/** It closes by itself, should nobody be left to end it. */
const OPEN_FOR_MS = 3_600_000;

const NOTHING: Also = () => Promise.resolve();

/** Whose the original is, and what the shadow is to be. */
export interface Shadow {
  readonly of: { readonly merchantId: string; readonly voucherId: string };
  /** Of the test mode. */
  readonly id: string;
  /** A side that nobody acts for, so that nobody sees the shadow, and no webhook is told of it. */
  readonly merchantId: string;
  readonly units: number;
}

/**
 * Copies of vouchers that a rehearsal opens, ends and removes (docs/adr/0093). What asks for something of people is left out: those of a
 * rehearsal have no account, address or number.
 */
@Injectable()
export class ShadowVouchers {
  constructor(
    private readonly store: VoucherRepository,
    private readonly sync: GateSync,
    private readonly gate: VoucherGate,
  ) {}

  /** Makes and publishes it. @throws Problem not_found; what the gate throws */
  async open({ of, id, merchantId, units }: Shadow): Promise<void> {
    const original = await this.store.own(of.merchantId, of.voucherId);
    const now = await this.gate.now();
    const shadow = {
      ...original,
      id,
      merchantId,
      status: 'draft' as const,
      totalStock: units,
      opensAt: now,
      closesAt: now + OPEN_FOR_MS,
      redeemFrom: null,
      redeemUntil: null,
      cancellableUntil: null,
      confirmWithinS: null,
      waves: [],
      eligibility: 'everyone' as const,
      requires: 'none' as const,
      onePer: 'account' as const,
      asksContact: false,
      codeSource: 'generated' as const,
      codePattern: null,
      budgetMinor: null,
      takenDownAt: null,
      version: 1,
      createdAt: now,
      updatedAt: now,
    };
    await this.store.insert([shadow], NOTHING);
    await this.sync.prepare(shadow);
    const opened = await this.store.change(shadow, { status: 'live' }, NOTHING);
    if (opened) await this.sync.apply(opened);
  }

  /**
   * From then on the gate takes no claim of it.
   * @returns whether it ever was open
   * @throws what the gate throws
   */
  end(id: string): Promise<boolean> {
    return this.move(id, 'ended');
  }

  /** From then on no rebuild brings it to the gate. */
  async archive(id: string): Promise<void> {
    await this.move(id, 'archived');
  }

  /** After its row was removed. */
  async forget(id: string): Promise<void> {
    this.sync.forget(id);
    await this.store.dropFromCaches(id);
  }

  private async move(id: string, status: Extract<VoucherStatus, 'ended' | 'archived'>): Promise<boolean> {
    for (;;) {
      const found = await this.store.find(id);
      if (!found || found.status === 'draft') return false;
      if (found.status === 'archived') return true;
      const moved = found.status === status ? found : await this.store.change(found, { status }, NOTHING);
      if (!moved) continue; // the job that closes vouchers by their time was faster
      if (status === 'ended') await this.sync.apply(moved);
      return true;
    }
  }
}
