import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { createTransport } from 'nodemailer';
import type { Clock } from '../../common/clock.js';
import type { Mailbox } from '../../config/index.js';
import type { DevInbox } from '../dev-inbox.js';
import { Mailer, type OutgoingMail } from '../ports/mailer.js';
import { messageOf } from './compose.js';

/** The newest are kept: ids sort by the time at which they were made. */
const KEPT = 500;
const EXTENSION = '.eml';

/** Mails as files that mail programs open, for embedded mode and development. Never in production: links in them let people in. */
export class FileMailer extends Mailer {
  private readonly folder: string;
  private readonly compose = createTransport({ streamTransport: true, buffer: true, newline: 'windows' });

  constructor(
    folder: string,
    private readonly from: Mailbox,
    private readonly inbox: DevInbox,
    private readonly clock: Clock,
  ) {
    super();
    this.folder = resolve(folder);
  }

  /** The same mail again is the same file. */
  async send(mail: OutgoingMail): Promise<void> {
    const { message } = await this.compose.sendMail(messageOf(mail, this.from));
    const file = join(this.folder, mail.id + EXTENSION);
    await mkdir(this.folder, { recursive: true, mode: 0o700 });
    await writeFile(`${file}.part`, message, { mode: 0o600 });
    await rename(`${file}.part`, file);
    const { id, to, subject, text } = mail;
    this.inbox.put({ id, kind: 'mail', at: this.clock.now(), to, subject, text, file });
    await this.forgetOldest();
  }

  private async forgetOldest(): Promise<void> {
    const files = (await readdir(this.folder)).filter((name) => name.endsWith(EXTENSION)).sort();
    for (const name of files.slice(0, -KEPT)) await rm(join(this.folder, name), { force: true });
  }
}
