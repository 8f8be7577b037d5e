import refusals, { type Refusal } from '../../../../src/common/refusals.en.js';
import type { FailureCode } from '../../api/failure.js';

const problems: Readonly<Record<FailureCode, Refusal>> = {
  ...refusals,
  no_answer: {
    text: 'There was no answer.',
    next: 'Check your connection. Nothing is lost: the same request is simply sent again.',
  },
};

export default problems;
