import { distributed as test, expect, figures, people } from './hospital';

const ROUNDS = 50;

test(
  'of two technicians one wins, and the other is told who',
  { tag: '@services' },
  async ({ browser, hospital }) => {
    test.setTimeout(400_000);
    // What was said of the round before stays below the order of this one.
    const tall = { viewport: { width: 390, height: 1400 } };
    const pages = await Promise.all([
      hospital.signedIn(browser, people.technician, tall),
      hospital.signedIn(browser, people.otherTechnician, tall),
    ]);
    const names = ['Técnica Um', 'Técnica Dois'];
    for (const page of pages) await page.goto('/fila');
    const told: number[] = [];
    let wins = 0;
    for (let round = 0; round < ROUNDS; round += 1) {
      const id = await hospital.place({ dispenser: round % 3, medications: [round % 6] });
      const cards = pages.map((page) => page.locator(`[data-order="${id}"]`));
      await Promise.all(cards.map((card) => card.waitFor()));
      // Both fingers are on their buttons before either presses: what one does is on the other's screen at once.
      const buttons = await Promise.all(
        cards.map((card) => card.getByRole('button', { name: /Atender/ }).elementHandle()),
      );
      await Promise.all(buttons.map((button) => button.evaluate((element: HTMLElement) => element.click())));
      const pressed = Date.now();
      const order = await expect
        .poll(
          () => hospital.product.ask<{ status: string }>('GET', `/orders/${id}`).then(({ status }) => status),
          // What is waited here is part of what is measured.
          { intervals: [20] },
        )
        .toBe('accepted')
        .then(() => hospital.product.ask<{ accepted_by: { name: string } }>('GET', `/orders/${id}`));
      const winner = names.indexOf(order.accepted_by.name);
      expect(winner).toBeGreaterThanOrEqual(0);
      const loser = pages[1 - winner];
      if (!loser) throw new Error('two pages');
      // In the toast or on the card, by name.
      await loser
        .getByText(new RegExp(`com ${order.accepted_by.name}`))
        .first()
        .waitFor();
      told.push(Date.now() - pressed);
      wins += 1;
      await hospital.step(id, 'deliver', winner === 0 ? people.technician : people.otherTechnician);
      await Promise.all(cards.map((card) => card.waitFor({ state: 'detached' })));
    }
    figures(
      'race',
      `${String(wins)} of ${String(ROUNDS)} rounds with one winner; the other told after at most ${String(Math.max(...told))} ms`,
    );
    expect(Math.max(...told)).toBeLessThanOrEqual(1000);
  },
);
