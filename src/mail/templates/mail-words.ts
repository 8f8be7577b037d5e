/** Mails about a voucher, to addresses that are proved. */
interface OfVoucher {
  readonly url: string;
  readonly unsubscribeUrl: string;
  readonly title: string;
  readonly merchant: string;
}

/**
 * What each mail is made of. Links are ours. A mail to an address that nobody has proved holds nothing that somebody typed:
 * whoever enters a stranger's address must not be able to write to them.
 */
export interface MailParams {
  readonly password_reset: { readonly url: string; readonly minutes: number };
  readonly staff_invitation: {
    readonly url: string;
    readonly role: 'editor' | 'cashier';
    readonly days: number;
  };
  readonly email_proof: { readonly url: string; readonly hours: number };
  readonly opens_soon: OfVoucher & {
    /** Ms since 1970, and the zone in which it is written. */
    readonly opensAt: number;
    readonly zone: string;
  };
  readonly claim_issued: OfVoucher & {
    /** Where it is redeemed, and whom to ask, as the merchant says it. A mail that waits since before an update lacks them. */
    readonly place?: string | null;
    readonly contact?: readonly string[];
    /** The merchant's, one line; cut where they are long. */
    readonly terms?: string | null;
  };
  readonly waiting_offer: OfVoucher & { readonly until: number; readonly zone: string };
  readonly sold_out: {
    readonly url: string;
    readonly unsubscribeUrl: string;
    /** `null` for an address that nobody has proved: the merchant typed it. */
    readonly title: string | null;
  };
  /** What the merchant wrote: `subject` one line, `text` of any. */
  readonly merchant_message: OfVoucher & {
    readonly subject: string;
    readonly text: string;
    readonly contact: readonly string[];
  };
  readonly webhook_disabled: {
    readonly url: string;
    /** Its id: the address and the description were typed by somebody. */
    readonly webhook: string;
    readonly reason: 'failing' | 'gone';
  };
}

export type MailKind = keyof MailParams;

/** A mail in words; each part is plain text. */
export interface MailWords {
  readonly subject: string;
  readonly lines: readonly string[];
  /** Lines that somebody else wrote, set apart from ours. */
  readonly quote?: readonly string[];
  readonly action?: { readonly label: string; readonly url: string };
  /** Smaller, below. */
  readonly notes: readonly string[];
  /** Where one presses to get no more of its kind (RFC 8058). */
  readonly unsubscribe?: { readonly label: string; readonly url: string };
}

export type Templates = { readonly [K in MailKind]: (params: MailParams[K]) => MailWords };
