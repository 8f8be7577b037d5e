/** For @hey-api/openapi-ts, by run.sh. The client holds what it sends and what it gets against zod schemas. */
export default {
  input: '../openapi.json',
  output: 'client',
  plugins: ['@hey-api/typescript', '@hey-api/client-fetch', 'zod', { name: '@hey-api/sdk', validator: true }],
};
