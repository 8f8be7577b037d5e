import { digits } from './report.js';

/** A bar beside others: a ratio, with the bounds that it is held against. */
interface Bar {
  readonly name: string;
  readonly value: number;
  readonly atLeast?: number | undefined;
  readonly aim?: number | undefined;
}

interface Line {
  readonly name: string;
  readonly points: readonly (readonly [x: number, y: number])[];
}

export interface Picture {
  readonly title: string;
  readonly bars: readonly Bar[];
  readonly lines: readonly Line[];
}

const WIDTH = 900;
const LEFT = 330;
const RIGHT = 30;
const ROW = 26;
const CHART = 260;
export const COLORS = ['#1f6f8b', '#c8553d', '#588157', '#6d597a', '#b08968', '#3d405b', '#9a8c98'];

export const escape = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

export const text = (x: number, y: number, content: string, extra = ''): string =>
  `<text x="${round(x)}" y="${round(y)}"${extra}>${escape(content)}</text>`;

export const round = (value: number): number => Math.round(value * 10) / 10;

/** Ratios as bars, and lines over offered load with a logarithmic height, milliseconds. Plain SVG, readable on white and dark pages. */
export function svg({ title, bars, lines }: Picture): string {
  const barsHeight = 60 + bars.length * ROW;
  const height = barsHeight + (lines.length > 0 ? CHART + 110 : 0);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-label="${escape(title)}" font-family="system-ui, sans-serif" font-size="13">`,
    `<rect width="${WIDTH}" height="${height}" fill="#ffffff"/>`,
    text(16, 26, title, ' font-size="15" font-weight="600"'),
    ...barChart(bars),
    ...(lines.length > 0 ? lineChart(lines, barsHeight + 40) : []),
    '</svg>',
    '',
  ].join('\n');
}

function barChart(bars: readonly Bar[]): string[] {
  const most = Math.max(1, ...bars.flatMap(({ value, aim = 0 }) => [value, aim])) * 1.08;
  const scale = (value: number): number => LEFT + (value / most) * (WIDTH - LEFT - RIGHT);
  return bars.flatMap(({ name, value, atLeast, aim }, index) => {
    const y = 46 + index * ROW;
    const missed = atLeast !== undefined && value < atLeast;
    const mark = (at: number, dashes: string): string =>
      `<line x1="${round(scale(at))}" x2="${round(scale(at))}" y1="${y - 2}" y2="${y + 18}" stroke="#222222" stroke-width="1.5"${dashes}/>`;
    return [
      text(LEFT - 10, y + 13, name, ' text-anchor="end"'),
      `<rect x="${LEFT}" y="${y}" width="${round(Math.max(0, scale(value) - LEFT))}" height="16" fill="${missed ? '#c8553d' : '#1f6f8b'}"/>`,
      text(scale(value) + 6, y + 13, digits(value)),
      ...(atLeast === undefined ? [] : [mark(atLeast, '')]),
      ...(aim === undefined ? [] : [mark(aim, ' stroke-dasharray="3 2"')]),
    ];
  });
}

function lineChart(lines: readonly Line[], top: number): string[] {
  const points = lines.flatMap((line) => line.points);
  const mostX = Math.max(...points.map(([x]) => x));
  const lowest = Math.floor(Math.log10(Math.max(0.1, Math.min(...points.map(([, y]) => y)))));
  const highest = Math.max(lowest + 1, Math.ceil(Math.log10(Math.max(0.1, ...points.map(([, y]) => y)))));
  const left = 70;
  const x = (value: number): number => left + (value / mostX) * (WIDTH - left - RIGHT);
  const y = (value: number): number =>
    top + CHART - ((Math.log10(Math.max(0.1, value)) - lowest) / (highest - lowest)) * CHART;
  const grid = Array.from({ length: highest - lowest + 1 }, (_, step) => 10 ** (lowest + step));
  const shares = [...new Set(points.map(([share]) => share))].sort((a, b) => a - b);
  return [
    text(16, top - 18, 'Latency of accepted claims against offered load (open loop)', ' font-weight="600"'),
    ...grid.flatMap((value) => [
      `<line x1="${left}" x2="${WIDTH - RIGHT}" y1="${round(y(value))}" y2="${round(y(value))}" stroke="#dddddd"/>`,
      text(
        left - 8,
        y(value) + 4,
        value < 1_000 ? `${value} ms` : `${value / 1_000} s`,
        ' text-anchor="end"',
      ),
    ]),
    ...shares.map((share) =>
      text(x(share), top + CHART + 20, `${Math.round(share * 100)}%`, ' text-anchor="middle"'),
    ),
    text(WIDTH - RIGHT, top + CHART + 40, 'of the measured peak', ' text-anchor="end"'),
    ...lines.flatMap(({ name, points: own }, index) => {
      const color = COLORS[index % COLORS.length];
      const path = own.map(([px, py]) => `${round(x(px))},${round(y(py))}`).join(' ');
      return [
        `<polyline points="${path}" fill="none" stroke="${color}" stroke-width="2"/>`,
        ...own.map(([px, py]) => `<circle cx="${round(x(px))}" cy="${round(y(py))}" r="3" fill="${color}"/>`),
        `<rect x="${left + index * 90}" y="${top + CHART + 30}" width="12" height="12" fill="${color}"/>`,
        text(left + 18 + index * 90, top + CHART + 41, name),
      ];
    }),
  ];
}
