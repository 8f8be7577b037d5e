/** Domains that are one house, each by the name that stands for all. */
const ALIASES: Readonly<Record<string, string>> = {
  'googlemail.com': 'gmail.com',
  'me.com': 'icloud.com',
  'mac.com': 'icloud.com',
  'protonmail.com': 'proton.me',
  'pm.me': 'proton.me',
};

/** What a house leaves out of the part before the @. */
const IGNORED: Readonly<Record<string, RegExp>> = { 'gmail.com': /\./g, 'proton.me': /[._-]/g };

/**
 * The mailbox that an address leads to: what tells persons apart, and nothing to write to. A `+tag` (RFC 5233) is left out everywhere, because
 * most houses deliver it to the mailbox without it; dots where the house says that it ignores them: support.google.com/mail/answer/7436150,
 * proton.me/support/addresses-and-aliases.
 * @param email as `normalEmail` has it
 */
export function mailboxOf(email: string): string {
  const at = email.lastIndexOf('@');
  const named = email.slice(at + 1);
  const domain = ALIASES[named] ?? named;
  const local = email.slice(0, at);
  // An address that is a tag alone, or is quoted, is taken as it is.
  const base = local.startsWith('"') ? local : local.replace(/(?<=.)\+.*$/s, '');
  const ignored = IGNORED[domain];
  return `${(ignored && base.replace(ignored, '')) || base}@${domain}`;
}
