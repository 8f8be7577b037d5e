/** The name is also in web/public/wallet-sw.js. */
const CACHE = 'vc-wallet';
const WORKER = '/wallet-sw.js';
const SCOPE = '/wallet';
/** Whose tickets are kept. */
const OWNER = 'vc-wallet-owner';

/** Service workers and their caches are for secure contexts: https, or the machine itself. */
const possible = (): boolean =>
  isSecureContext && typeof caches !== 'undefined' && 'serviceWorker' in navigator;

/**
 * Keeps the wallet as it is shown for a time without network: its document, the files that it is made of, and the answers that it
 * shows. Nothing else is kept.
 * @param answers addresses that the page has just asked
 */
export async function keepWallet(userId: string, answers: readonly string[]): Promise<void> {
  if (!possible()) return;
  try {
    await navigator.serviceWorker.register(WORKER, { scope: SCOPE });
    const files = performance
      .getEntriesByType('resource')
      .map(({ name }) => new URL(name))
      .filter(({ origin, pathname }) => origin === location.origin && isFile(pathname))
      .map(({ pathname }) => pathname);
    const wanted = [...new Set([SCOPE, ...files, ...answers])];
    const responses = await Promise.all(
      wanted.map((url) => fetch(url, { credentials: 'same-origin', headers: accepts(url) })),
    );
    // Half a wallet is none: what is there from before stays.
    if (responses.some(({ ok }) => !ok)) return;
    const cache = await caches.open(CACHE);
    await Promise.all(wanted.map((url, index) => cache.put(url, responses[index]!)));
    const kept = new Set(wanted.map((url) => new URL(url, location.href).href));
    for (const { url } of await cache.keys()) if (!kept.has(url)) await cache.delete(url);
    localStorage.setItem(OWNER, userId);
  } catch {
    // No network, no room, or forbidden: the wallet works with a network then.
  }
}

/** Whoever has signed out, or somebody else, finds nothing. */
export async function forgetWallet(): Promise<void> {
  if (!possible()) return;
  try {
    localStorage.removeItem(OWNER);
    await caches.delete(CACHE);
    await (await navigator.serviceWorker.getRegistration(SCOPE))?.unregister();
  } catch {
    // Nothing was kept then.
  }
}

/** Somebody else has signed in on this browser. */
export async function forgetOthersWallet(userId: string): Promise<void> {
  try {
    const owner = localStorage.getItem(OWNER);
    if (owner !== null && owner !== userId) await forgetWallet();
  } catch {
    // Nothing was kept then.
  }
}

const isFile = (path: string): boolean =>
  path.startsWith('/assets/') || path === '/theme.js' || path === '/manifest.webmanifest';
const accepts = (url: string): Record<string, string> =>
  url.startsWith('/v1/') ? { accept: 'application/json' } : { accept: 'text/html,*/*' };
