import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../../../src/common/root.js';
import { WEB_ROUTES } from '../../../src/pages/set-up-pages.js';

/** Pages of development and of the demo are behind no gateway. */
const WITHOUT_GATEWAY = /^\/(demo|dev)\//;

/** `location` blocks of the outer server that pass to the application. */
const passed = [
  ...readFileSync(join(ROOT, 'docker/nginx/nginx.conf.template'), 'utf8').matchAll(
    /location ~ (\^\S+) \{(?:(?!\n {8}\})[^])*?proxy_pass http:\/\/application;/g,
  ),
].map(([, pattern = '']) => new RegExp(pattern));

const pathOf = (route: string): string =>
  `/${route.replace(/^\//, '').replace(/:\w+/g, 'x1').replace('*', 'x1/x2')}`;

describe('the gateway', () => {
  it.each(WEB_ROUTES.map(pathOf).filter((path) => !WITHOUT_GATEWAY.test(path)))(
    'passes %s to the application',
    (path) => {
      const tried = path.replace('/language/x1', '/language/zh');
      expect(passed.filter((pattern) => pattern.test(tried))).toHaveLength(1);
    },
  );
});
