import { Controller, Get, Param } from '@nestjs/common';
import { ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import { currentMerchant, ForMerchant, TakesApiKey } from '../../auth/index.js';
import { Answers, Refuses } from '../../http/openapi/openapi.js';
import { RateLimited } from '../../rate-limit/index.js';
import { budgetAnswer, budgetBody, type BudgetAnswer } from './budget.dto.js';
import { Budgets } from './budgets.js';

@ApiTags('Vouchers of a merchant')
@Controller('vouchers/:id/budget')
export class BudgetController {
  constructor(private readonly budgets: Budgets) {}

  @Get()
  @RateLimited('status', 'user')
  @TakesApiKey('vouchers:read')
  @ForMerchant('owner', 'editor')
  @ApiOperation({
    operationId: 'getVoucherBudget',
    summary: 'Get the budget',
    description:
      'What the voucher costs at most, and what of that is spoken for. It is set with the other terms, as `budget_minor`. What would go ' +
      'beyond it is refused with `budget_exceeded` at its field: more units, waves, a higher face value, a smaller budget.',
  })
  @ApiParam({ name: 'id', example: 'vch_01k9z3v8f0abcdef' })
  @Answers(200, 'The budget', budgetAnswer)
  @Refuses('not_found', 'overloaded', 'dependency_unavailable')
  async find(@Param('id') id: string): Promise<BudgetAnswer> {
    return budgetBody(await this.budgets.find(currentMerchant(), id));
  }
}
