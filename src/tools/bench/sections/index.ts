import { claimsSection, gateSection } from './claims.js';
import { soldOutSection } from './sold-out.js';
import type { Section } from './section.js';

export type { Bench, Section } from './section.js';

/** In the order in which they are measured and reported. */
export const SECTIONS: readonly Section[] = [claimsSection, gateSection, soldOutSection];
