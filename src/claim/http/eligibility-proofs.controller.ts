import { Body, Controller, HttpCode, Param, Post } from '@nestjs/common';
import { ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { Authenticated, currentActor, TakesTestShoppers } from '../../auth/index.js';
import { Answers, Refuses } from '../../http/openapi/openapi.js';
import { RateLimited } from '../../rate-limit/index.js';
import { ELIGIBILITY_TOKEN_MAX, EligibilityProofs } from '../admission/eligibility-proofs.js';

const VOUCHER = 'vch_01k9z3v8f0abcdef';

const proofRequest = z
  .strictObject({
    token: z
      .string()
      .min(1)
      .max(ELIGIBILITY_TOKEN_MAX)
      .meta({ description: 'A JSON Web Token that the merchant signed for you.' }),
  })
  .meta({
    id: 'EligibilityProofRequest',
    examples: [{ token: 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJjLTQ3MTEifQ.c2lnbmF0dXJl' }],
  });
type ProofRequest = z.output<typeof proofRequest>;

const proofAnswer = z
  .object({
    object: z.literal('eligibility_proof'),
    voucher_id: z.string(),
    eligible: z.literal(true).meta({ description: 'Whether this account may claim the voucher.' }),
  })
  .meta({
    id: 'EligibilityProof',
    examples: [{ object: 'eligibility_proof', voucher_id: VOUCHER, eligible: true }],
  });

@ApiTags('Claims')
@Controller('vouchers/:id/eligibility-proofs')
export class EligibilityProofsController {
  constructor(private readonly proofs: EligibilityProofs) {}

  @Post()
  @HttpCode(200)
  @RateLimited('challenge', 'user')
  @Authenticated()
  @TakesTestShoppers()
  @ApiOperation({
    operationId: 'proveEligibility',
    summary: 'Bring a token of the merchant',
    description:
      'For a voucher with `eligibility: token`, before or after it opens, and once: from then on this account may claim it. Where the ' +
      'token is no good, `errors` says at `/token` why: `malformed`, `wrong_signature`, `wrong_audience`, `expired`, `lives_too_long` or ' +
      '`not_yet_valid`.',
  })
  @ApiParam({ name: 'id', example: VOUCHER })
  @Answers(200, 'This account may claim the voucher', proofAnswer)
  @Refuses('malformed_json', 'validation_failed', 'not_found', 'voucher_ended')
  @Refuses('not_eligible', 'one_per_person')
  @Refuses('overloaded', 'dependency_unavailable')
  async prove(
    @Param('id') id: string,
    @Body({ schema: proofRequest }) { token }: ProofRequest,
  ): Promise<z.output<typeof proofAnswer>> {
    await this.proofs.prove(currentActor(), id, token);
    return { object: 'eligibility_proof', voucher_id: id, eligible: true };
  }
}
