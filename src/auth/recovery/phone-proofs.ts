import { Injectable } from '@nestjs/common';
import { IsNull } from 'typeorm';
import { Clock } from '../../common/clock.js';
import { invalidField, Problem } from '../../common/problems.js';
import { AuditLog, auditActor } from '../../database/audit-log.js';
import { Database, isDuplicateKey } from '../../database/database.js';
import { currentActor } from '../access.js';
import { userAnswer } from '../logins.js';
import { PhoneCodeDesk } from '../phone-code-desk.js';
import type { PhoneCodeAnswer, PhoneCodeBody, UserAnswer } from '../schemas.js';
import { User } from '../user.entity.js';
import type { PhoneProofConfirmBody } from './schemas.js';

/**
 * The phone number of an account that was made with an e-mail address: it is the account's once a code that was sent there is typed
 * in a session of that account. From then on the account is logged in to by phone as well.
 */
@Injectable()
export class PhoneProofs {
  constructor(
    private readonly db: Database,
    private readonly desk: PhoneCodeDesk,
    private readonly audit: AuditLog,
    private readonly clock: Clock,
  ) {}

  /**
   * Whether the number is of another account is not told before it is proved.
   * @throws Problem validation_failed for an account that has a number, and as `PhoneCodeDesk.send`
   */
  async request(body: PhoneCodeBody, device: string | undefined): Promise<PhoneCodeAnswer> {
    const user = await this.currentUser();
    return this.desk.send({ purpose: 'proof', userId: user.id }, body, device);
  }

  /**
   * @returns the account, with its number
   * @throws Problem invalid_code, too_many_attempts; phone_taken where the number is of another account
   */
  async confirm({ phone, code, request_id }: PhoneProofConfirmBody): Promise<UserAnswer> {
    const { userId } = currentActor();
    const typed = { phone, code, requestId: request_id };
    const use = { purpose: 'proof', userId } as const;
    const user = await this.desk.judge(use, typed, undefined, () => this.currentUser());
    const now = this.clock.now();
    try {
      await this.db.write(async (tx) => {
        const { affected } = await tx.update(User, { id: user.id, phone: IsNull() }, { phone });
        if (affected !== 1) throw hasPhone();
        const actor = auditActor(user.id, user.merchantId);
        await this.audit.record(tx, now, [
          { actor, action: 'user.phone_proved', objectType: 'user', objectId: user.id },
        ]);
      });
    } catch (error) {
      throw isDuplicateKey(error) ? new Problem('phone_taken', { cause: error }) : error;
    }
    return userAnswer({ ...user, phone });
  }

  /** The caller's, which has no number yet. */
  private async currentUser(): Promise<User> {
    const user = await this.db.read.findOneBy(User, { id: currentActor().userId });
    if (!user) throw new Problem('unauthenticated');
    if (user.phone !== null) throw hasPhone();
    return user;
  }
}

const hasPhone = (): Problem => invalidField('/phone', 'has_one', 'The account has a phone number already');
