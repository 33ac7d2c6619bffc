/** Keeps the app on the device, so that it opens without a network. It keeps no answer of the server's. */
import {
  cleanupOutdatedCaches,
  createHandlerBoundToURL,
  precacheAndRoute,
  type PrecacheEntry,
} from 'workbox-precaching';

declare const self: ServiceWorkerGlobalScope & { __WB_MANIFEST: (PrecacheEntry | string)[] };

precacheAndRoute(self.__WB_MANIFEST);
cleanupOutdatedCaches();

const shell = createHandlerBoundToURL('/index.html');

/** The first parts of the server's own addresses that a browser may be sent to as a page. */
const SERVERS = /^\/(d|docs|openapi\.json|health|metrics|medications|orders|audit|dispensers)(\/|$)/;

/** The decoder of codes: large, never changing under its name, and fetched when the camera is first opened. */
const LARGE = /^\/assets\/.*\.wasm$|^\/assets\/decoder-.*\.js$/;
const LARGE_CACHE = 'large';

self.addEventListener('fetch', (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (url.origin !== self.location.origin || request.method !== 'GET') return;
  if (request.mode === 'navigate' && !SERVERS.test(url.pathname)) {
    event.respondWith(shell({ url, request, event }));
  } else if (LARGE.test(url.pathname)) {
    event.respondWith(keptOrFetched(request));
  }
});

async function keptOrFetched(request: Request): Promise<Response> {
  const cache = await caches.open(LARGE_CACHE);
  const kept = await cache.match(request);
  if (kept) return kept;
  const response = await fetch(request);
  if (response.ok) await cache.put(request, response.clone());
  return response;
}

self.addEventListener('message', (event) => {
  if (event.data === 'take over') void self.skipWaiting();
});

self.addEventListener('activate', (event) => {
  event.waitUntil(self.clients.claim());
});
