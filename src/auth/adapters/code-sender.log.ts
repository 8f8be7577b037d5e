import { Logger } from '@nestjs/common';
import { CodeSender } from '../ports/code-sender.js';

/** Shows the code in the log, for embedded mode and development. Never in production. */
export class LogCodeSender extends CodeSender {
  private readonly logger = new Logger('PhoneCode');

  async send(phone: string, code: string, ttlS: number): Promise<void> {
    this.logger.log({ event: 'phone_code', phone, code }, `code ${code} for ${phone}, good for ${ttlS} s`);
  }
}
