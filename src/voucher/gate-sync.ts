import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { Problem } from '../common/problems.js';
import { VoucherGate } from './ports/voucher-gate.js';
import type { Also } from './voucher-audit.js';
import type { Voucher } from './voucher.entity.js';
import { toGateVoucher } from './voucher.view.js';

const MAX_REMEMBERED = 50_000;
/** Lower than any version: known, and not at the gate. */
const NEVER = 0;

/**
 * Brings vouchers to the gate, and remembers which version this process brought there last, so that an idle system asks
 * nothing of the gate. What is forgotten is brought again, which does no harm.
 */
@Injectable()
export class GateSync {
  private readonly applied = new LRUCache<string, number>({ max: MAX_REMEMBERED });

  constructor(private readonly gate: VoucherGate) {}

  /** Vouchers that this process believes to be running, or still owes an end. */
  get remembered(): string[] {
    return [...this.applied.keys()];
  }

  /** The gate's clock, ms since 1970; nothing while it is away. */
  gateTime(): Promise<number | undefined> {
    return this.gate.now().catch(() => undefined);
  }

  /** Whether a draft would be taken now. */
  isOpen(): Promise<boolean> {
    return this.gate.isOpen();
  }

  isApplied({ id, version }: Pick<Voucher, 'id' | 'version'>): boolean {
    return (this.applied.peek(id) ?? NEVER) >= version;
  }

  forget(id: string): void {
    this.applied.delete(id);
  }

  forgetAll(): void {
    this.applied.clear();
  }

  /** @throws what the gate throws; the voucher is then remembered as owed */
  async apply(voucher: Voucher): Promise<void> {
    const { id, version, status } = voucher;
    try {
      await this.gate.configure(toGateVoucher(voucher));
    } catch (error) {
      if (!this.isApplied(voucher)) this.applied.set(id, NEVER);
      throw error;
    }
    if (status === 'ended' || status === 'archived') this.applied.delete(id);
    else if (!this.isApplied(voucher)) this.applied.set(id, version);
  }

  /**
   * Makes the voucher known, closed, with all its stock. Before the change is stored: a voucher that shoppers see as
   * live must never be one that the gate does not know.
   * @returns what belongs to the transaction that stores the change: it fails where the gate has been rebuilt since, perhaps without the
   *   voucher
   * @throws Problem that says that nothing has changed
   */
  async prepare(draft: Voucher): Promise<Also> {
    const epoch = await this.gate.prepare(toGateVoucher(draft, 'paused')).catch(stillDraft);
    return async (tx) => {
      if (!(await this.gate.isNewest(tx, epoch))) stillDraft(new Problem('gate_recovering'));
    };
  }

  /** `apply` after a change of the merchant's. @throws Problem that says that the change is stored and takes effect later */
  async applyOrExplain(voucher: Voucher): Promise<void> {
    try {
      await this.apply(voucher);
    } catch (error) {
      throw explained(
        error,
        `The change is stored as version ${voucher.version} and takes effect for claims by itself as soon as the gate ` +
          'can be reached. Do not send it again.',
        { retryable: false }, // unlike what the code says by itself: the move is made, and would be refused now
      );
    }
  }
}

function stillDraft(error: unknown): never {
  throw explained(error, 'Nothing was changed: the voucher is still a draft. Publish it again.');
}

function explained(
  error: unknown,
  consequence: string,
  extensions: Readonly<Record<string, unknown>> = {},
): Problem {
  if (!(error instanceof Problem)) {
    return new Problem('dependency_unavailable', {
      detail: `The gate cannot be reached. ${consequence}`,
      extensions,
      cause: error,
    });
  }
  const reason = error.message.replace(/\.?$/, '.');
  return new Problem(error.code, {
    ...error.options,
    extensions: { ...error.options.extensions, ...extensions },
    detail: `${reason} ${consequence}`,
    cause: error,
  });
}
