// asyncapi.mjs FOLDER FILE: reads FILE with the parser that is installed in FOLDER; exits with 1 where it finds anything.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';

const [folder = '', file = ''] = process.argv.slice(2);
const { Parser } = createRequire(resolve(join(folder, 'package.json')))('@asyncapi/parser');
const { document, diagnostics } = await new Parser().parse(readFileSync(file, 'utf8'));
for (const { code, message, path } of diagnostics) console.error(`${code} at ${path.join('.')}: ${message}`);
const messages = document?.allMessages().all().length ?? 0;
console.log(`${file}: ${messages} messages, ${diagnostics.length} findings`);
process.exitCode = messages > 0 && diagnostics.length === 0 ? 0 : 1;
