import type { Answer } from './client.js';

export interface AcceptedClaim {
  readonly id: string;
  readonly owner: number;
  readonly sequence: number | null;
}

export interface IssuedClaim {
  readonly id: string;
  readonly code: string;
  readonly sequence: number | null;
  readonly issuedAt: number;
}

/** What the shoppers heard: each answer counted, each accepted claim kept. */
export class AnswerCounts {
  readonly accepted: AcceptedClaim[] = [];
  /** By code of the refusal, by status where there is none, by fault where there was no answer. */
  readonly refusals = new Map<string, number>();
  /** Answers of 500 and above, and requests without an answer: nothing of the kind is expected. */
  readonly unexpected = new Map<string, number>();

  add(answer: Answer, owner: number): string {
    if (answer.status === 202) {
      const claim = JSON.parse(answer.body) as { id: string; sequence: number | null };
      this.accepted.push({ id: claim.id, owner, sequence: claim.sequence });
      return 'accepted';
    }
    const code = codeOf(answer);
    increment(this.refusals, code);
    this.watch(answer);
    return code;
  }

  /** For answers that are no answers to a claim. */
  watch(answer: Answer): void {
    if (answer.status === 0 || answer.status >= 500) increment(this.unexpected, codeOf(answer));
  }
}

function codeOf(answer: Answer): string {
  if (answer.status === 0) return `no answer: ${answer.fault ?? 'unknown'}`;
  try {
    const { code } = JSON.parse(answer.body) as { code?: unknown };
    if (typeof code === 'string') return `${answer.status} ${code}`;
  } catch {
    // A body that is no problem document is told by its status alone.
  }
  return String(answer.status);
}

function increment(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

/** The value that a `share` of the sorted values does not exceed (nearest rank). */
export function percentile(sorted: Float64Array, share: number): number {
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0;
}

/** How many of the values came before in the list. */
export function repeats(values: readonly (string | number)[]): number {
  return values.length - new Set(values).size;
}
