import { Relay } from './relay';
import { distributed as test, expect, figures, p95, people } from './hospital';

const RUNS = 20;

test(
  'what a nurse sends is in the queue and on the wall within a second',
  { tag: '@services' },
  async ({ browser, hospital }) => {
    const network = await Relay.to(hospital.product.url);
    const desk = {
      baseURL: network.url,
      viewport: { width: 1440, height: 900 },
      isMobile: false,
      hasTouch: false,
    };
    const queue = await hospital.signedIn(browser, people.technician, desk);
    await queue.goto('/fila');
    const { token } = await hospital.product.ask<{ token: string }>('POST', '/boards', { name: 'Farmácia' });
    const context = await browser.newContext(desk);
    const wall = await context.newPage();
    await wall.goto(`/painel#${token}`);
    await wall.locator('.board-columns').waitFor();
    await queue.getByText('Ao vivo').first().waitFor();

    const toQueue: number[] = [];
    const toWall: number[] = [];
    for (let run = 0; run < RUNS; run += 1) {
      const sent = Date.now();
      const seen = (page: typeof queue, times: number[], id: string) =>
        page
          .locator(`[data-order="${id}"]`)
          .waitFor({ state: 'attached' })
          .then(() => times.push(Date.now() - sent));
      const token = await hospital.tokenOf(people.nurse);
      const { id } = await hospital.product.ask<{ id: string }>(
        'POST',
        '/orders',
        {
          dispenser_id: hospital.dispensers[run % 3]?.id,
          lines: [{ medication_id: hospital.medications[run % 6]?.id, quantity: 5 }],
        },
        token,
      );
      await Promise.all([seen(queue, toQueue, id), seen(wall, toWall, id)]);
      await hospital.step(id, 'accept', people.otherTechnician);
      await hospital.step(id, 'deliver', people.otherTechnician);
      // It has left the queue before the next one comes.
      await queue.locator(`[data-order="${id}"]:not(.is-gone)`).waitFor({ state: 'detached' });
    }
    figures(
      'live',
      `to the queue p95 ${String(p95(toQueue))} ms, to the wall p95 ${String(p95(toWall))} ms of ${String(RUNS)}`,
    );
    expect(p95(toQueue)).toBeLessThanOrEqual(1000);
    expect(p95(toWall)).toBeLessThanOrEqual(1000);

    // Half a minute without a network, while ten orders come.
    network.cut();
    const missed: string[] = [];
    for (let order = 0; order < 10; order += 1)
      missed.push(await hospital.place({ dispenser: order % 3, medications: [order % 6] }));
    await wall.waitForTimeout(30_000);
    await expect(wall.getByText('PARADO há', { exact: false })).toBeVisible();
    const back = Date.now();
    network.mend();
    for (const id of missed) await queue.locator(`[data-order="${id}"]`).waitFor({ state: 'attached' });
    const caughtUp = Date.now() - back;
    await expect(wall.getByText('PARADO há', { exact: false })).toHaveCount(0);
    figures('after a break', `all ${String(missed.length)} there ${String(caughtUp)} ms after the network`);
    expect(caughtUp).toBeLessThanOrEqual(5000);
    for (const id of missed) await expect(queue.locator(`[data-order="${id}"]`)).toHaveCount(1);
  },
);
