import { existsSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

/** Whether the folder of embedded mode is one, or can be made: everything above it that exists has to be a folder. */
export function dataFolderProblems(path: string): string[] {
  const folder = resolve(path);
  let existing = folder;
  while (!existsSync(existing) && dirname(existing) !== existing) existing = dirname(existing);
  if (!existsSync(existing) || statSync(existing).isDirectory()) return [];
  return [
    existing === folder ? 'DATA_DIR: is not a folder' : 'DATA_DIR: is inside something that is not a folder',
  ];
}
