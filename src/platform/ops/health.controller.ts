import { Controller, Get, Res } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { Answers } from '../http/openapi.js';
import { Health, type HealthReport } from './health.js';

const part = z.object({ ready: z.boolean(), required: z.boolean(), detail: z.string().optional() });
const readySchema = z.object({ ready: z.boolean(), parts: z.record(z.string(), part) });

@ApiTags('Operations')
@Controller()
export class HealthController {
  constructor(private readonly health: Health) {}

  @Get('healthz')
  @ApiOperation({ summary: 'Whether the process lives' })
  @Answers(200, 'It does', z.object({ status: z.literal('ok') }))
  live(): { status: 'ok' } {
    return { status: 'ok' };
  }

  @Get('readyz')
  @ApiOperation({ summary: 'Whether every part is ready, and which is not' })
  @Answers(200, 'All parts are ready', readySchema)
  @Answers(503, 'Some part is not ready', readySchema)
  async ready(@Res({ passthrough: true }) reply: FastifyReply): Promise<HealthReport> {
    const report = await this.health.report();
    if (!report.ready) void reply.code(503).header('retry-after', '1');
    return report;
  }
}
