/**
 * The app itself, kept on the device by the service worker. A newer one waits until somebody wants it, or until
 * the app is opened the next time: nobody's screen changes under their hands.
 */
import { signal } from '@preact/signals';

/** Takes the newer app that waits; undefined while there is none. */
export const takeNewVersion = signal<(() => void) | undefined>(undefined);

/** How often a screen that is never closed asks for a newer app. */
const ASK_EVERY = 30 * 60_000;

/** How long after the page has loaded the first screen has what it needs. */
const SETTLED = 1500;

export function keepShell() {
  if (!('serviceWorker' in navigator) || import.meta.env.DEV) return;
  // After the first screen: what it keeps for later must not hold up what is wanted now.
  if (document.readyState === 'complete') setTimeout(register, SETTLED);
  else addEventListener('load', () => setTimeout(register, SETTLED), { once: true });

  let hadController = navigator.serviceWorker.controller !== null;
  navigator.serviceWorker.addEventListener('controllerchange', () => {
    // Orders and drafts are in the database of the device, so a new page has them too.
    if (hadController) location.reload();
    hadController = true;
  });
}

function register() {
  navigator.serviceWorker
    .register('/service-worker.js')
    .then((registration) => {
      const found = () => {
        const worker = registration.waiting;
        // The very first one has no older app to wait for.
        if (worker && navigator.serviceWorker.controller)
          takeNewVersion.value = () => worker.postMessage('take over');
      };
      found();
      registration.addEventListener('updatefound', () => {
        registration.installing?.addEventListener('statechange', found);
      });
      setInterval(() => void registration.update().catch(() => undefined), ASK_EVERY);
    })
    // A browser that forbids it, or no network at the first start: the app works, but not offline.
    .catch(() => undefined);
}
