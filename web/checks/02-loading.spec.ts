import type { Page } from '@playwright/test';
import { embedded as test, expect, figures, people } from './hospital';

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
  const signedIn = await hospital.signedIn(browser, people.nurse);
  const state = await signedIn.context().storageState();
  await signedIn.context().close();

  const cold = await browser.newContext({ baseURL: hospital.product.url, storageState: state });
  const page = await cold.newPage();
  const devtools = await slow(page);
  let bytes = 0;
  const elsewhere: string[] = [];
  devtools.on('Network.loadingFinished', ({ encodedDataLength }) => (bytes += encodedDataLength));
  page.on('request', (request) => {
    if (!request.url().startsWith(hospital.product.url)) elsewhere.push(request.url());
  });
  await page.goto('/');
  const coldPaint = await largestPaint(page);
  await page.evaluate(() => navigator.serviceWorker.ready);
  await page.waitForFunction(() => navigator.serviceWorker.controller !== null);

  const again = await cold.newPage();
  await slow(again);
  await again.goto('/');
  const warmPaint = await largestPaint(again);
  figures(
    'loading',
    `LCP cold ${coldPaint.toFixed(0)} ms, warm ${warmPaint.toFixed(0)} ms; first load ${(bytes / 1024).toFixed(0)} KB`,
  );
  expect(elsewhere).toEqual([]);
  expect(bytes).toBeGreaterThan(10_000);
  expect(bytes).toBeLessThanOrEqual(300 * 1024);
  expect(coldPaint).toBeLessThanOrEqual(2500);
  expect(warmPaint).toBeLessThanOrEqual(1000);
  await cold.close();
});
