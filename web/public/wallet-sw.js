/*
 * Answers the wallet's pages while there is no network, with what the page itself put into the cache when it last showed the
 * wallet. It keeps nothing by itself, and is in force below /wallet alone: web/src/lib/offline-wallet.ts.
 */
const CACHE = 'vc-wallet';

self.addEventListener('install', () => void self.skipWaiting());
self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()));

self.addEventListener('fetch', (event) => {
  const { request } = event;
  if (request.method !== 'GET' || new URL(request.url).origin !== self.location.origin) return;
  if (request.headers.get('accept')?.includes('text/event-stream')) return;
  event.respondWith(
    fetch(request).catch(async (error) => {
      const kept = await caches.match(request.mode === 'navigate' ? '/wallet' : request.url, {
        cacheName: CACHE,
        ignoreVary: true,
      });
      if (kept) return kept;
      throw error;
    }),
  );
});
