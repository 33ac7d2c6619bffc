import type { Page } from '@playwright/test';
import { embedded as test, expect, figures, people } from './hospital';

/** Writes down each tone that the page plays, since nobody listens. */
async function listen(page: Page) {
  await page.addInitScript(() => {
    const tones: number[] = [];
    Object.assign(globalThis, { tones });
    OscillatorNode.prototype.start = function (this: OscillatorNode, when?: number) {
      tones.push(this.frequency.value);
      AudioScheduledSourceNode.prototype.start.call(this, when);
    };
  });
}

const heard = (page: Page) => page.evaluate(() => (globalThis as unknown as { tones: number[] }).tones);

test('sounds mean what they say, and none comes off duty', async ({ browser, hospital }) => {
  // An emergency that another check has left would ring at once.
  for (const { id, status } of await hospital.ordersOf()) {
    if (status === 'requested') await hospital.step(id, 'accept', people.otherTechnician);
  }
  const page = await hospital.signedIn(browser, people.technician);
  await listen(page);
  await page.goto('/fila');
  const available = page.getByRole('switch', { name: 'Disponível' });
  if (!(await available.isChecked())) await available.click();
  await expect(available).toBeChecked();
  // A page may make sounds once it has been touched.
  await page.getByRole('heading', { level: 1 }).click();
  await page.getByText('Ao vivo').first().waitFor();

  const routine = await hospital.place({ priority: 'routine' });
  await page.locator(`[data-order="${routine}"]`).waitFor();
  const urgent = await hospital.place({ priority: 'urgent', dispenser: 1 });
  await page.locator(`[data-order="${urgent}"]`).waitFor();
  await page.waitForTimeout(5000);
  // Two tones, once; none for Rotina.
  expect(await heard(page)).toHaveLength(2);

  const stat = await hospital.place({ priority: 'stat', dispenser: 2 });
  await page.locator(`[data-order="${stat}"]`).waitFor();
  await expect
    .poll(async () => (await heard(page)).length, { timeout: 15_000 })
    .toBeGreaterThanOrEqual(2 + 3 * 3);
  await page.getByRole('button', { name: 'Silenciar' }).click();
  const silenced = (await heard(page)).length;
  await page.waitForTimeout(9000);
  expect(await heard(page)).toHaveLength(silenced);

  await available.click();
  await expect(available).not.toBeChecked();
  const off = await hospital.place({ priority: 'stat', dispenser: 0 });
  await page.locator(`[data-order="${off}"]`).waitFor();
  await page.waitForTimeout(5000);
  expect(await heard(page)).toHaveLength(silenced);
  figures(
    'sounds',
    `Rotina none, Urgente 2 tones once, Emergência ${String(silenced - 2)} tones until silenced, off duty none`,
  );
});
