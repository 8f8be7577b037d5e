import { writeFileSync } from 'node:fs';
import { readApiDocuments } from './api-document.js';

/**
 * `npm run openapi -- FILE [FILE31]`: writes the OpenAPI document for tools that read a file, in 3.0 and where it is named in 3.1; without
 * FILE the first to standard output.
 */
const documents = await readApiDocuments();
const [file, file31] = process.argv.slice(2);
const write = (to: string | number, document: unknown): void =>
  writeFileSync(to, `${JSON.stringify(document, null, 2)}\n`);
write(file ?? process.stdout.fd, documents['3.0']);
if (file31 !== undefined) write(file31, documents['3.1']);
