import { describe, expect, it } from '@jest/globals';
import { readArgs } from '../../bench/args.js';
import { againstFigures } from '../../bench/against.js';
import { added, batchSizes, outcomes, parseSamples, sum } from '../../bench/app-metrics.js';
import { figuresOf, markdown, picture, targetTable, together } from '../../bench/document.js';
import { growthPicture } from '../../bench/growth-svg.js';
import { selfTimes } from '../../bench/profile.js';
import { parseStat } from '../../bench/processes.js';
import { digits, sectionText, type SectionReport } from '../../bench/report.js';
import { SECTIONS } from '../../bench/sections/index.js';
import { onFullTable } from '../../bench/sections/section.js';
import { svg } from '../../bench/svg.js';
import { judge, TARGETS, type Target } from '../../bench/targets.js';
import { wellFormed } from '../../support/xml.js';

const section = (name: string, extra: Partial<SectionReport> = {}): SectionReport => ({
  name,
  what: `what ${name} is`,
  measuredAt: '2026-01-02T03:04:05.000Z',
  commit: 'abc',
  machine: 'a machine',
  tookMs: 1_000,
  seconds: 5,
  rounds: 3,
  connections: 500,
  figures: {},
  tables: [{ title: 'T', head: ['a', 'b'], rows: [['x|y', '1']] }],
  notes: ['a note'],
  voids: [],
  ...extra,
});

describe('targets', () => {
  const higher: Target = { what: 'w', figure: 'f', atLeast: 0.5, aim: 1 };
  const lower: Target = { what: 'w', figure: 'f', atLeast: 50, aim: 10, smallerIsBetter: true };

  it('are judged by their bounds, which count as reached', () => {
    expect([0.49, 0.5, 0.99, 1, undefined, NaN].map((value) => judge(higher, value))).toEqual([
      'MISSED',
      'holds',
      'holds',
      'aim reached',
      'not measured',
      'not measured',
    ]);
  });

  it('may want a small figure', () => {
    expect([51, 50, 10].map((value) => judge(lower, value))).toEqual(['MISSED', 'holds', 'aim reached']);
  });

  it('have an aim beyond what is wanted at least', () => {
    for (const { atLeast, aim, smallerIsBetter } of TARGETS) {
      expect(smallerIsBetter ? aim < atLeast : aim > atLeast).toBe(true);
    }
  });
});

describe('the report', () => {
  const good = section('claims', {
    figures: { 'claims.ratio.f1': 0.7 },
    series: [{ name: 'p99', points: [[0.1, 3], [2, 900]] }], // prettier-ignore
  });
  const bad = section('gate', { figures: { 'gate.ratio.f1': 2 }, voids: ['the audit failed: a = b (1, 2)'] });

  it('lets no figure of a void run count', () => {
    expect([...figuresOf([good, bad])]).toEqual([['claims.ratio.f1', 0.7]]);
    const rows = targetTable([good, bad]).rows.map((row) => row.slice(4));
    expect(rows.slice(0, 2)).toEqual([
      ['MISSED', '2026-01-02', '--only claims'],
      ['not measured', '-', '--only gate'],
    ]);
  });

  it('tells ratios to another build, of what both have', () => {
    const before = { 'claims.cpu.application': 60, 'claims.cpu.database': 40 };
    const now = { 'claims.cpu.application': 30, 'claims.cpu.database': 30, 'load.half.p99': 9 };
    expect(againstFigures(now, before)).toEqual({ 'against.cpu': 0.6, 'against.cpu.application': 0.5 });
    expect(againstFigures(now, {})).toEqual({});
  });

  it('names a section that there is for each target', () => {
    const known = SECTIONS.map(({ name }) => name);
    for (const { figure, options = `--only ${figure.split('.', 1)[0]}` } of TARGETS)
      expect(known).toContain(/--only (\w+)/.exec(options)?.[1]);
  });

  it('shows a void run as void, in text and in the document', () => {
    expect(sectionText(bad)).toContain('VOID: the audit failed');
    expect(markdown([good, bad], 'p.svg', '')).toContain('**VOID**: the audit failed');
  });

  it('names machine, time and commit of every section, and keeps bars out of table cells', () => {
    const text = markdown([good], 'p.svg', 'because');
    for (const part of ['a machine', '2026-01-02 03:04 UTC', 'commit abc', '(p.svg)', 'because', 'x\\|y'])
      expect(text).toContain(part);
  });

  it('takes what this run left out from an earlier one, in the order of the sections', () => {
    const older = section('claims', { commit: 'old' });
    expect(together(['claims', 'gate'], [bad], [older, section('gate')])).toEqual([older, bad]);
    expect(together(['claims', 'gate'], [bad], [])).toEqual([bad]);
  });

  it('draws a picture that is well-formed, whatever the names are', () => {
    wellFormed(picture([good, bad]));
    wellFormed(
      svg({ title: 'a < b & "c"', bars: [{ name: '<x>', value: 0.4, atLeast: 0.5, aim: 1 }], lines: [] }),
    );
    expect(picture([good])).toContain('polyline');
    expect(picture([bad])).not.toContain('polyline');
  });

  it('draws what grows over the number of claims, and names its picture beside the other one', () => {
    const points = [
      [100_000, 0.02],
      [1_000_000, 0.2],
    ] as const;
    const growth = [
      { name: 'a < b', points },
      { name: 'free', points: [[100_000, 0]] as const },
    ];
    const drawn = growthPicture(growth);
    wellFormed(drawn);
    // Ten times the cost: from one line of the grid to the next, 180 up.
    expect(drawn).toContain('points="80,365.8 640,185.8"');
    expect(markdown([section('growth', { growth })], 'p.svg', '')).toContain('](p-growth.svg)');
    expect(markdown([section('claims')], 'p.svg', '')).not.toContain('p-growth');
  });

  it('writes no more digits than a shared machine can tell', () => {
    expect([0.123, 12.34, 123.4, 12_345, NaN].map(digits)).toEqual(['0.12', '12.3', '123', '12,300', '-']);
  });
});

describe('what the benchmark reads', () => {
  it('finds time and memory of a process whose name has brackets', () => {
    const rest = Array.from({ length: 40 }, (_, i) => String(i));
    rest[11] = '150';
    rest[12] = '50';
    rest[21] = '10';
    expect(parseStat(`7 (a ) b) ${rest.join(' ')}`, 100, 4_096)).toEqual({
      cpuUs: 2_000_000,
      residentBytes: 40_960,
    });
  });

  it('counts what was added between two readings of several processes', () => {
    const before = parseSamples('voucherconnect_claims_total{outcome="accepted"} 5\n');
    const after = sum([
      parseSamples('# HELP x y\nvoucherconnect_claims_total{outcome="accepted"} 7\n'),
      parseSamples(
        'voucherconnect_claims_total{outcome="accepted"} 1\nvoucherconnect_batch_size_sum{stage="gate"} 30\nvoucherconnect_batch_size_count{stage="gate"} 3',
      ),
    ]);
    expect([...outcomes(added(before, after))]).toEqual([['accepted', 3]]);
    expect([...batchSizes(after)]).toEqual([['gate', 10]]);
  });

  it('knows its options, and refuses what it does not know', () => {
    const known = { all: ['claims', 'gate', 'load'], quick: ['claims'] };
    expect(readArgs([], known)).toMatchObject({
      sections: known.all,
      rounds: 3,
      seconds: 5,
      connections: 500,
    });
    expect(readArgs(['--quick'], known)).toMatchObject({ sections: ['claims'], rounds: 1, seconds: 2 });
    expect(readArgs(['--only', 'load,claims'], known)?.sections).toEqual(['claims', 'load']);
    expect(readArgs(['--help'], known)).toBeUndefined();
    expect(() => readArgs(['--only', 'lod'], known)).toThrow('lod');
    expect(readArgs(['--rows', '10000000'], known)?.rows).toBe(10_000_000);
    expect(() => readArgs(['--rounds', '0'], known)).toThrow('--rounds');
    expect(() => readArgs(['--profile', 'p', '--write', 'w.md'], known)).toThrow('--profile');
    expect(() => readArgs(['--what'], known)).toThrow();
  });
});

describe('the summary of a profile', () => {
  it('shares busy time among functions and packages, without what they call, and without idling', () => {
    const node = (id: number, functionName: string, url: string) => ({
      id,
      callFrame: { functionName, url, lineNumber: 6 },
    });
    const nodes = [
      node(1, '(idle)', ''),
      node(2, 'claim', 'file:///x/dist/src/claim/claim.service.js'),
      node(3, 'send', 'file:///x/node_modules/@scope/name/lib/a.js'),
      node(4, '(garbage collector)', ''),
    ];
    const { functions, areas } = selfTimes({
      nodes,
      samples: [1, 2, 3, 4, 2],
      timeDeltas: [900, 30, 20, 10, 40],
    });
    expect(functions[0]).toEqual(['claim dist/src/claim/claim.service.js:7', 0.7]);
    expect(areas).toEqual([
      ['src/claim', 0.7],
      ['@scope/name', 0.2],
      ['garbage collector', 0.1],
    ]);
  });
});

describe('a target that names a full table', () => {
  it('is judged by no run with fewer rows', () => {
    expect(['watched.ratio', 'drain.full.ratio'].map((figure) => onFullTable(figure, 10_000_000))).toEqual([
      'watched.ratio',
      'drain.full.ratio',
    ]);
    const measured = section('watched', { figures: { [onFullTable('watched.ratio', 1_000_000)]: 1.1 } });
    const target = TARGETS.find(({ figure }) => figure === 'watched.ratio');
    const row = targetTable([measured]).rows.find(([what]) => what === target?.what);
    expect(row?.slice(3, 5)).toEqual(['-', 'not measured']);
  });
});
