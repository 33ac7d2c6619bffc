/** What the modules under test expect of a device, where there is none. */
import 'fake-indexeddb/auto';

const kept = new Map<string, string>();
const listeners = { addEventListener: () => undefined, removeEventListener: () => undefined };
const PlainRequest = Request;
Object.assign(globalThis, {
  // Relative addresses have a base in a browser.
  Request: class extends PlainRequest {
    constructor(input: RequestInfo | URL, init?: RequestInit) {
      super(typeof input === 'string' ? new URL(input, 'http://botica.example') : input, init);
    }
  },
  localStorage: {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => kept.set(key, value),
    removeItem: (key: string) => kept.delete(key),
  },
  document: { visibilityState: 'visible', ...listeners },
  ...listeners,
  navigator: { onLine: true },
  // Tabs are the browser checks' matter.
  BroadcastChannel: undefined,
});
