import { readFileSync, writeFileSync } from 'node:fs';

/**
 * Spectral resolves the union of all problems anew for each of a thousand answers, which takes it many minutes. It is given two documents that
 * are the whole together: everything with the union as an open object, and the union itself in the answers of one path.
 * Usage: node split-document.mjs openapi.json everything.json problems.json
 */
const [from, everything, problems] = process.argv.slice(2);
const read = () => JSON.parse(readFileSync(from, 'utf8'));

const whole = read();
const { oneOf, discriminator, ...open } = whole.components.schemas.Problem;
if (!oneOf || !discriminator) throw new Error('Problem is no union of problems');
whole.components.schemas.Problem = { type: 'object', ...open };
whole['x-problems'] = oneOf; // each is used once
writeFileSync(everything, JSON.stringify(whole));

const union = read();
const [path] = Object.entries(union.paths).find(
  ([, { get }]) => get && !get.requestBody && !get.security?.length,
);
delete union.webhooks; // are in the other
union.paths = { [path]: { get: union.paths[path].get } };
const used = new Set();
const visit = (node) => {
  if (node === null || typeof node !== 'object') return;
  if (typeof node.$ref === 'string' && !used.has(node.$ref)) {
    used.add(node.$ref);
    visit(
      node.$ref
        .split('/')
        .slice(1)
        .reduce((at, name) => at[name], union),
    );
  }
  Object.values(node).forEach(visit);
};
visit(union.paths);
for (const [kind, all] of Object.entries(union.components))
  if (kind !== 'securitySchemes')
    for (const name of Object.keys(all)) if (!used.has(`#/components/${kind}/${name}`)) delete all[name];
union.tags = union.tags.filter(({ name }) => union.paths[path].get.tags.includes(name));
writeFileSync(problems, JSON.stringify(union));
