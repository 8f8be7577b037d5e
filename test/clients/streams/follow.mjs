// node follow.mjs URL: follows a claim with the EventSource of npm's eventsource until it has ended. TOKEN is in the environment.
import { EventSource } from 'eventsource';

const source = new EventSource(process.argv[2], {
  fetch: (url, init) =>
    globalThis.fetch(url, {
      ...init,
      headers: { ...init.headers, authorization: `Bearer ${process.env.TOKEN}` },
    }),
});
// It does not keep the process alive while it waits to come again.
const alive = globalThis.setInterval(() => undefined, 60_000);
source.addEventListener('claim', ({ data }) => console.log(JSON.parse(data).status));
source.addEventListener('error', () => {
  // While it is CONNECTING it comes again by itself; 204 says that there is nothing to come.
  if (source.readyState !== EventSource.CLOSED) return;
  console.log('closed');
  globalThis.clearInterval(alive);
});
