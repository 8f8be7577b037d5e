// node claims.mjs URL BODY TOKEN...: one claim with each token by fetch, prints the status of each.
import { fetch } from 'undici';

const [url, body, ...tokens] = process.argv.slice(2);
for (const token of tokens) {
  const answer = await fetch(url, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, ...(body ? { 'content-type': 'application/json' } : {}) },
    body: body || undefined,
  });
  await answer.text();
  console.log(answer.status);
}
