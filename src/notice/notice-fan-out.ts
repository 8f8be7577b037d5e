import { Inject, Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { linesOf, OutboxSubscriber, type EventPack } from '../claim/index.js';
import { Clock } from '../common/clock.js';
import { onOneLine } from '../common/text.js';
import { CONFIG, type Config } from '../config/index.js';
import { inList } from '../database/database.js';
import type { Language } from '../http/language.js';
import { mailLanguage, MailOutbox, UnsubscribeTokens, type NewMail } from '../mail/index.js';
import { SoldOutNotice } from './sold-out-notice.js';
import { namedVouchers, type NamedVoucher } from './voucher-names.js';

/** Whoever does not read it by then has seen it in the wallet. */
const LIFETIME_MS = 86_400_000;
const IDS_MAX = 500;
/** Of a merchant's terms, in characters: each mail is a row, and the page of the claim has all of them. */
const TERMS_MAX = 500;

/** Somebody who gets mails of a list, at an address that is proved. */
interface Reader {
  readonly id: string;
  readonly email: string;
  readonly language: Language | null;
}

interface ClaimOrOffer {
  readonly id: string;
  readonly data: {
    readonly id: string;
    readonly voucher_id: string;
    readonly user_id: string;
    readonly offered_until?: string;
  };
}

/**
 * Makes mails of events, in the transaction that marks these as sent: once each, whatever dies on the way. It sees one batch of the
 * outbox at a time and asks for its readers, so claims of people who want no mails cost one look into an index for 500 of them. A
 * claim's own transaction knows nothing of it.
 */
@Injectable()
export class NoticeFanOut extends OutboxSubscriber {
  constructor(
    private readonly mails: MailOutbox,
    private readonly unsubscribe: UnsubscribeTokens,
    private readonly soldOut: SoldOutNotice,
    private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: Pick<Config, 'publicUrl'>,
  ) {
    super();
  }

  async take(tx: EntityManager, packs: readonly EventPack[]): Promise<void> {
    if (!this.mails.isAvailable) return;
    const issued = eventsOf(packs, 'claim.issued');
    await this.mails.addAll(tx, await this.ofClaims(tx, issued));
    await this.mails.addAll(tx, await this.ofOffers(tx, eventsOf(packs, 'waiting_list.offered')));
    await this.soldOut.add(tx, [...new Set(issued.map(({ data }) => data.voucher_id))]);
  }

  private async ofClaims(tx: EntityManager, events: readonly ClaimOrOffer[]): Promise<NewMail[]> {
    const readers = await readersOf(tx, WANTS_CLAIMS, usersOf(events));
    const wanted = events.filter(({ data }) => readers.has(data.user_id));
    const vouchers = await vouchersOf(tx, wanted);
    return wanted.flatMap(({ data }) => {
      const voucher = vouchers.get(data.voucher_id);
      const reader = readers.get(data.user_id);
      if (!voucher || !reader) return [];
      const params = {
        ...this.wordsOf(voucher, reader, 'claim_issued'),
        url: this.page(`/claims/${data.id}`),
        place: voucher.place,
        contact: voucher.contact,
        terms: voucher.terms && shortened(voucher.terms),
      };
      const mail = { kind: 'claim_issued', params, once: data.id, lifetimeMs: LIFETIME_MS } as const;
      return [{ ...mail, ...to(reader, voucher) }];
    });
  }

  private async ofOffers(tx: EntityManager, events: readonly ClaimOrOffer[]): Promise<NewMail[]> {
    const readers = await readersOf(tx, TAKES_OFFERS, usersOf(events));
    const vouchers = await vouchersOf(tx, events);
    return events.flatMap(({ data }) => {
      const voucher = vouchers.get(data.voucher_id);
      const reader = readers.get(data.user_id);
      const until = Date.parse(data.offered_until ?? '');
      const lifetimeMs = until - this.clock.now();
      if (!voucher || !reader || !(lifetimeMs > 0)) return [];
      const words = this.wordsOf(voucher, reader, 'waiting_offer');
      const params = { ...words, url: this.page(`/drops/${voucher.id}`), until, zone: voucher.zone };
      const once = `${data.id}/${until}`;
      return [{ kind: 'waiting_offer', params, once, lifetimeMs, ...to(reader, voucher) } as const];
    });
  }

  private wordsOf(
    { title, merchant }: NamedVoucher,
    { id: userId }: Reader,
    list: 'claim_issued' | 'waiting_offer',
  ) {
    return { title, merchant, unsubscribeUrl: this.unsubscribe.urlFor({ userId, list }) };
  }

  private readonly page = (path: string): string => this.config.publicUrl + path;
}

const to = (reader: Reader, voucher: NamedVoucher) => ({
  to: reader.email,
  userId: reader.id,
  language: mailLanguage(reader.language, voucher.merchantZone),
});

const usersOf = (events: readonly ClaimOrOffer[]): string[] => [
  ...new Set(events.map(({ data }) => data.user_id)),
];

const vouchersOf = async (
  tx: EntityManager,
  events: readonly ClaimOrOffer[],
): Promise<ReadonlyMap<string, NamedVoucher>> => {
  const ids = [...new Set(events.map(({ data }) => data.voucher_id))];
  return ids.length === 0 ? new Map() : namedVouchers(tx, ids);
};

const READERS = 'SELECT u.id, u.email, p.language FROM';
const REACHED = 'u.email IS NOT NULL AND u.email_verified_at IS NOT NULL';
/** Begins at those who asked for it: of a crowd that did not, nothing else is read. */
const WANTS_CLAIMS = (ids: string): string =>
  `${READERS} mail_preferences p JOIN users u ON u.id = p.user_id WHERE p.user_id IN (${ids}) AND p.claim_issued = 1 AND ${REACHED}`;
const TAKES_OFFERS = (ids: string): string =>
  `${READERS} users u LEFT JOIN mail_preferences p ON p.user_id = u.id
    WHERE u.id IN (${ids}) AND (p.waiting_offer IS NULL OR p.waiting_offer = 1) AND ${REACHED}`;

async function readersOf(
  tx: EntityManager,
  statement: (ids: string) => string,
  users: readonly string[],
): Promise<ReadonlyMap<string, Reader>> {
  const readers = new Map<string, Reader>();
  for (let from = 0; from < users.length; from += IDS_MAX) {
    const ids = users.slice(from, from + IDS_MAX);
    const rows: Reader[] = await tx.query(statement(inList(ids.length)), ids);
    for (const row of rows) readers.set(row.id, row);
  }
  return readers;
}

/** A line that was altered by hand may be no event; nobody is told of it. */
function eventsOf(packs: readonly EventPack[], type: string): ClaimOrOffer[] {
  return packs
    .filter((pack) => pack.type === type)
    .flatMap(({ payload }) => linesOf(payload))
    .flatMap((line) => {
      try {
        const event = JSON.parse(line) as Partial<ClaimOrOffer>;
        const { id, voucher_id: voucher, user_id: user } = event.data ?? {};
        const isWhole = [id, voucher, user].every((member) => typeof member === 'string');
        return isWhole ? [event as ClaimOrOffer] : [];
      } catch {
        return [];
      }
    });
}

function shortened(text: string): string {
  const characters = [...onOneLine(text, ' ')];
  return characters.length <= TERMS_MAX
    ? characters.join('')
    : `${characters.slice(0, TERMS_MAX - 1).join('')}…`;
}
