import { Injectable, Logger, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { AuditLog, auditActor } from '../database/audit-log.js';
import { Database } from '../database/database.js';
import { Clock } from '../common/clock.js';
import { newId } from '../common/ids.js';
import { invalidField, Problem } from '../common/problems.js';
import { context } from '../common/request-context.js';
import { AccessTokenGuard } from './access.js';
import { Logins } from './logins.js';
import { Merchant, newMerchant } from './merchant.entity.js';
import type { MerchantAnswer, MerchantBody } from './schemas.js';
import { User } from './user.entity.js';

/** Whoever is signed in may register a merchant for the own account; with another owner in the body nobody has to be. */
@Injectable()
export class OwnAccountGuard extends AccessTokenGuard {
  override canActivate(execution: ExecutionContext): ReturnType<AccessTokenGuard['canActivate']> {
    const { body, headers } = execution
      .switchToHttp()
      .getRequest<FastifyRequest<{ Body?: Readonly<Record<string, unknown>> }>>();
    if (body?.['owner'] !== undefined) return true;
    const comesWithout = headers.authorization === undefined && !this.cookies.accessToken(headers);
    return comesWithout || super.canActivate(execution);
  }
}

/** The account of a shopper becomes that of a merchant's owner, with all that it holds. */
@Injectable()
export class OwnMerchant {
  private readonly logger = new Logger('Auth');

  constructor(
    private readonly database: Database,
    private readonly logins: Logins,
    private readonly audit: AuditLog,
    private readonly clock: Clock,
  ) {}

  /**
   * The session is another one afterwards, since access tokens say the role.
   * @throws Problem validation_failed where nobody is signed in; already_merchant; dependency_unavailable
   */
  async register({ name, time_zone: timeZone }: Omit<MerchantBody, 'owner'>): Promise<MerchantAnswer> {
    const actor = context.actor();
    if (!actor) throw noOwner();
    const now = this.clock.now();
    const merchant = newMerchant(newId('mer', now), name, timeZone, now);
    const role = { role: 'merchant', merchantId: merchant.id, merchantRole: 'owner' } as const;
    await this.database.write(async (tx) => {
      const { affected } = await tx
        .createQueryBuilder()
        .update(User)
        .set(role)
        .where("id = :id AND role = 'shopper' AND merchant_id IS NULL", { id: actor.userId })
        .execute();
      // Of two requests at once one finds a shopper.
      if (affected !== 1) throw new Problem('already_merchant');
      await tx.insert(Merchant, merchant);
      const by = auditActor(actor.userId, merchant.id);
      const entry = {
        actor: by,
        action: 'merchant.registered',
        objectType: 'merchant',
        objectId: merchant.id,
      };
      await this.audit.record(tx, now, [entry]);
    });
    const user = await this.database.read.findOneBy(User, { id: actor.userId });
    if (!user) throw new Problem('unauthenticated');
    const { answer } = await this.logins.open(user);
    await this.logins.endOwn(actor.sessionId, 'role_changed');
    this.logger.log(
      { event: 'merchant_registered', merchant: merchant.id, user: user.id },
      'merchant registered',
    );
    return { object: 'merchant', id: merchant.id, name, time_zone: timeZone, session: answer };
  }
}

const noOwner = (): Problem => invalidField('/owner', 'missing', 'is needed where nobody is signed in');
