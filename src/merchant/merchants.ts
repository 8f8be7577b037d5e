import { Injectable, Logger } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import type { EntityManager } from 'typeorm';
import { Merchant, type MerchantActor } from '../auth/index.js';
import { Cache } from '../cache/index.js';
import { Clock } from '../common/clock.js';
import { isId } from '../common/ids.js';
import type { MaybePromise } from '../common/maybe-promise.js';
import { inMode } from '../common/mode.js';
import { Problem } from '../common/problems.js';
import { auditActor, AuditLog } from '../database/audit-log.js';
import { Database } from '../database/database.js';
import { ifMatch } from '../http/entity-tags.js';
import type { Logo } from './logo-image.js';
import type { PatchMerchantBody } from './merchant.dto.js';
import { merchantEtag } from './merchant.view.js';

type Changes = Partial<Omit<Merchant, 'id' | 'version' | 'createdAt'>>;

/** Pictures of some ten kilobytes, of merchants whose drops are being looked at. */
const LOGOS_CACHED = 200;
const MAX_ATTEMPTS = 5;

/** What merchants show of themselves. */
@Injectable()
export class Merchants {
  private readonly logger = new Logger('Merchant');
  private readonly logos = new LRUCache<string, Buffer>({ max: LOGOS_CACHED });

  constructor(
    private readonly db: Database,
    private readonly cache: Cache,
    private readonly audit: AuditLog,
    private readonly clock: Clock,
  ) {}

  /**
   * Through the caches; the same object as long as it says the same there. `null` where there is none.
   * @param side its id, live or test: both show the same profile
   */
  find(side: string): MaybePromise<Readonly<Merchant> | null> {
    if (!isId('mer', side)) return null;
    const id = inMode(side, 'live');
    return this.cache.get<Merchant>('merchant', id, () => this.db.read.findOneBy(Merchant, { id }));
  }

  /** As it is in the database. @throws Problem not_found */
  async own({ merchantId }: MerchantActor): Promise<Merchant> {
    const merchant = await this.db.read.findOneBy(Merchant, { id: merchantId });
    if (!merchant) throw new Problem('not_found');
    return merchant;
  }

  /**
   * Changes a merchant that is still as its editor saw it.
   * @throws Problem not_found, precondition_required, precondition_failed
   */
  async change(actor: MerchantActor, body: PatchMerchantBody, seen: string | undefined): Promise<Merchant> {
    const merchant = await this.own(actor);
    if (seen === undefined) throw new Problem('precondition_required');
    if (!ifMatch(seen, merchantEtag(merchant))) throw changedMeanwhile();
    const changed = await this.write(actor, merchant, changesOf(body), Object.keys(body));
    if (!changed) throw changedMeanwhile();
    return changed;
  }

  /** The last picture counts. @param logo `null` takes it away */
  async setLogo(actor: MerchantActor, logo: Logo | null): Promise<Merchant> {
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      const merchant = await this.own(actor);
      if (merchant.logo === (logo?.hash ?? null)) return merchant;
      const changed = await this.write(
        actor,
        merchant,
        { logo: logo?.hash ?? null },
        ['logo'],
        async (tx) => {
          await tx.query('DELETE FROM merchant_logos WHERE merchant_id = ?', [merchant.id]);
          if (logo)
            await tx.query('INSERT INTO merchant_logos (merchant_id, hash, bytes) VALUES (?,?,?)', [
              merchant.id,
              logo.hash,
              logo.bytes,
            ]);
        },
      );
      if (changed) return changed;
    }
    throw new Problem('overloaded', { detail: 'The merchant keeps being changed by others; try again' });
  }

  /** WebP; `null` where the merchant has no such picture, or no longer. */
  async logo(id: string, hash: string): Promise<Buffer | null> {
    const merchant = await this.find(id);
    if (merchant === null || merchant.logo !== hash) return null;
    const known = this.logos.get(hash);
    if (known) return known;
    const [row] = await this.db.read.query<{ bytes: Uint8Array }[]>(
      'SELECT bytes FROM merchant_logos WHERE merchant_id = ? AND hash = ?',
      [id, hash],
    );
    if (!row) return null;
    const bytes = Buffer.from(row.bytes);
    this.logos.set(hash, bytes);
    return bytes;
  }

  /** @returns `undefined` where somebody was faster */
  private async write(
    actor: MerchantActor,
    merchant: Merchant,
    changes: Changes,
    fields: readonly string[],
    more: (tx: EntityManager) => Promise<void> = () => Promise.resolve(),
  ): Promise<Merchant | undefined> {
    const { id, version } = merchant;
    const next = { ...changes, version: version + 1 };
    const won = await this.db.write(async (tx) => {
      const { affected } = await tx.update(Merchant, { id, version }, next);
      if (affected !== 1) return false;
      await more(tx);
      await this.audit.record(tx, this.clock.now(), [
        {
          actor: auditActor(actor.userId, id),
          action: 'merchant.updated',
          objectType: 'merchant',
          objectId: id,
          details: { fields },
        },
      ]);
      return true;
    });
    if (!won) return undefined;
    await this.cache.invalidate('merchant', id);
    this.logger.log(
      { merchantId: id, userId: actor.userId, fields, version: next.version },
      'merchant edited',
    );
    return { ...merchant, ...next };
  }
}

function changesOf({ name, time_zone, color, address, terms, contact }: PatchMerchantBody): Changes {
  return {
    ...(name === undefined ? {} : { name }),
    ...(time_zone === undefined ? {} : { timeZone: time_zone }),
    ...(color === undefined ? {} : { color }),
    ...(address === undefined ? {} : { address }),
    ...(terms === undefined ? {} : { terms }),
    ...(contact?.email === undefined ? {} : { contactEmail: contact.email }),
    ...(contact?.phone === undefined ? {} : { contactPhone: contact.phone }),
    ...(contact?.website === undefined ? {} : { contactWebsite: contact.website }),
  };
}

const changedMeanwhile = (): Problem =>
  new Problem('precondition_failed', { detail: 'The merchant was changed by someone else; read it again' });
