import type { Clock } from '../../common/clock.js';
import type { GuardedFamily } from '../policies/policies.js';
import {
  ADDITION_MARGIN_MS,
  KnownIds,
  LOOK_MAX,
  type FilterHead,
  type FilterNews,
} from '../ports/known-ids.js';

interface Addition {
  readonly at: number;
  readonly id: string;
}

interface Known {
  head?: FilterHead;
  bits?: Uint8Array;
  additions: Addition[];
  /** Additions that were let go: places count on. */
  gone: number;
}

/** One process: the place is the number of additions before it. */
export class EmbeddedKnownIds extends KnownIds {
  private readonly families = new Map<GuardedFamily, Known>();

  constructor(private readonly clock: Clock) {
    super();
  }

  async look(family: GuardedFamily, place: string | undefined): Promise<FilterNews> {
    const { head, additions, gone } = this.known(family);
    const end = gone + additions.length;
    const from = place === undefined ? end : Number(place);
    const added = additions.slice(Math.max(0, from - gone), Math.max(0, from - gone) + LOOK_MAX);
    const next = Math.max(from, gone) + added.length;
    return { head, added: added.map(({ id }) => id), place: String(next), more: next < end };
  }

  async bits(family: GuardedFamily, generation: number): Promise<Uint8Array | undefined> {
    const { head, bits } = this.known(family);
    return head?.generation === generation && bits ? new Uint8Array(bits) : undefined;
  }

  async add(family: GuardedFamily, id: string): Promise<void> {
    this.known(family).additions.push({ at: this.clock.monotonic(), id });
  }

  async place(family: GuardedFamily): Promise<string> {
    const { additions, gone } = this.known(family);
    const oldest = this.clock.monotonic() - ADDITION_MARGIN_MS;
    const recent = additions.findIndex(({ at }) => at >= oldest);
    return String(gone + (recent < 0 ? additions.length : recent));
  }

  async publish(family: GuardedFamily, head: FilterHead, bits: Uint8Array): Promise<void> {
    const known = this.known(family);
    known.head = head;
    known.bits = bits;
    const letGo = Math.max(0, Number(head.since) - known.gone);
    known.additions.splice(0, letGo);
    known.gone += letGo;
  }

  private known(family: GuardedFamily): Known {
    let known = this.families.get(family);
    if (!known) this.families.set(family, (known = { additions: [], gone: 0 }));
    return known;
  }
}
