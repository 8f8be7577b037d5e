import type { ClaimStatus } from '../api/types.js';

/** One wish of one user for one unit, from the press to its end. Kept in the browser, so it holds nothing secret. */
export interface AttemptRecord {
  /** The `Idempotency-Key`: made before the first request, the same for every repeat. */
  readonly key: string;
  /** Milliseconds since 1970, of the device. */
  readonly startedAt: number;
  /** A request was sent whose answer is not known: the unit may have been taken. */
  readonly uncertain: boolean;
  /** Address that claims, where the voucher asks for a claim link. Good for this user alone. */
  readonly link?: string | undefined;
  /** The claim that came of it. */
  readonly claimId?: string | undefined;
  /** Its end, once seen. */
  readonly end?: ClaimStatus | undefined;
}

/** `localStorage`, or what stands in for it. */
export interface KeyValue {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
}

/** The server remembers a key for a day; a wish older than that must not be sent again. */
const RESUME_MS = 24 * 3_600_000;
/** How long the page says "you have one" without asking. */
const REMEMBER_MS = 30 * 24 * 3_600_000;

const PREFIX = 'vc_attempt';

export const attemptName = (userId: string, voucherId: string): string => `${PREFIX}:${userId}:${voucherId}`;

/** The attempts of this browser, shared by its tabs. A browser that keeps nothing has them for as long as the page lives. */
export class AttemptStore {
  /** What storage did not take. */
  private readonly memory = new Map<string, string>();

  constructor(
    private readonly storage: KeyValue | undefined,
    private readonly now: () => number,
  ) {}

  get(name: string): AttemptRecord | undefined {
    const record = parse(this.memory.get(name) ?? this.stored(name));
    if (!record) return undefined;
    const age = this.now() - record.startedAt;
    if (age <= (record.claimId === undefined ? RESUME_MS : REMEMBER_MS)) return record;
    this.remove(name);
    return undefined;
  }

  put(name: string, record: AttemptRecord): void {
    const text = JSON.stringify(record);
    this.memory.set(name, text);
    try {
      this.storage?.setItem(name, text);
      if (this.storage) this.memory.delete(name);
    } catch {
      // Full or forbidden: the page's own memory has it.
    }
  }

  remove(name: string): void {
    this.memory.delete(name);
    try {
      this.storage?.removeItem(name);
    } catch {
      // see put
    }
  }

  private stored(name: string): string | null {
    try {
      return this.storage?.getItem(name) ?? null;
    } catch {
      return null;
    }
  }
}

function parse(text: string | null | undefined): AttemptRecord | undefined {
  try {
    const value = JSON.parse(text ?? 'null') as Partial<AttemptRecord> | null;
    return typeof value?.key === 'string' && typeof value.startedAt === 'number'
      ? { uncertain: true, ...value, key: value.key, startedAt: value.startedAt }
      : undefined;
  } catch {
    return undefined;
  }
}
