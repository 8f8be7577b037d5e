// Whether a part of dist/ is what its sources give: by the content of the sources, and by size and time of what was built.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

/** All files at or below a path, in a fixed order; none where there is nothing. */
function filesOf(path) {
  if (!existsSync(resolve(root, path))) return [];
  if (!statSync(resolve(root, path)).isDirectory()) return [path];
  const names = readdirSync(resolve(root, path)).sort();
  return names.filter((name) => name !== 'node_modules').flatMap((name) => filesOf(`${path}/${name}`));
}

function stateOf({ sources, built }) {
  const hash = createHash('sha256').update(process.version);
  for (const path of sources.flatMap(filesOf))
    hash.update(`\n${path}\n`).update(readFileSync(resolve(root, path)));
  for (const path of built.flatMap(filesOf)) {
    const { size, mtimeMs } = statSync(resolve(root, path));
    hash.update(`\n${path} ${size} ${mtimeMs}`);
  }
  return hash.digest('hex');
}

const markOf = ({ name }) => resolve(root, 'dist', `.state-${name}`);

/** @param part `name`, and the paths of its `sources` and of what is `built` of them, below the root of the repository */
export const isUpToDate = (part) =>
  existsSync(markOf(part)) && readFileSync(markOf(part), 'utf8') === stateOf(part);

/** Called before a build: one that fails, or is stopped, leaves no state behind. */
export const forgetState = (part) => rmSync(markOf(part), { force: true });

export function keepState(part) {
  mkdirSync(resolve(root, 'dist'), { recursive: true });
  writeFileSync(markOf(part), stateOf(part));
}
