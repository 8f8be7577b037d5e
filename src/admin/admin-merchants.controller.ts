import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import { ForAdmin } from '../auth/index.js';
import { Answers, Refuses } from '../http/openapi/openapi.js';
import { listBody, type ListBody } from '../http/validation/validation.js';
import { RateLimited } from '../rate-limit/index.js';
import {
  accountsQuery,
  adminMerchantAnswer,
  adminMerchantBody,
  adminMerchantList,
  adminReasonRequest,
  type AccountsQuery,
  type AdminMerchantAnswer,
  type AdminReasonRequest,
} from './accounts.dto.js';
import { AdminAccounts, FOUND_MAX } from './accounts.service.js';

const ID = { name: 'id', example: 'mer_01k9z3v8f0abcdef' };

@ApiTags('Administration')
@Controller('admin/merchants')
export class AdminMerchantsController {
  constructor(private readonly accounts: AdminAccounts) {}

  @Get()
  @RateLimited('status', 'user')
  @ForAdmin()
  @ApiOperation({
    operationId: 'searchMerchants',
    summary: 'Find merchants',
    description:
      'By id, how the name begins, or one of its people as `searchUsers` finds them. At most 50, the newest first. With `has_more`, narrow the search.',
  })
  @Answers(200, 'The accounts that match', adminMerchantList)
  @Refuses('validation_failed', 'overloaded', 'dependency_unavailable')
  async search(
    @Query({ schema: accountsQuery }) { q }: AccountsQuery,
  ): Promise<ListBody<AdminMerchantAnswer>> {
    const found = await this.accounts.merchants(q);
    return listBody('/v1/admin/merchants', FOUND_MAX, found.map(adminMerchantBody));
  }

  @Get(':id')
  @RateLimited('status', 'user')
  @ForAdmin()
  @ApiOperation({
    operationId: 'getAdminMerchant',
    summary: 'Get a merchant',
    description: 'With who disabled it, and why.',
  })
  @ApiParam(ID)
  @Answers(200, 'The merchant', adminMerchantAnswer)
  @Refuses('not_found', 'overloaded', 'dependency_unavailable')
  async find(@Param('id') id: string): Promise<AdminMerchantAnswer> {
    return adminMerchantBody(await this.accounts.merchant(id));
  }

  @Post(':id/disable')
  @HttpCode(200)
  @RateLimited('write', 'user')
  @ForAdmin()
  @ApiOperation({
    operationId: 'disableMerchant',
    summary: 'Disable a merchant',
    description:
      'Ends all sessions of its people within a second, lets none of them in, and refuses its API keys. Its drops are taken ' +
      'down with it: nobody claims or sees them, holders keep their claims. Doing it again changes nothing, and ends sessions that an earlier attempt could not end.',
  })
  @ApiParam(ID)
  @Answers(200, 'The merchant afterwards', adminMerchantAnswer)
  @Refuses('malformed_json', 'validation_failed', 'not_found')
  @Refuses('overloaded', 'dependency_unavailable')
  async disable(
    @Param('id') id: string,
    @Body({ schema: adminReasonRequest }) { reason }: AdminReasonRequest,
  ): Promise<AdminMerchantAnswer> {
    return adminMerchantBody(await this.accounts.disableMerchant(id, reason));
  }

  @Post(':id/enable')
  @HttpCode(200)
  @RateLimited('write', 'user')
  @ForAdmin()
  @ApiOperation({
    operationId: 'enableMerchant',
    summary: 'Enable a merchant',
    description:
      'Logins work again, and its drops are what they were before. Where it was not disabled, nothing changes.',
  })
  @ApiParam(ID)
  @Answers(200, 'The merchant afterwards', adminMerchantAnswer)
  @Refuses('malformed_json', 'validation_failed', 'not_found')
  @Refuses('overloaded', 'dependency_unavailable')
  async enable(
    @Param('id') id: string,
    @Body({ schema: adminReasonRequest }) { reason }: AdminReasonRequest,
  ): Promise<AdminMerchantAnswer> {
    return adminMerchantBody(await this.accounts.enableMerchant(id, reason));
  }
}
