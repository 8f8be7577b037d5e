// A mail server in a process of its own. Its parent gives it options by the first message, and judges who logs in, recipients
// and mails: the mail server answers by SMTP once the parent has.
import { Buffer } from 'node:buffer';
import { SMTPServer } from 'smtp-server';

let asked = 0;
const waiting = new Map();

/** Asks the parent, which names the code of a refusal, or none. */
function ask(question, callback, answer) {
  asked += 1;
  waiting.set(asked, (refused) =>
    callback(
      refused === undefined ? null : Object.assign(new Error('no'), { responseCode: refused }),
      answer,
    ),
  );
  process.send({ id: asked, ...question });
}

function listen({ port, ...options }) {
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: options.cert === undefined ? ['STARTTLS', 'AUTH'] : [],
    onAuth: ({ username, password }, _session, callback) =>
      ask({ login: { username, password } }, callback, { user: username }),
    onRcptTo: ({ address }, _session, callback) => ask({ recipient: address }, callback),
    onData: (stream, { envelope, secure, user }, callback) => {
      const chunks = [];
      stream.on('data', (chunk) => chunks.push(chunk));
      stream.on('end', () => {
        const mail = {
          from: envelope.mailFrom === false ? '' : envelope.mailFrom.address,
          to: envelope.rcptTo.map(({ address }) => address),
          raw: Buffer.concat(chunks).toString('utf8'),
          secure,
          user,
        };
        ask({ mail }, callback);
      });
    },
    ...options,
  });
  server.on('error', () => undefined); // clients that go away, or do not trust us
  server.listen(port, '127.0.0.1', () => process.send({ port: server.server.address().port }));
}

process.on('message', ({ options, id, refused }) => {
  if (options !== undefined) return listen(options);
  waiting.get(id)?.(refused);
  waiting.delete(id);
});
process.on('disconnect', () => process.exit());
