import type { Mailbox } from '../../config/index.js';
import type { OutgoingMail } from '../ports/mailer.js';

/** Characters that would end a header line. Values come without them; this is the last place where one could pass. */
const LINE_BREAKS = /[\r\n\u0085\u2028\u2029]+/g;

/** What nodemailer makes a message of: the recipient is given as one address, never as text that could hold several. */
export function messageOf(mail: OutgoingMail, from: Mailbox) {
  const domain = from.address.slice(from.address.lastIndexOf('@') + 1);
  return {
    messageId: `<${mail.id}@${domain}>`,
    from,
    to: { name: '', address: mail.to },
    envelope: { from: from.address, to: [mail.to] },
    subject: mail.subject.replace(LINE_BREAKS, ' '),
    text: mail.text,
    html: mail.html,
    headers: {
      // No out-of-office answers to it (RFC 3834).
      'Auto-Submitted': 'auto-generated',
      'Content-Language': mail.language,
      ...unsubscribeHeaders(mail.unsubscribeUrl),
    },
    disableFileAccess: true,
    disableUrlAccess: true,
  };
}

/** RFC 2369 and RFC 8058; the second, by which mail programs unsubscribe in one click, asks for an https address. */
function unsubscribeHeaders(url: string | undefined): Record<string, string> {
  if (url === undefined) return {};
  const list = { 'List-Unsubscribe': `<${url}>` };
  return url.startsWith('https:') ? { ...list, 'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click' } : list;
}
