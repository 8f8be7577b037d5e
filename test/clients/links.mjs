import { readFileSync } from 'node:fs';

/**
 * The links of the document for `schemathesis.sh links`: a line for each operation that makes something, after the one whose result it needs, and
 * at most `AT_MOST` of those that take what it made. With all 133 at once, schemathesis comes to few of them.
 * Usage: node links.mjs openapi.json OPERATION_LEFT_OUT...
 */
const AT_MOST = 6;
const [document, ...leftOut] = process.argv.slice(2);
const { paths } = JSON.parse(readFileSync(document, 'utf8'));

const links = new Map();
for (const { operationId, responses } of Object.values(paths).flatMap(Object.values)) {
  const all = Object.values(responses ?? {}).flatMap((response) => Object.values(response.links ?? {}));
  const targets = [...new Set(all.map((link) => link.operationId))].filter((id) => !leftOut.includes(id));
  if (targets.length > 0) links.set(operationId, targets);
}
for (const [source, targets] of links) {
  const makers = [...links].filter(([maker, made]) => maker !== source && made.includes(source));
  const needs = makers.slice(0, 1).map(([maker]) => maker);
  for (let from = 0; from < targets.length; from += AT_MOST)
    console.log([...new Set([...needs, source, ...targets.slice(from, from + AT_MOST)])].join(' '));
}
