// Removes from dist/ what has no source any more, so that a renamed or deleted file does not live on there. What is up to date
// stays, and with it the speed of an incremental build.
import { existsSync, readdirSync, rmdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const BUILT = /\.js(\.map)?$/;

function clean(folder) {
  const at = join(root, 'dist', folder);
  for (const entry of readdirSync(at, { withFileTypes: true })) {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) clean(path);
    else if (BUILT.test(path) && !existsSync(join(root, path.replace(BUILT, '.ts'))))
      rmSync(join(root, 'dist', path));
  }
  if (readdirSync(at).length === 0) rmdirSync(at);
}

for (const folder of ['src', 'migrations', 'test']) if (existsSync(join(root, 'dist', folder))) clean(folder);
