/**
 * TypeScript's ESM sources import `./x.js` and mean `./x.ts`. Only our own sources are rewritten: a
 * package that ships both stays as it is.
 */
const fs = require('node:fs');
const path = require('node:path');
const root = path.resolve(__dirname, '..', '..');

module.exports = (request, options) => {
  const own =
    options.basedir.startsWith(root) && !options.basedir.includes(`${path.sep}node_modules${path.sep}`);
  const isScript = fs.existsSync(path.resolve(options.basedir, request)); // test/load is JavaScript
  if (own && request.startsWith('.') && request.endsWith('.js') && !isScript) {
    return options.defaultResolver(request.slice(0, -3) + '.ts', options);
  }
  return options.defaultResolver(request, options);
};
