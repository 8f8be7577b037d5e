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
  readonly action?: { readonly label: string; readonly url: string };
  /** Smaller, below. */
  readonly notes: readonly string[];
}

export type Templates = { readonly [K in MailKind]: (params: MailParams[K]) => MailWords };
