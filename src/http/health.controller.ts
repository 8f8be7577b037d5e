import { Controller, Get, Res } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { Answers } from './openapi/openapi.js';
import { Health, type HealthReport } from '../observability/health.js';

const part = z
  .object({ ready: z.boolean(), required: z.boolean(), detail: z.string().optional() })
  .meta({ id: 'ReadinessPart' });
const readySchema = z.object({ ready: z.boolean(), parts: z.record(z.string(), part) }).meta({
  id: 'Readiness',
  examples: [{ ready: true, parts: { database: { ready: true, required: true } } }],
});
const liveSchema = z
  .object({ status: z.literal('ok') })
  .meta({ id: 'Liveness', examples: [{ status: 'ok' }] });

@ApiTags('Operations')
@Controller()
export class HealthController {
  constructor(private readonly health: Health) {}

  @Get('healthz')
  @ApiOperation({
    operationId: 'getLiveness',
    summary: 'Liveness',
    description: 'Touches no store: for a supervisor that restarts processes that have stopped.',
  })
  @Answers(200, 'The process answers', liveSchema)
  live(): { status: 'ok' } {
    return { status: 'ok' };
  }

  @Get('readyz')
  @ApiOperation({
    operationId: 'getReadiness',
    summary: 'Readiness, part by part',
    description: 'For a load balancer: `503` takes this instance out until its parts are ready again.',
  })
  @Answers(200, 'All parts are ready', readySchema)
  @Answers(503, 'Some part is not ready', readySchema)
  async ready(@Res({ passthrough: true }) reply: FastifyReply): Promise<HealthReport> {
    const report = await this.health.report();
    if (!report.ready) void reply.code(503).header('retry-after', '1');
    return report;
  }
}
