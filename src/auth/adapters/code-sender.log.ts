import { Logger } from '@nestjs/common';
import type { Clock } from '../../common/clock.js';
import { newId } from '../../common/ids.js';
import type { DevInbox } from '../../mail/index.js';
import { CodeSender } from '../ports/code-sender.js';

/** Shows the code in the log and where development shows mails, for embedded mode and development. Never in production. */
export class LogCodeSender extends CodeSender {
  private readonly logger = new Logger('PhoneCode');

  constructor(
    private readonly inbox: DevInbox,
    private readonly clock: Clock,
  ) {
    super();
  }

  async send(phone: string, code: string, ttlS: number): Promise<void> {
    const at = this.clock.now();
    const text = `code ${code} for ${phone}, good for ${ttlS} s`;
    const { url } = this.inbox;
    this.inbox.put({ id: newId('mal', at), kind: 'code', at, to: phone, subject: code, text, file: null });
    this.logger.log(
      { event: 'phone_code', phone, code },
      url === undefined ? text : `${text}; all of them: ${url}`,
    );
  }
}
