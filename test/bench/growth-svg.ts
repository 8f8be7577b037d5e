import type { Series } from './report.js';
import { COLORS, escape, round, text } from './svg.js';

const WIDTH = 900;
const [LEFT, RIGHT, TOP, HEIGHT] = [80, 260, 60, 360];

const named = (value: number): string =>
  value >= 1_000_000 ? `${value / 1_000_000} M` : value >= 1_000 ? `${value / 1_000} k` : String(value);

/** CPU seconds over the number of claims of one voucher, both logarithmic: what is level does not grow, and what rises by one step for one step is linear. */
export function growthPicture(lines: readonly Series[]): string {
  const points = lines.flatMap((line) => line.points).filter(([, y]) => y > 0);
  const log = (pick: (point: readonly [number, number]) => number): [number, number] => {
    const values = points.map((point) => Math.log10(pick(point)));
    return [Math.floor(Math.min(...values)), Math.ceil(Math.max(...values))];
  };
  const [[leastX, mostX], [leastY, mostY]] = [log(([x]) => x), log(([, y]) => y)];
  const width = WIDTH - LEFT - RIGHT;
  const x = (value: number): number =>
    LEFT + ((Math.log10(value) - leastX) / Math.max(1, mostX - leastX)) * width;
  const y = (value: number): number =>
    TOP + HEIGHT - ((Math.log10(value) - leastY) / Math.max(1, mostY - leastY)) * HEIGHT;
  const powers = (from: number, to: number): number[] =>
    Array.from({ length: to - from + 1 }, (_none, step) => 10 ** (from + step));
  const title = 'CPU seconds of application and servers, by claims on the voucher';
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${TOP + HEIGHT + 50}" width="${WIDTH}" height="${TOP + HEIGHT + 50}" role="img" aria-label="${escape(title)}" font-family="system-ui, sans-serif" font-size="13">`,
    `<rect width="${WIDTH}" height="${TOP + HEIGHT + 50}" fill="#ffffff"/>`,
    text(16, 26, title, ' font-size="15" font-weight="600"'),
    ...powers(leastY, mostY).flatMap((value) => [
      `<line x1="${LEFT}" x2="${LEFT + width}" y1="${round(y(value))}" y2="${round(y(value))}" stroke="#dddddd"/>`,
      text(
        LEFT - 8,
        y(value) + 4,
        `${value >= 1 ? value : value.toFixed(-Math.log10(value))} s`,
        ' text-anchor="end"',
      ),
    ]),
    ...powers(leastX, mostX).map((value) =>
      text(x(value), TOP + HEIGHT + 22, named(value), ' text-anchor="middle"'),
    ),
    ...lines.flatMap(({ name, points: own }, index) => {
      const color = COLORS[index % COLORS.length];
      const shown = own.filter(([, cost]) => cost > 0);
      const path = shown.map(([px, py]) => `${round(x(px))},${round(y(py))}`).join(' ');
      const row = TOP + 12 + index * 24;
      return [
        `<polyline points="${path}" fill="none" stroke="${color}" stroke-width="2"/>`,
        ...shown.map(
          ([px, py]) => `<circle cx="${round(x(px))}" cy="${round(y(py))}" r="3" fill="${color}"/>`,
        ),
        `<rect x="${LEFT + width + 24}" y="${row}" width="12" height="12" fill="${color}"/>`,
        text(LEFT + width + 42, row + 11, name),
      ];
    }),
    '</svg>',
    '',
  ].join('\n');
}
