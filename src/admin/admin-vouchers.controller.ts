import { Body, Controller, Get, HttpCode, Param, Post } from '@nestjs/common';
import { ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import { ForAdmin } from '../auth/index.js';
import { Answers, Refuses } from '../http/openapi/openapi.js';
import { RateLimited } from '../rate-limit/index.js';
import { TakeDowns } from '../voucher/index.js';
import { adminReasonRequest, type AdminReasonRequest } from './accounts.dto.js';
import { adminVoucherAnswer, adminVoucherBody, type AdminVoucherAnswer } from './admin-vouchers.dto.js';

const ID = { name: 'id', example: 'vch_01k9z3v8f0abcdef' };

@ApiTags('Administration')
@Controller('admin/vouchers')
export class AdminVouchersController {
  constructor(private readonly takeDowns: TakeDowns) {}

  @Get(':id')
  @RateLimited('status', 'user')
  @ForAdmin()
  @ApiOperation({
    operationId: 'getAdminVoucher',
    summary: 'Get a drop',
    description: 'Of any merchant, once it was published; with who took it down, and why.',
  })
  @ApiParam(ID)
  @Answers(200, 'The drop', adminVoucherAnswer)
  @Refuses('not_found', 'overloaded', 'dependency_unavailable')
  async find(@Param('id') id: string): Promise<AdminVoucherAnswer> {
    return adminVoucherBody(await this.takeDowns.find(id));
  }

  @Post(':id/take-down')
  @HttpCode(200)
  @RateLimited('write', 'user')
  @ForAdmin()
  @ApiOperation({
    operationId: 'takeDownVoucher',
    summary: 'Take a drop down',
    description:
      'Nobody sees it but its merchant, nobody claims or redeems it, and its merchant cannot resume it. Holders keep their claims. ' +
      'Doing it again changes nothing.',
  })
  @ApiParam(ID)
  @Answers(200, 'The drop afterwards', adminVoucherAnswer)
  @Refuses('malformed_json', 'validation_failed', 'not_found')
  @Refuses('gate_recovering', 'overloaded', 'dependency_unavailable')
  async takeDown(
    @Param('id') id: string,
    @Body({ schema: adminReasonRequest }) { reason }: AdminReasonRequest,
  ): Promise<AdminVoucherAnswer> {
    return adminVoucherBody(await this.takeDowns.takeDown(id, reason));
  }

  @Post(':id/lift')
  @HttpCode(200)
  @RateLimited('write', 'user')
  @ForAdmin()
  @ApiOperation({
    operationId: 'liftTakeDown',
    summary: 'Lift a take-down',
    description:
      'It is shown again, and runs again if it did before and its window is not over. Where it was not taken down, nothing changes.',
  })
  @ApiParam(ID)
  @Answers(200, 'The drop afterwards', adminVoucherAnswer)
  @Refuses('invalid_transition')
  @Refuses('malformed_json', 'validation_failed', 'not_found')
  @Refuses('gate_recovering', 'overloaded', 'dependency_unavailable')
  async lift(
    @Param('id') id: string,
    @Body({ schema: adminReasonRequest }) { reason }: AdminReasonRequest,
  ): Promise<AdminVoucherAnswer> {
    return adminVoucherBody(await this.takeDowns.lift(id, reason));
  }
}
