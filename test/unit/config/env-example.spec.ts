import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { envSchema, loadConfig } from '../../../src/config/index.js';
import { ROOT } from '../../../src/common/root.js';

interface Setting {
  readonly name: string;
  readonly description: string;
  readonly value: string | undefined;
}

interface Described {
  readonly description?: string | undefined;
  readonly def: { readonly in?: Described };
}

/** `pipe` leaves the description with what goes into it. */
const describedAs = (schema: Described): string =>
  schema.description ?? (schema.def.in ? describedAs(schema.def.in) : '');

/** Servers and secrets have no value that could stand in a file. */
const WITHOUT_VALUE = ['DATABASE_URL', 'REDIS_URL', 'KAFKA_BROKERS', 'JWT_SECRET', 'CLAIM_SECRET'];

const text = readFileSync(join(ROOT, '.env.example'), 'utf8');

function settings(): Setting[] {
  const lines = text.split('\n');
  return lines.flatMap((line, index) => {
    const [, comment, name, value] = /^(# )?([A-Z][A-Z0-9_]*)=(.*)$/.exec(line) ?? [];
    if (name === undefined) return [];
    const above = lines[index - 1] ?? '';
    return [{ name, description: above.replace(/^# /, ''), value: comment ? undefined : value }];
  });
}

const valueOf = (value: unknown): string | undefined =>
  typeof value === 'string' || typeof value === 'number' ? String(value) : undefined;

function expected(): Setting[] {
  const defaults: Record<string, unknown> = envSchema.parse({});
  return Object.entries(envSchema.shape).map(([name, schema]) => ({
    name,
    description: describedAs(schema as unknown as Described),
    value: WITHOUT_VALUE.includes(name) ? undefined : valueOf(defaults[name]),
  }));
}

describe('.env.example', () => {
  it('has every setting of the schema once, in its order, with its description and default', () => {
    expect(settings()).toEqual(expected());
    expect(expected().filter((setting) => setting.description === '')).toEqual([]);
  });

  it('has nothing but settings and their comments', () => {
    expect(text.split('\n').filter((line) => !/^(# .+|[A-Z][A-Z0-9_]*=.+|)$/.test(line))).toEqual([]);
  });

  it('gives no value to servers and secrets', () => {
    for (const name of WITHOUT_VALUE) expect(text).toContain(`\n# ${name}=\n`);
  });

  it('changes nothing where it is taken as it stands', () => {
    expect(loadConfig(parseEnv(text))).toEqual(loadConfig({}));
  });
});
