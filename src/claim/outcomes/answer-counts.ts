import { byName } from '../../observability/buffered-metrics.js';
import type { Metrics } from '../../observability/metrics.js';
import { modeOf } from '../../common/mode.js';
import { Problem } from '../../common/problems.js';

type Answer = Error | { readonly replayed: boolean };

/** Counts answers to claims for the metrics: those of test vouchers apart. */
export function answerCounts(metrics: Metrics): (voucherId: string, answer: Answer) => void {
  const counters = {
    live: byName((outcome) => metrics.claims.labels({ outcome })),
    test: byName((outcome) => metrics.testClaims.labels({ outcome })),
  };
  return (voucherId, answer) => counters[modeOf(voucherId)](outcomeOf(answer)).inc();
}

const outcomeOf = (answer: Answer): string => {
  if (answer instanceof Problem) return answer.code;
  if (answer instanceof Error) return 'error';
  return answer.replayed ? 'replayed' : 'accepted';
};
