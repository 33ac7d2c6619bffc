import { Relay } from './relay';
import { embedded as test, expect, figures, people } from './hospital';

const ORDERS = 40;

test('the wall shows forty orders without scrolling, and says when it stands still', async ({
  browser,
  hospital,
}) => {
  test.setTimeout(300_000);
  for (let order = 0; order < ORDERS; order += 1) {
    const priority = (['routine', 'urgent', 'stat'] as const)[order % 3] ?? 'routine';
    const id = await hospital.place({
      priority,
      dispenser: order % 3,
      medications: [order % 6, (order + 1) % 6],
    });
    if (order % 4 === 0) await hospital.step(id, 'accept', people.technician);
  }
  const { token } = await hospital.product.ask<{ token: string }>('POST', '/boards', { name: 'Farmácia' });
  // Other checks may have left some; all of them are of the last hour.
  const onTheWall = ['requested', 'accepted', 'in_transit', 'delivered'];
  const expected = (await hospital.ordersOf()).filter(({ status }) => onTheWall.includes(status)).length;
  expect(expected).toBeGreaterThanOrEqual(ORDERS);
  const network = await Relay.to(hospital.product.url);
  for (const [width, height] of [
    [1920, 1080],
    [1280, 720],
  ] as const) {
    const context = await browser.newContext({
      viewport: { width, height },
      isMobile: false,
      hasTouch: false,
      baseURL: network.url,
    });
    const wall = await context.newPage();
    await wall.goto(`/painel#${token}`);
    await wall.locator('[data-order]').first().waitFor();
    expect(new URL(wall.url()).hash).toBe('');
    const seen = await wall.evaluate(() => {
      const sizes = [...document.querySelectorAll('[data-order] *')]
        .filter(
          (element) =>
            element.childElementCount === 0 &&
            element.textContent.trim() !== '' &&
            element.getClientRects().length > 0,
        )
        .map((element) => parseFloat(getComputedStyle(element).fontSize));
      const { scrollHeight, clientHeight, scrollWidth, clientWidth } = document.documentElement;
      return {
        smallest: Math.min(...sizes),
        isWhole: scrollHeight <= clientHeight && scrollWidth <= clientWidth,
      };
    });
    const shown = await wall.locator('[data-order]').filter({ visible: true }).count();
    const more = (await wall.getByText(/^\+\d+ pedidos?$/).allTextContents()).map((text) =>
      parseInt(text.slice(1), 10),
    );
    figures(
      'board',
      `${String(width)} × ${String(height)}: ${String(shown)} shown, ${more.join(' and ') || 'no'} more; smallest text ${seen.smallest.toFixed(0)} px`,
    );
    expect(seen.isWhole).toBe(true);
    expect(seen.smallest).toBeGreaterThanOrEqual(28);
    expect(shown + more.reduce((sum, n) => sum + n, 0)).toBe(expected);

    if (width === 1920) {
      network.cut();
      await wall.getByText('PARADO há').waitFor({ timeout: 20_000 });
      network.mend();
      await wall.getByText('PARADO há').waitFor({ state: 'detached' });
    }
    await context.close();
  }
});

test('a double tap gives one order', async ({ browser, hospital }) => {
  const page = await hospital.signedIn(browser, people.otherNurse);
  const count = async () => (await hospital.ordersOf()).length;
  const before = await count();
  await page.goto(`/dispensario/${hospital.dispensers[0]?.id ?? ''}`);
  await page.locator('.medication-take').first().tap();
  // Both in one moment, before anything on the screen can have changed.
  await page.getByRole('button', { name: 'Enviar (1)' }).evaluate((button: HTMLButtonElement) => {
    button.click();
    button.click();
  });
  await page.locator('.toast', { hasText: 'Solicitado' }).waitFor();
  await expect.poll(count).toBe(before + 1);
  await page.waitForTimeout(2000);
  expect(await count()).toBe(before + 1);
});

test('a row does not move under a finger', async ({ browser, hospital }) => {
  const page = await hospital.signedIn(browser, people.technician);
  await page.goto('/fila');
  await page.locator('.queue-card').first().waitFor();
  await page.getByText('Ao vivo').first().waitFor();
  // A finger lies on the first order of the last group: all that is new would come before it.
  const card = page.locator('.queue-group').last().locator('.queue-card').first();
  await card.scrollIntoViewIfNeeded();
  const box = await card.boundingBox();
  if (!box) throw new Error('no card');
  await page.mouse.move(box.x + box.width / 2, box.y + 20);
  await page.mouse.down();
  const id = await hospital.place({ priority: 'stat', dispenser: 1 });
  await page
    .getByRole('button', { name: '1 novo' })
    .or(page.locator(`[data-order="${id}"]`))
    .first()
    .waitFor({ state: 'attached' });
  const after = await card.boundingBox();
  await page.mouse.up();
  const shift = Math.abs((after?.y ?? Number.NaN) - box.y);
  figures('shift', `${String(shift)} px under a pressed pointer`);
  expect(shift).toBe(0);
});
