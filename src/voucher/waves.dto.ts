import { z } from 'zod';
import { instant, timestamp } from '../http/validation/validation.js';
import { MAX_STOCK } from './domain/terms.js';
import { MAX_WAVES, type Wave } from './domain/waves.js';

const units = () =>
  z
    .int()
    .min(1)
    .max(MAX_STOCK)
    .meta({ examples: [100] });

export const wavesInput = () =>
  z
    .array(
      z
        .strictObject({ at: instant().meta({ examples: ['2030-01-01T12:30:00Z'] }), units: units() })
        .meta({ id: 'WaveInput' }),
    )
    .max(MAX_WAVES)
    .meta({
      description:
        'Units that are added to the stock at times within the window, in ascending order. A change replaces all that have not been ' +
        'released yet.',
      examples: [[{ at: '2030-01-01T12:30:00Z', units: 100 }]],
    });

export const wavesAnswer = z
  .array(
    z
      .object({ at: timestamp('2030-01-01T12:30:00.000Z'), units: units(), released: z.boolean() })
      .meta({ id: 'Wave' }),
  )
  .meta({
    description: 'Units that will be added to `total_stock` at fixed times, and those that already were.',
  });

export const wavesOf = (waves: z.output<ReturnType<typeof wavesInput>>): Wave[] =>
  waves.map(({ at, units: count }) => ({ at: Date.parse(at), units: count, released: false }));
