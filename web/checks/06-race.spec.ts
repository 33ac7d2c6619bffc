import type { Page } from '@playwright/test';
import { distributed as test, expect, figures, people } from './hospital';

const ROUNDS = 50;

/** What a press of "Atender" led to. */
interface Pressed {
  /** That another has the order, and so many milliseconds after the press. */
  told?: { after: number; by: string };
  isMine?: boolean;
}

type Race = typeof globalThis & { race: Pressed; press: () => void; watcher?: MutationObserver };

/** Gets ready to press, and to see in the page itself what is said of the order from then on. */
function aim(page: Page, id: string, names: string[]) {
  return page.evaluate(
    ({ id, names }) => {
      const card = document.querySelector(`[data-order="${id}"]`);
      const button = card?.querySelector<HTMLElement>('button.button-main');
      if (!card || !button) throw new Error('there is no order to press');
      // What is still said of the round before does not count.
      const said = new Set(
        [...document.querySelectorAll<HTMLElement>('.toast')].map((toast) => toast.dataset['toast']),
      );
      const race: Pressed = {};
      // Who is told before pressing has waited for nothing.
      let pressed = Number.POSITIVE_INFINITY;
      const look = () => {
        for (const place of document.querySelectorAll<HTMLElement>(
          `.toast, [data-order="${id}"] .queue-gone`,
        )) {
          if (place.dataset['toast'] !== undefined && said.has(place.dataset['toast'])) continue;
          const by = names.find((name) => place.innerText.includes(`com ${name}`));
          if (by) race.told ??= { after: Math.max(0, performance.now() - pressed), by };
          else if (place.innerText.includes('Em atendimento')) race.isMine = true;
        }
      };
      (globalThis as Race).watcher?.disconnect();
      const watcher = new MutationObserver(look);
      watcher.observe(document.body, { subtree: true, childList: true, characterData: true });
      const press = () => {
        pressed = performance.now();
        button.click();
      };
      Object.assign(globalThis, { race, press, watcher });
    },
    { id, names },
  );
}

const raceOf = (page: Page) => page.evaluate(() => (globalThis as Race).race);

test(
  'of two technicians one wins, and the other is told who',
  { tag: '@services' },
  async ({ browser, hospital }) => {
    test.setTimeout(400_000);
    const pages = await Promise.all([
      hospital.signedIn(browser, people.technician),
      hospital.signedIn(browser, people.otherTechnician),
    ]);
    const names = ['Técnica Um', 'Técnica Dois'];
    for (const page of pages) await page.goto('/fila');
    const told: number[] = [];
    const wins = [0, 0];
    for (let round = 0; round < ROUNDS; round += 1) {
      const id = await hospital.place({ dispenser: round % 3, medications: [round % 6] });
      const cards = pages.map((page) => page.locator(`[data-order="${id}"]`));
      await Promise.all(cards.map((card) => card.waitFor()));
      // Both fingers are on their buttons before either presses: what one does is on the other's screen at once.
      await Promise.all(pages.map((page) => aim(page, id, names)));
      await Promise.all(pages.map((page) => page.evaluate(() => (globalThis as Race).press())));
      const order = await expect
        .poll(() =>
          hospital.product
            .ask<{ accepted_by: { name: string } | null }>('GET', `/orders/${id}`)
            .then(({ accepted_by }) => accepted_by?.name),
        )
        .toBeDefined()
        .then(() => hospital.product.ask<{ accepted_by: { name: string } }>('GET', `/orders/${id}`));
      const winner = names.indexOf(order.accepted_by.name);
      const [first, loser] = [pages[winner], pages[1 - winner]];
      if (!first || !loser) throw new Error('two pages');
      await expect.poll(() => raceOf(loser).then(({ told }) => told?.by)).toBe(order.accepted_by.name);
      const { told: said, isMine } = await raceOf(loser);
      expect(isMine).toBeUndefined();
      await expect.poll(() => raceOf(first).then(({ isMine }) => isMine)).toBe(true);
      expect((await raceOf(first)).told).toBeUndefined();
      told.push(said?.after ?? Number.POSITIVE_INFINITY);
      wins[winner] = (wins[winner] ?? 0) + 1;
      await hospital.step(id, 'deliver', winner === 0 ? people.technician : people.otherTechnician);
      await Promise.all(cards.map((card) => card.waitFor({ state: 'detached' })));
    }
    const slowest = Math.max(...told);
    figures(
      'race',
      `${String(told.length)} of ${String(ROUNDS)} rounds with one winner (${wins.join(' : ')}); the other told after at most ${slowest.toFixed(0)} ms`,
    );
    expect(slowest).toBeLessThanOrEqual(1000);
  },
);
