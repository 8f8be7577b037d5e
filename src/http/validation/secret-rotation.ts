import { z } from 'zod';

const OVERLAP_MAX_S = 7 * 86_400;
const OVERLAP_S = 86_400;

/**
 * The body of a request for another secret, which may be left out.
 * @param id of its schema
 * @param overlap what holds during `overlap_s`, 0 s to 7 days
 */
export const secretRotation = (id: string, overlap: string) =>
  z
    .strictObject({
      overlap_s: z.int().min(0).max(OVERLAP_MAX_S).default(OVERLAP_S).meta({ description: overlap }),
    })
    .meta({ id, examples: [{ overlap_s: OVERLAP_S }] })
    .optional();
