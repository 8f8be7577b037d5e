import { join } from 'node:path';
import { ROOT } from '../common/root.js';

/**
 * What Node is told to run the built program, as `npm start` and the image do. Requests that wait for the log outlive many collections of V8's
 * young generation, each of which copies them; with 64 MiB in place of 16 there is a quarter of them (docs/adr/0034).
 * One thread beside it marks what is old: four, Node's default, took both of two processors from all answers for 0.2 s at a time.
 * And nothing is old from its beginning: V8 would guess so of what requests have in common with the sockets of a crowd.
 */
export const PROGRAM: readonly string[] = [
  '--max-semi-space-size=64',
  '--v8-pool-size=1',
  '--no-allocation-site-pretenuring',
  join(ROOT, 'dist/src/main.js'),
];
