import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, type BrowserContext, type Page } from '@playwright/test';
import { distributed as test, expect, figures, people, type Hospital } from './hospital';

/** Each is another way in which the network fails an order. */
const WAYS = ['offline', 'restarted', 'answer lost', 'server killed', 'cut in the middle'] as const;

const RUNS = 30;

/** A phone whose browser can be closed and opened again with all that it kept. */
class Phone {
  #context: BrowserContext | undefined;
  readonly #dir = mkdtempSync(join(tmpdir(), 'botica-phone-'));

  constructor(readonly hospital: Hospital) {}

  async open(isOffline = false): Promise<Page> {
    this.#context = await chromium.launchPersistentContext(this.#dir, {
      executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
      baseURL: this.hospital.product.url,
      offline: isOffline,
      locale: 'pt-BR',
      timezoneId: 'Asia/Tokyo',
      viewport: { width: 390, height: 844 },
      hasTouch: true,
      isMobile: true,
    });
    this.#context.setDefaultTimeout(30_000);
    return this.#context.pages()[0] ?? (await this.#context.newPage());
  }

  get context(): BrowserContext {
    if (!this.#context) throw new Error('the phone is off');
    return this.#context;
  }

  async close() {
    await this.#context?.close();
    this.#context = undefined;
  }

  async throwAway() {
    await this.close();
    rmSync(this.#dir, { recursive: true, force: true });
  }
}

/** The id of the order that was placed last, out of the phone's own database. */
function lastPlaced(page: Page): Promise<string> {
  return page.evaluate(
    () =>
      new Promise<string>((resolve, reject) => {
        const opening = indexedDB.open('botica');
        opening.onerror = () => reject(new Error('no database'));
        opening.onsuccess = () => {
          const asked = opening.result.transaction('waiting').objectStore('waiting').getAllKeys();
          asked.onsuccess = () => {
            opening.result.close();
            resolve((asked.result as string[]).at(-1) ?? '');
          };
        };
      }),
  );
}

async function send(page: Page) {
  await page.locator('.medication-take').first().tap();
  await page.getByRole('button', { name: 'Enviar (1)' }).tap();
}

test(
  'an order that the network fails is sent once, whatever happens to it',
  { tag: '@services' },
  async ({ hospital }) => {
    test.setTimeout(600_000);
    const { product } = hospital;
    const phone = new Phone(hospital);
    const told: number[] = [];
    const sent: number[] = [];
    const ids: string[] = [];
    try {
      let page = await phone.open();
      await hospital.signIn(phone.context, people.nurse);
      const dispenser = `/dispensario/${hospital.dispensers[0]?.id ?? ''}`;
      await page.goto(dispenser);
      await page.locator('.medication-take').first().waitFor();
      await page.waitForFunction(() => navigator.serviceWorker.controller !== null);

      for (let run = 0; run < RUNS; run += 1) {
        const way = WAYS[run % WAYS.length];
        await page.goto(dispenser);
        await page.locator('.medication-take').first().waitFor();
        const { context } = phone;
        // Of the page as it is then: the phone may have been closed and opened again.
        const unsent = () => page.locator('.status-unsent').first();

        if (way === 'offline' || way === 'restarted') {
          await context.setOffline(true);
          const pressed = Date.now();
          await send(page);
          await unsent().waitFor();
          told.push(Date.now() - pressed);
          ids.push(await lastPlaced(page));
          if (way === 'restarted') {
            await phone.close();
            page = await phone.open(true);
            await page.goto('/meus-pedidos');
            await unsent().waitFor();
          }
          const back = Date.now();
          await phone.context.setOffline(false);
          await unsent().waitFor({ state: 'detached' });
          sent.push(Date.now() - back);
        } else if (way === 'server killed') {
          await product.kill();
          await send(page);
          await unsent().waitFor();
          ids.push(await lastPlaced(page));
          await product.run();
          const back = Date.now();
          await unsent().waitFor({ state: 'detached' });
          sent.push(Date.now() - back);
        } else {
          let attempts = 0;
          await context.route('**/orders', async (route) => {
            if (route.request().method() !== 'POST') return route.continue();
            attempts += 1;
            if (attempts > 1) return route.continue();
            // The server has it, and nobody hears of that; or it never arrived.
            if (way === 'answer lost') await route.fetch();
            await route.abort('connectionreset');
          });
          await send(page);
          await page.locator('.status-requested').first().waitFor();
          await expect.poll(() => attempts).toBeGreaterThanOrEqual(2);
          await context.unroute('**/orders');
        }
      }

      const orders = await expect
        .poll(async () => (await hospital.ordersOf()).length, { timeout: 30_000 })
        .toBe(RUNS)
        .then(() => hospital.ordersOf());
      for (const id of ids) expect(orders.filter((order) => order.id === id)).toHaveLength(1);
      // None waits on the phone any more.
      await page.goto('/meus-pedidos');
      await expect(page.locator('.status-unsent')).toHaveCount(0);
      figures(
        'offline',
        `${String(RUNS)} of ${String(RUNS)} orders, each once; Não enviado after at most ${String(Math.max(...told))} ms, ` +
          `sent at most ${String(Math.max(...sent))} ms after the network was back`,
      );
      expect(Math.max(...sent)).toBeLessThanOrEqual(5000);
    } finally {
      await phone.throwAway();
    }
  },
);

test(
  'without a network the order says within 300 ms that it is not sent',
  { tag: '@services' },
  async ({ browser, hospital }) => {
    const page = await hospital.signedIn(browser, people.otherNurse);
    await page.goto(`/dispensario/${hospital.dispensers[1]?.id ?? ''}`);
    await page.locator('.medication-take').first().waitFor();
    await page.context().setOffline(true);
    await page.locator('.medication-take').first().tap();
    // Measured in the page: the way from this program to the browser is nobody's wait.
    await page.evaluate(() => {
      const state = { pressed: 0, told: 0 };
      Object.assign(globalThis, { state });
      addEventListener('click', () => (state.pressed = performance.now()), { capture: true, once: true });
      new MutationObserver(() => {
        if (state.told === 0 && document.querySelector('.status-unsent')) state.told = performance.now();
      }).observe(document.body, { childList: true, subtree: true });
    });
    await page.getByLabel('Emergência').tap();
    await page.evaluate(() => {
      const { state } = globalThis as unknown as { state: { pressed: number } };
      addEventListener('click', () => (state.pressed = performance.now()), { capture: true, once: true });
    });
    await page.getByRole('button', { name: 'Enviar (1)' }).tap();
    await page.locator('.status-unsent').waitFor();
    const { pressed, told } = await page.evaluate(
      () => (globalThis as unknown as { state: { pressed: number; told: number } }).state,
    );
    figures('not sent', `told ${(told - pressed).toFixed(0)} ms after Enviar`);
    expect(told - pressed).toBeGreaterThan(0);
    expect(told - pressed).toBeLessThanOrEqual(300);
    // An emergency that can't be sent can still be called in.
    await expect(page.getByRole('link', { name: 'Ligar para a farmácia' })).toHaveAttribute(
      'href',
      'tel:+551155550100',
    );
    await page.context().setOffline(false);
    await expect(page.locator('.status-requested').first()).toBeVisible();
  },
);

test(
  'what was taken back within six seconds is not in the queue',
  { tag: '@services' },
  async ({ browser, hospital }) => {
    const page = await hospital.signedIn(browser, people.otherNurse);
    await page.goto(`/dispensario/${hospital.dispensers[2]?.id ?? ''}`);
    await page.locator('.medication-take').first().tap();
    await page.getByRole('button', { name: 'Enviar (1)' }).tap();
    await page.locator('.toast', { hasText: 'Solicitado' }).waitFor();
    await page.getByRole('button', { name: 'Desfazer' }).tap();
    await expect(page.locator('.status-cancelled').first()).toBeVisible();
    const isOpen = async () => {
      const path = `/dispensers/${hospital.dispensers[2]?.id ?? ''}/open-orders`;
      return (await hospital.product.ask<{ items: unknown[] }>('GET', path)).items.length;
    };
    await expect.poll(isOpen).toBe(0);
  },
);
