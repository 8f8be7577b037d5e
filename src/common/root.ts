import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder that holds package.json and lua/, whether this runs from src/ or dist/src/. */
export const ROOT = findRoot(dirname(fileURLToPath(import.meta.url)));

function findRoot(folder: string): string {
  if (existsSync(join(folder, 'package.json')) && existsSync(join(folder, 'lua'))) return folder;
  const parent = dirname(folder);
  if (parent === folder)
    throw new Error('the installation is incomplete: package.json and lua/ are not there');
  return findRoot(parent);
}
