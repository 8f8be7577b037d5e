/** Which module may import which; ARCHITECTURE.md says why. Modules are entered through their index.ts. */
const modules = ['auth', 'voucher', 'claim', 'cache', 'rate-limit', 'redemption', 'admin', 'web'];
const allowed = {
  auth: ['rate-limit'],
  voucher: ['auth', 'rate-limit', 'cache'],
  claim: ['auth', 'voucher', 'rate-limit', 'cache'],
  cache: [],
  'rate-limit': ['cache'],
  redemption: ['auth', 'voucher', 'claim', 'rate-limit'],
  web: ['auth', 'voucher', 'claim', 'rate-limit', 'cache'],
  admin: ['auth', 'voucher', 'claim', 'rate-limit', 'cache'],
};

module.exports = {
  forbidden: [
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    { name: 'no-orphans', severity: 'error', from: { orphan: true, pathNot: 'main\\.ts$|tools/' }, to: {} },
    {
      name: 'shared-is-closed',
      comment: 'shared and config know nobody; platform knows only them',
      severity: 'error',
      from: { path: '^src/(shared|config)/' },
      to: { path: `^src/(platform|tools|${modules.join('|')})/` },
    },
    {
      name: 'platform-knows-no-feature',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: `^src/(tools|${modules.join('|')})/` },
    },
    {
      name: 'domain-is-pure',
      comment: 'outcomes and rules stay without Nest, HTTP or driver',
      severity: 'error',
      from: { path: '^src/[^/]+/domain/' },
      to: { path: 'node_modules/(@nestjs|fastify|typeorm|ioredis|kafkajs|mysql2)|/adapters/' },
    },
    ...modules.map((name) => ({
      name: `${name}-imports`,
      severity: 'error',
      from: { path: `^src/${name}/` },
      to: { path: `^src/(${modules.filter((m) => m !== name && !allowed[name].includes(m)).join('|')})/` },
    })),
    ...modules.map((name) => ({
      name: `${name}-public-surface`,
      comment: 'other modules import index.ts only; the composition root may also name adapters',
      severity: 'error',
      from: { path: '^src/', pathNot: [`^src/${name}/`, '^src/app\\.module\\.ts$', '^src/tools/'] },
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
