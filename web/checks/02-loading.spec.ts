import type { Browser, Page } from '@playwright/test';
import { embedded as test, expect, figures, people, type Hospital } from './hospital';

/** A slow phone on a bad network: CPU × 4, 1.6 Mbit/s, 150 ms. */
async function slow(page: Page) {
  const devtools = await page.context().newCDPSession(page);
  await devtools.send('Emulation.setCPUThrottlingRate', { rate: 4 });
  await devtools.send('Network.enable');
  const bytes = (1.6 * 1024 * 1024) / 8;
  await devtools.send('Network.emulateNetworkConditions', {
    offline: false,
    latency: 150,
    downloadThroughput: bytes,
    uploadThroughput: bytes,
  });
  return devtools;
}

/** When the largest thing of the page was there (largest contentful paint), in milliseconds. */
async function largestPaint(page: Page): Promise<number> {
  await page.locator('.scan-button').waitFor();
  await page.waitForTimeout(500);
  return page.evaluate(
    () =>
      new Promise<number>((resolve) => {
        new PerformanceObserver((list) => resolve(list.getEntries().at(-1)?.startTime ?? Number.NaN)).observe(
          {
            type: 'largest-contentful-paint',
            buffered: true,
          },
        );
      }),
  );
}

test('the app opens quickly on a slow phone, and is small', async ({ browser, hospital }) => {
  // Each on a phone that has never opened it; the machine may be busy at one of them.
  const loads: Load[] = [];
  for (let run = 0; run < 3; run += 1) loads.push(await load(browser, hospital));
  const middle = (times: number[]) => times.sort((a, b) => a - b)[1] ?? Number.NaN;
  const cold = middle(loads.map((load) => load.cold));
  const warm = middle(loads.map((load) => load.warm));
  const bytes = Math.max(...loads.map((load) => load.bytes));
  figures(
    'loading',
    `LCP cold ${cold.toFixed(0)} ms, warm ${warm.toFixed(0)} ms, the middle of 3; first load ${(bytes / 1024).toFixed(0)} KB`,
  );
  expect(loads.flatMap(({ elsewhere }) => elsewhere)).toEqual([]);
  expect(bytes).toBeGreaterThan(10_000);
  expect(bytes).toBeLessThanOrEqual(300 * 1024);
  expect(cold).toBeLessThanOrEqual(2500);
  expect(warm).toBeLessThanOrEqual(1000);
});

interface Load {
  cold: number;
  warm: number;
  /** As they came over the network until the app was ready for the next time without one. */
  bytes: number;
  /** What was asked of other hosts. */
  elsewhere: string[];
}

async function load(browser: Browser, hospital: Hospital): Promise<Load> {
  // Signed in elsewhere: nothing of the app is on this phone yet.
  const signedIn = await hospital.signedIn(browser, people.nurse);
  const state = await signedIn.context().storageState();
  await signedIn.context().close();
  const context = await browser.newContext({ baseURL: hospital.product.url, storageState: state });
  context.setDefaultTimeout(30_000);
  const page = await context.newPage();
  const devtools = await slow(page);
  let bytes = 0;
  const elsewhere: string[] = [];
  devtools.on('Network.loadingFinished', ({ encodedDataLength }) => (bytes += encodedDataLength));
  page.on('request', (request) => {
    if (!request.url().startsWith(hospital.product.url)) elsewhere.push(request.url());
  });
  await page.goto('/');
  const cold = await largestPaint(page);
  await page.waitForFunction(() => navigator.serviceWorker.controller !== null);

  const again = await context.newPage();
  await slow(again);
  await again.goto('/');
  const warm = await largestPaint(again);
  await context.close();
  return { cold, warm, bytes, elsewhere };
}
