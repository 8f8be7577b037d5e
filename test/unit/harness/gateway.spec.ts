import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { envSchema } from '../../../src/config/index.js';
import { PROBLEMS } from '../../../src/common/problems.js';
import { LOGO_MAX_BYTES } from '../../../src/merchant/logo-image.js';
import { ROOT } from '../../../src/common/root.js';
import { gatewayDefaults, gatewayOverrides, localServers, renderGateway } from '../../harness/gateway.js';

const settings = gatewayDefaults();
const rendered = renderGateway(settings);
const main = rendered.get('nginx.conf') ?? '';
const problems = rendered.get('problems.conf') ?? '';
const templates = [...rendered.keys()].map((file) =>
  readFileSync(join(ROOT, 'docker', 'nginx', `${file}.template`), 'utf8'),
);

/** The entries of `map $status $NAME { ... }`. */
function byStatus(name: string): Map<string, string> {
  const [, block = ''] = new RegExp(`map \\$status \\$${name} \\{([^}]*)\\}`).exec(problems) ?? [];
  return new Map(
    [...block.matchAll(/^\s*(\w+) (.*);$/gm)].map(([, status = '', value = '']) => [
      status,
      value.replace(/^"(.*)"$/, '$1'),
    ]),
  );
}

describe('the settings of the gateway', () => {
  it('are those that the templates use, each described', () => {
    const used = templates.flatMap((text) => [...text.matchAll(/\$\{(\w+)\}/g)].map(([, name]) => name));
    expect([...new Set(used)].sort()).toEqual(Object.keys(settings).sort());
    const text = readFileSync(join(ROOT, 'docker', 'nginx', 'gateway.env'), 'utf8');
    for (const name of Object.keys(settings)) expect(text).toMatch(new RegExp(`^# .*\\n${name}=`, 'm'));
  });

  it('leave no variable in what nginx reads, and nothing else is touched', () => {
    for (const text of rendered.values()) expect(text).not.toMatch(/\$\{|GATEWAY_/);
    expect(main).toContain('proxy_set_header X-Forwarded-For $remote_addr;');
  });

  it('must all have a value', () => {
    const { GATEWAY_RATE: _none, ...others } = settings;
    expect(() => renderGateway(others)).toThrow('nginx.conf.template: GATEWAY_RATE has no value');
  });

  it('come from the environment where it names them, also as nothing', () => {
    const env = { GATEWAY_RATE: '7r/s', GATEWAY_REAL_IP: '', PATH: '/bin' };
    expect(gatewayOverrides(env)).toEqual({ GATEWAY_RATE: '7r/s', GATEWAY_REAL_IP: '' });
  });

  it('fit those of the application', () => {
    const app = envSchema.parse({});
    expect(Number(settings['GATEWAY_BODY_LIMIT'])).toBe(app.BODY_LIMIT_BYTES);
    expect(Number(settings['GATEWAY_LOGO_LIMIT'])).toBe(LOGO_MAX_BYTES);
    expect(settings['GATEWAY_SERVERS']).toBe(localServers([app.PORT, app.PORT + 1]));
    const seconds = (name: string): number => Number(/^(\d+)s$/.exec(settings[name] ?? '')?.[1]);
    // Fastify closes idle connections after 72 s.
    expect(seconds('GATEWAY_UPSTREAM_KEEPALIVE_TIMEOUT')).toBeLessThan(72);
    expect(seconds('GATEWAY_SHUTDOWN_TIMEOUT') * 1_000).toBeGreaterThanOrEqual(app.SHUTDOWN_GRACE_MS);
  });
});

describe('the problem documents of the gateway', () => {
  const codes = byStatus('problem_code');
  const titles = byStatus('problem_title');

  it('are those of the catalogue, with its status and title', () => {
    expect([...titles.keys()]).toEqual([...codes.keys()]);
    const known = new Map(Object.entries(PROBLEMS));
    for (const [status, code] of codes) {
      const kind = known.get(code);
      expect({ code, status, title: titles.get(status) }).toEqual({
        code,
        status: status === 'default' ? 'default' : String(kind?.status),
        title: kind?.title,
      });
    }
  });

  it('carry Retry-After with every 429 and 503', () => {
    const after = byStatus('problem_retry_after');
    expect([...after.keys()].sort()).toEqual(['429', '503', 'default']);
    for (const status of ['429', '503']) expect(Number(after.get(status))).toBeGreaterThan(0);
    expect(after.get('default')).toBe('');
  });

  it('stand for every status that nginx may end with by itself', () => {
    const lines = [...main.matchAll(/^\s*error_page ([\d ]+?) (?:=(\d+) )?(@problem|\/\.problem);$/gm)];
    const shown = lines.flatMap(([, from = '', to]) => (to ? [to] : from.split(' ')));
    expect(new Set(shown)).toEqual(new Set([...codes.keys()].map((s) => (s === 'default' ? '500' : s))));
    const covered = lines.flatMap(([, from = '']) => from.split(' ')).sort();
    expect(covered).toEqual(
      ['400', '403', '404', '405', '413', '414', '429', '494', '500', '502', '503', '504'].sort(),
    );
  });
});

describe('the retries of the gateway', () => {
  it('never send a POST or PATCH again that an instance may have seen, nor one that the application refused', () => {
    const lines = [...main.matchAll(/^\s*proxy_next_upstream (.*);$/gm)].map(([, conditions]) => conditions);
    expect(lines).toEqual(['error timeout invalid_header']);
  });
});
