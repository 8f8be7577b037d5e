import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { digits, textTable, type Table } from './report.js';

/** What V8 writes with --cpu-prof: a tree of calls, and which of its nodes ran at each sample. */
export interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: {
      readonly functionName: string;
      readonly url: string;
      readonly lineNumber: number;
    };
  }[];
  readonly samples: readonly number[];
  /** Microseconds before each sample. */
  readonly timeDeltas: readonly number[];
}

const NOT_WORK = new Set(['(idle)', '(program)', '(root)']);
const MOST_ROWS = 25;

/** `node_modules/x/...` as `x`, our own files by module, the rest as Node or the engine itself. */
function areaOf(url: string, name: string): string {
  const inPackage = /node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(url.slice(url.lastIndexOf('node_modules')));
  if (inPackage?.[1]) return inPackage[1];
  const own = /dist\/src\/([^/]+)\//.exec(url);
  if (own) return `src/${own[1]}`;
  if (url.startsWith('node:')) return 'node';
  return name === '(garbage collector)' ? 'garbage collector' : 'engine';
}

/** Time in the functions themselves, busy time being all. @returns shares by function and by area, the largest first */
export function selfTimes({ nodes, samples, timeDeltas }: CpuProfile): {
  readonly functions: [string, number][];
  readonly areas: [string, number][];
} {
  const byId = new Map(nodes.map(({ id, callFrame }) => [id, callFrame]));
  const functions = new Map<string, number>();
  const areas = new Map<string, number>();
  let busy = 0;
  const add = (to: Map<string, number>, key: string, us: number): void => {
    to.set(key, (to.get(key) ?? 0) + us);
  };
  samples.forEach((id, index) => {
    const frame = byId.get(id);
    const us = timeDeltas[index] ?? 0;
    if (!frame || NOT_WORK.has(frame.functionName)) return;
    busy += us;
    const where = frame.url === '' ? '' : ` ${shortened(frame.url)}:${frame.lineNumber + 1}`;
    add(functions, `${frame.functionName || '(anonymous)'}${where}`, us);
    add(areas, areaOf(frame.url, frame.functionName), us);
  });
  const sorted = (of: Map<string, number>): [string, number][] =>
    [...of].map(([name, us]): [string, number] => [name, us / busy]).sort(([, a], [, b]) => b - a);
  return { functions: sorted(functions), areas: sorted(areas) };
}

const shortened = (url: string): string =>
  url.replace(/^file:\/\//, '').replace(/^.*\/(?=node_modules\/|dist\/)/, '');

/** The profiles of a folder as text. */
export function profileText(folder: string): string {
  return readdirSync(folder)
    .filter((file) => file.endsWith('.cpuprofile'))
    .sort()
    .map((file) => {
      const profile = JSON.parse(readFileSync(join(folder, file), 'utf8')) as CpuProfile;
      const { functions, areas } = selfTimes(profile);
      const table = (title: string, rows: readonly [string, number][]): Table => ({
        title,
        head: ['', '% of busy time'],
        rows: rows.slice(0, MOST_ROWS).map(([name, share]) => [name, digits(share * 100)]),
      });
      return [
        file,
        textTable(table('by package or module', areas)),
        textTable(table('by function, without what it calls', functions)),
      ].join('\n');
    })
    .join('\n\n');
}
