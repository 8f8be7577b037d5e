import { Body, Controller, Get, Param, Put, Res } from '@nestjs/common';
import { ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { Authenticated, currentActor, privately } from '../../auth/index.js';
import { Answers, Refuses } from '../../http/openapi/openapi.js';
import { RateLimited } from '../../rate-limit/index.js';
import { ContactConsents, type ContactConsent } from '../read/contact-consents.js';

const CLAIM = 'clm_01k9z3v8f0abcdef0001h7v2m4q8x0c5t9w1r6e3';
const CLAIM_ID = { name: 'id', example: CLAIM };

const shareContact = () =>
  z.boolean().meta({
    description:
      'Whether the merchant may see your contact details; `false` if you declined or withdrew your consent.',
  });

const contactConsentRequest = z
  .strictObject({ share_contact: shareContact() })
  .meta({ id: 'ContactConsentRequest', examples: [{ share_contact: true }] });
type ContactConsentRequest = z.output<typeof contactConsentRequest>;

const contactConsentAnswer = z
  .object({
    object: z.literal('contact_consent'),
    claim_id: z.string(),
    asked: z
      .boolean()
      .meta({ description: 'Whether the voucher asks for contact details (`asks_contact`).' }),
    share_contact: shareContact(),
  })
  .meta({
    id: 'ContactConsent',
    examples: [{ object: 'contact_consent', claim_id: CLAIM, asked: true, share_contact: true }],
  });
type ContactConsentAnswer = z.output<typeof contactConsentAnswer>;

const consentBody = ({ claimId, isAsked, isGiven }: ContactConsent): ContactConsentAnswer => ({
  object: 'contact_consent',
  claim_id: claimId,
  asked: isAsked,
  share_contact: isGiven,
});

@ApiTags('Claims')
@Controller('claims/:id/contact-consent')
export class ContactConsentController {
  constructor(private readonly consents: ContactConsents) {}

  @Get()
  @RateLimited('status', 'user')
  @Authenticated()
  @ApiOperation({
    operationId: 'getContactConsent',
    summary: 'Get whether the merchant may see your contact',
    description: 'Of a claim of yours.',
  })
  @ApiParam(CLAIM_ID)
  @Answers(200, 'Your consent', contactConsentAnswer)
  @Refuses('not_found', 'overloaded', 'dependency_unavailable')
  async find(
    @Param('id') id: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ContactConsentAnswer> {
    privately(reply);
    return consentBody(await this.consents.find(currentActor().userId, id));
  }

  @Put()
  @RateLimited('write', 'user')
  @Authenticated()
  @ApiOperation({
    operationId: 'setContactConsent',
    summary: 'Allow the merchant to see your contact, or withdraw it',
    description:
      'Right after the claim was answered `202`, or later. The merchant’s export of the claims has your confirmed e-mail address, or ' +
      'your phone number where there is none, while you allow it and the claim is not cancelled.',
  })
  @ApiParam(CLAIM_ID)
  @Answers(200, 'Your consent', contactConsentAnswer)
  @Refuses('malformed_json', 'validation_failed', 'not_found', 'contact_not_asked')
  @Refuses('overloaded', 'dependency_unavailable')
  async set(
    @Param('id') id: string,
    @Body({ schema: contactConsentRequest }) { share_contact: isGiven }: ContactConsentRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ContactConsentAnswer> {
    privately(reply);
    return consentBody(await this.consents.set(currentActor().userId, id, isGiven));
  }
}
