import { z } from 'zod';
import { CODE_PATTERN_MAX, CODES_PER_UNIT, patternFault, PLACES_MIN } from '../domain/code-pattern.js';

export const codePatternInput = () =>
  z
    .string()
    .max(CODE_PATTERN_MAX)
    .superRefine((pattern, context) => {
      const fault = patternFault(pattern);
      if (fault) context.addIssue({ code: 'custom', message: fault.detail, params: { code: fault.code } });
    })
    .nullable()
    .meta({
      description:
        'Pattern for the codes of claims: `#` is a random digit, `?` a random letter, and everything else stands for itself; characters ' +
        `that are easily confused (0, 1, I, L, O, U) are not drawn. Needs at least ${PLACES_MIN} random places, and ${CODES_PER_UNIT.toLocaleString('en')} possible codes for each unit. ` +
        '`null`: codes in the usual format. Cannot be changed after publishing, or combined with imported codes.',
      examples: ['SUMMER-####-????'],
    });
