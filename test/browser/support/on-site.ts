import { afterAll, afterEach, beforeAll, expect } from '@jest/globals';
import { Browsers } from './browser.js';

/**
 * Starts a site and a browser before the tests of a spec, and stops both after them. After each test no page has complained.
 * @param ready is handed the site before the browser starts; what it returns are more arguments for Chromium
 */
export function onSite<Site extends { stop(): Promise<unknown> }>(
  start: () => Promise<Site>,
  ready: (site: Site) => void | Promise<readonly string[] | void>,
): Browsers {
  const browsers = new Browsers();
  let site: Site | undefined;
  beforeAll(async () => {
    site = await start();
    await browsers.start((await ready(site)) ?? []);
  });
  afterAll(async () => {
    await browsers.stop();
    await site?.stop();
  });
  afterEach(() => expect(browsers.complaints.splice(0)).toEqual([]));
  return browsers;
}
