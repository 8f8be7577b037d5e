/** Which folder may import which; ARCHITECTURE.md says why. Feature modules are entered through their index.ts. */
const modules = [
  'auth',
  'merchant',
  'voucher',
  'claim',
  'challenge',
  'audit',
  'audit-log',
  'reporting',
  'rehearsal',
  'cache',
  'rate-limit',
  'redemption',
  'webhook',
  'mail',
  'notice',
  'admin',
  'pages',
];
const claimSide = ['auth', 'merchant', 'voucher', 'claim', 'rate-limit', 'cache', 'mail'];
const allowed = {
  mail: [],
  auth: ['rate-limit', 'mail'],
  merchant: ['auth', 'rate-limit', 'cache', 'mail'],
  voucher: ['auth', 'merchant', 'rate-limit', 'cache', 'mail'],
  claim: ['auth', 'merchant', 'voucher', 'rate-limit', 'cache', 'mail'],
  challenge: claimSide,
  audit: claimSide,
  'audit-log': ['auth', 'rate-limit'],
  reporting: [...claimSide, 'audit'],
  rehearsal: [...claimSide, 'audit'],
  cache: [],
  'rate-limit': ['cache'],
  redemption: claimSide,
  webhook: claimSide,
  notice: claimSide,
  pages: [...claimSide, 'challenge'],
  admin: [...claimSide, 'challenge', 'audit', 'reporting'],
};
/** What features stand on, the lowest first: each knows only those before it. */
const layers = [
  'common',
  'config',
  'database',
  'redis',
  'kafka',
  'broadcast',
  'observability',
  'http',
  'jobs',
  'instances',
];
/** The steps of a claim, each knows only those before it. */
const steps = [
  'domain',
  'outcomes',
  'gate',
  'ledger',
  'log',
  'outbox',
  'moves',
  'expiry',
  'issue',
  'epoch',
  'admission',
  'read',
  'accept',
  'http',
  'recovery',
  'returns',
  'holds',
  'waiting',
];
const any = (names) => `(${names.join('|')})`;
const later = (list) => list.slice(0, -1).map((name, index) => ({ name, after: list.slice(index + 1) }));

module.exports = {
  forbidden: [
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'no-orphans',
      severity: 'error',
      from: { orphan: true, pathNot: 'main\\.ts$|^src/cli/' },
      to: {},
    },
    ...later(layers).map(({ name, after }) => ({
      name: `layer-${name}`,
      comment: 'no cycle between the folders that features stand on',
      severity: 'error',
      from: { path: `^src/${name}/` },
      to: { path: `^src/${any(after)}/` },
    })),
    {
      name: 'layers-know-no-feature',
      severity: 'error',
      from: { path: `^src/${any(layers)}/` },
      to: { path: `^src/${any(['cli', 'schedule', 'wiring', ...modules])}/` },
    },
    ...later(steps).map(({ name, after }) => ({
      name: `claim-${name}`,
      comment: 'no cycle between the folders of claim/',
      severity: 'error',
      from: { path: `^src/claim/${name}/` },
      to: { path: `^src/claim/${any(after)}/` },
    })),
    {
      name: 'auth-credentials-know-no-route',
      comment:
        'who is let in is decided below the routes: what checks a credential knows nothing of those that manage it',
      severity: 'error',
      from: { path: '^src/auth/(ports|adapters|api-keys)/' },
      to: { path: '^src/auth/([^/]+\\.ts$|api-key-management/|recovery/|deletion/|staff/)' },
    },
    {
      name: 'auth-access-knows-no-feature',
      comment: 'no cycle between the folders of auth/; index.ts and the module put them together',
      severity: 'error',
      from: { path: '^src/auth/[^/]+\\.ts$', pathNot: '^src/auth/(index|auth\\.module)\\.ts$' },
      to: { path: '^src/auth/(api-key-management|recovery|deletion|staff)/' },
    },
    {
      name: 'domain-is-pure',
      comment: 'outcomes and rules stay without Nest, HTTP or driver',
      severity: 'error',
      from: { path: '^src/[^/]+/domain/' },
      to: { path: 'node_modules/(@nestjs|fastify|typeorm|ioredis|kafkajs|mysql2)|/adapters/' },
    },
    {
      name: 'no-harness-in-the-program',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^test/' },
    },
    {
      name: 'migrations-stand-alone',
      comment: 'a migration means the same for ever, whatever becomes of the program',
      severity: 'error',
      from: { path: '^migrations/' },
      to: { path: '^src/' },
    },
    ...modules.map((name) => ({
      name: `${name}-imports`,
      severity: 'error',
      from: { path: `^src/${name}/` },
      to: { path: `^src/${any(modules.filter((m) => m !== name && !allowed[name].includes(m)))}/` },
    })),
    ...modules.map((name) => ({
      name: `${name}-public-surface`,
      comment: 'other modules import index.ts only; the composition root may also name adapters',
      severity: 'error',
      from: {
        path: '^src/',
        pathNot: [`^src/${name}/`, '^src/app\\.module\\.ts$', '^src/wiring/', '^src/cli/'],
      },
      to: { path: `^src/${name}/`, pathNot: `^src/${name}/index\\.ts$` },
    })),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default'],
    },
  },
};
