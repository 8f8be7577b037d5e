import { Injectable, Logger } from '@nestjs/common';
import { EligibilityTokens } from '../voucher/index.js';
import { EndpointStore } from '../webhook/index.js';

/**
 * After `SECRETS_KEY` was changed, seals anew what an earlier one has sealed; then that one is of no more use. Says what no key
 * opens: it is lost, unless the key is set again. Once in the life of a process.
 */
@Injectable()
export class SecretRenewal {
  private readonly logger = new Logger('Secrets');
  private isDone = false;

  constructor(
    private readonly webhooks: EndpointStore,
    private readonly tokens: EligibilityTokens,
  ) {}

  async run(): Promise<void> {
    if (this.isDone) return;
    const stores = { webhooks: this.webhooks, 'eligibility tokens': this.tokens };
    for (const [of, store] of Object.entries(stores)) {
      const { renewed, unreadable } = await store.reseal();
      if (renewed > 0) this.logger.log({ of, renewed }, 'secrets sealed anew with the present SECRETS_KEY');
      if (unreadable > 0)
        this.logger.error(
          { event: 'secrets_unreadable', of, unreadable },
          'secrets do not open: set the key that sealed them as SECRETS_KEY_PREVIOUS',
        );
    }
    this.isDone = true;
  }
}
