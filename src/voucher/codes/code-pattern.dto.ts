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
        'the codes of its claims: `#` stands for a random digit, `?` for a random letter, everything else for itself; both leave out what ' +
        `is read as something else (0, 1, I, L, O, U). At least ${PLACES_MIN} random places, and ${CODES_PER_UNIT.toLocaleString('en')} possible codes for each unit. ` +
        'null: codes are made here. Fixed once published; not for a voucher with imported codes',
      examples: ['SUMMER-####-????'],
    });
