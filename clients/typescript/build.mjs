// Writes dist/esm and dist/cjs; run by `npm pack` and `npm publish`.
import { spawnSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const here = fileURLToPath(new URL('.', import.meta.url));
const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');
const compile = (...options) => {
  const { status } = spawnSync(process.execPath, [tsc, '-p', here, ...options], { stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
};

rmSync(`${here}dist`, { recursive: true, force: true });
compile();
compile('--module', 'commonjs', '--outDir', `${here}dist/cjs`);
// Files of this folder are CommonJS, whatever the package is.
writeFileSync(`${here}dist/cjs/package.json`, '{ "type": "commonjs" }\n');
