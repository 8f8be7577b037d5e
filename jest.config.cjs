/**
 * Only what hangs reaches it: no test has a limit of its own below it, as none is about the speed of the machine. The other limits
 * stand in test/support/patience.ts; that of a wait is shorter, so that it is the wait that fails and says where.
 */
const TEST_TIMEOUT_MS = 600_000;

/** Tiers, one runner. What each tier may touch stands in ARCHITECTURE.md, "Tests". */
const common = {
  testEnvironment: 'node',
  transform: {
    '^.+\\.(ts|js|mjs|cjs)$': [
      '@swc/jest',
      {
        jsc: {
          target: 'es2023',
          parser: { syntax: 'typescript', decorators: true },
          transform: { legacyDecorator: true, decoratorMetadata: true },
        },
        module: { type: 'commonjs' },
      },
    ],
  },
  // Nest 12 and friends are ESM only; Jest runs CommonJS, so packages are transformed as well.
  transformIgnorePatterns: [],
  resolver: '<rootDir>/test/support/resolver.cjs',
  moduleFileExtensions: ['ts', 'js', 'mjs', 'cjs', 'json', 'node'],
  rootDir: __dirname,
  testTimeout: TEST_TIMEOUT_MS,
};

const project = (displayName, extra = {}) => ({
  ...common,
  displayName,
  testMatch: [`<rootDir>/test/${displayName}/**/*.spec.ts`],
  ...extra,
});

module.exports = {
  testSequencer: '<rootDir>/test/support/sequencer.cjs',
  testTimeout: TEST_TIMEOUT_MS,
  projects: [
    project('unit'),
    project('contract'),
    project('e2e'),
    project('simulation', { setupFiles: ['<rootDir>/test/simulation/support/small-caches.ts'] }),
    project('stack'),
    project('matrix'),
    project('browser', {
      // Bundles that run in Node as they are, and that the transform would only make slower.
      transformIgnorePatterns: ['/node_modules/(playwright-core|axe-core)/'],
    }),
  ],
};
