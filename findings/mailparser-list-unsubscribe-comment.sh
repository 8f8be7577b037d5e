#!/usr/bin/env bash
# A mail with one-click unsubscribe as nodemailer 10.6.1 writes it: the address of a page, alone or with the comment that its `list`
# option takes. mailparser 3.14.2 gives the address as `url` where there is no comment, and as `id` (which is meant for List-ID) where
# there is one; the address of a mailbox stays `mail` in both.
set -euo pipefail
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT; cd "$dir"
npm init -y >/dev/null
npm install --silent --no-fund --no-audit --ignore-scripts nodemailer@10.6.1 mailparser@3.14.2
cat > try.mjs <<'JS'
import nodemailer from 'nodemailer';
import { simpleParser } from 'mailparser';

const transport = nodemailer.createTransport({ streamTransport: true, buffer: true });
const PAGE = 'https://vouchers.example/unsubscribe?token=a1b2';
const entries = {
  page: { url: PAGE },
  'page with comment': { url: PAGE, comment: 'unsubscribe' },
  'mailbox with comment': { url: 'mailto:leave@vouchers.example', comment: 'unsubscribe' },
};
for (const [name, unsubscribe] of Object.entries(entries)) {
  const { message } = await transport.sendMail({
    from: 'shop@vouchers.example',
    to: 'lin@example.com',
    subject: 'Opens in 10 minutes',
    text: 'Soon',
    list: { unsubscribe },
    headers: { 'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click' },
  });
  const { headers } = await simpleParser(message);
  console.log(name, JSON.stringify(headers.get('list').unsubscribe));
}
JS
node try.mjs | tee read
diff read - <<'TEXT'
page {"url":"https://vouchers.example/unsubscribe?token=a1b2"}
page with comment {"name":"unsubscribe","id":"https://vouchers.example/unsubscribe?token=a1b2"}
mailbox with comment {"name":"unsubscribe","mail":"leave@vouchers.example"}
TEXT
echo "as described: with a comment the address of the page is no longer the url"
