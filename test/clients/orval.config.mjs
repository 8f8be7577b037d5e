const input = '../openapi.json';

/** For orval, by run.sh. Its `runtimeValidation` is left alone: docs/reference/clients.md says why. */
export default {
  client: {
    input,
    output: {
      mode: 'tags-split',
      target: 'client/api.ts',
      schemas: 'client/model',
      client: 'fetch',
      baseUrl: { runtime: "process.env['API_URL']" },
    },
  },
  schemas: { input, output: { target: 'zod/api.ts', client: 'zod' } },
};
