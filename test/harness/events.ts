import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { ROOT } from '../../src/common/root.js';
import { asyncApiDocument } from './asyncapi.js';
import { eventsPage } from './event-pages.js';
import { formatted } from './formatted.js';

/**
 * `npm run events`: writes what is published of events from their schemas; `-- --check` only says whether that is current, by its
 * exit status.
 */
const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string };
const FILES = {
  'docs/reference/events.md': eventsPage(),
  'docs/reference/asyncapi.yaml': `# Written by \`npm run events\` from the schemas in src. Do not edit.\n${stringify(
    asyncApiDocument(version),
    { aliasDuplicateObjects: false, version: '1.1' },
  )}`,
};

for (const [name, text] of Object.entries(FILES)) {
  const path = join(ROOT, name);
  const now = await formatted(path, text);
  if (!process.argv.includes('--check')) {
    writeFileSync(path, now);
  } else if (readFileSync(path, 'utf8') !== now) {
    console.error(`${name} is not what events are now: run npm run events`);
    process.exitCode = 1;
  }
}
