import { readFileSync } from 'node:fs';

/** The cells of each row of a Markdown table below its head, without the padding. */
export const tableRows = (path: string): string[][] =>
  readFileSync(path, 'utf8')
    .split('\n')
    .filter(
      (line, n, lines) =>
        line.startsWith('|') && lines[n - 1]?.startsWith('|') && !/^\|[\s:|-]+\|$/.test(line),
    )
    .map((line) =>
      line
        .slice(1, -1)
        .split('|')
        .map((cell) => cell.trim()),
    );
