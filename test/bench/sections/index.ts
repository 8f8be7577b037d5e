import { auditsSection } from './audits.js';
import { cancellationsSection } from './cancellations.js';
import { claimsSection, gateSection } from './claims.js';
import { drainSection } from './drain.js';
import { growthSection } from './growth.js';
import { expirySection } from './expiry.js';
import { loadSection } from './load.js';
import { memorySection } from './memory.js';
import { readsSection } from './reads.js';
import { scalingSection } from './scaling.js';
import { scenariosSection } from './scenarios.js';
import { redemptionsSection } from './redemptions.js';
import type { Section } from './section.js';
import { sellOutSection } from './sell-out.js';
import { soldOutSection } from './sold-out.js';
import { sustainedSection } from './sustained.js';
import { watchedSection } from './watched.js';
import { webhooksSection } from './webhooks.js';

export type { Section } from './section.js';

/** In the order in which they are measured and reported. */
export const SECTIONS: readonly Section[] = [
  claimsSection,
  gateSection,
  soldOutSection,
  readsSection,
  loadSection,
  sellOutSection,
  drainSection,
  sustainedSection,
  memorySection,
  scalingSection,
  scenariosSection,
  webhooksSection,
  redemptionsSection,
  growthSection,
  cancellationsSection,
  expirySection,
  auditsSection,
  watchedSection,
];
