import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ROOT } from '../../src/common/root.js';

const run = promisify(execFile);

/** Packs clients/typescript and installs the tarball in a folder that is empty, as `npm install` does. @returns what it has */
export async function installClient(folder: string): Promise<readonly string[]> {
  const { stdout } = await run('npm', ['pack', '--json', '--pack-destination', folder], {
    cwd: join(ROOT, 'clients/typescript'),
  });
  const [{ filename, files }] = JSON.parse(stdout) as [
    { readonly filename: string; readonly files: readonly { readonly path: string }[] },
  ];
  await writeFile(join(folder, 'package.json'), '{ "private": true }');
  await run('npm', ['install', join(folder, filename), '--offline', '--no-audit', '--no-fund'], {
    cwd: folder,
  });
  return files.map(({ path }) => path);
}
