import fastify from 'fastify';

/** F0: bare Fastify. What this machine's HTTP costs, and nothing else. */
const app = fastify({ logger: false });
const answer = { type: 'about:blank', title: 'All units are taken', status: 409, code: 'sold_out' };
app.post('/v1/vouchers/:id/claims', (_request, reply) => void reply.code(409).send(answer));
app.get('/v1/vouchers/:id', () => answer);
await app.listen({ host: '127.0.0.1', port: Number(process.env['PORT']) });
