/** A mail as it leaves. Nothing in it is markup that somebody typed: see `renderMail`. */
export interface OutgoingMail {
  /** Becomes its `Message-ID`, the same at every attempt. */
  readonly id: string;
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  readonly language: string;
  /** Where its reader, or their mail program in one click, asks for no more of its kind. */
  readonly unsubscribeUrl?: string | undefined;
}

/** This mail will never be taken: its recipient or its content was refused for good. */
export class MailRefused extends Error {
  override readonly name = 'MailRefused';
}

/** Nothing is wrong with the mail: the server cannot be reached, lets us not in, or takes nothing now. */
export class MailServerAway extends Error {
  override readonly name = 'MailServerAway';
}

/** Hands mails on. Without one (production without a server) there is no mail. */
export abstract class Mailer {
  /**
   * Resolves once the mail was taken for delivery. A rejection does not prove that it was not.
   * @throws MailRefused, MailServerAway; any other error where this mail may be taken later
   */
  abstract send(mail: OutgoingMail): Promise<void>;
}
