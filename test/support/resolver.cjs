/**
 * TypeScript's ESM sources import `./x.js` and mean `./x.ts`. Only our own sources are rewritten: a
 * package that ships both stays as it is.
 */
const path = require('node:path');
const root = path.resolve(__dirname, '..', '..');

module.exports = (request, options) => {
  const own =
    options.basedir.startsWith(root) && !options.basedir.includes(`${path.sep}node_modules${path.sep}`);
  if (own && request.startsWith('.') && request.endsWith('.js')) {
    return options.defaultResolver(request.slice(0, -3) + '.ts', options);
  }
  return options.defaultResolver(request, options);
};
