import { writeFileSync } from 'node:fs';
import { readApiDocument } from './api-document.js';

/** `npm run openapi -- FILE`: writes the OpenAPI document for tools that read a file; without FILE to standard output. */
const text = `${JSON.stringify(await readApiDocument(), null, 2)}\n`;
const file = process.argv[2];
if (file === undefined) process.stdout.write(text);
else writeFileSync(file, text);
