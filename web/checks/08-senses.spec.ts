import { embedded as test, expect, figures, people } from './hospital';

test('without colours and without motion nothing is lost', async ({ browser, hospital }) => {
  for (const priority of ['stat', 'urgent', 'routine'] as const) await hospital.place({ priority });
  const page = await hospital.signedIn(browser, people.technician);
  const devtools = await page.context().newCDPSession(page);
  await devtools.send('Emulation.setEmulatedVisionDeficiency', { type: 'achromatopsia' });
  await page.emulateMedia({ forcedColors: 'active', reducedMotion: 'reduce' });
  await page.goto('/fila');
  await page.locator('.queue-card').first().waitFor();
  // Each priority by its word and by a shape of its own.
  const shapes = new Map<string, string>();
  for (const [priority, word] of [
    ['stat', 'Emergência'],
    ['urgent', 'Urgente'],
    ['routine', 'Rotina'],
  ] as const) {
    const head = page.locator(`.queue-group.is-${priority} h2`);
    await expect(head).toContainText(word);
    shapes.set(await head.locator('svg').first().innerHTML(), word);
  }
  expect(shapes.size).toBe(3);

  const nurse = await hospital.signedIn(browser, people.nurse);
  await nurse.emulateMedia({ forcedColors: 'active', reducedMotion: 'reduce' });
  await nurse.goto(`/dispensario/${hospital.dispensers[0]?.id ?? ''}`);
  await nurse.locator('.medication-take').first().tap();
  // What is chosen is said by its stepper, and framed; what is chosen of the priorities is framed too.
  const width = (selector: string) =>
    nurse
      .locator(selector)
      .first()
      .evaluate((element) => parseFloat(getComputedStyle(element).borderTopWidth));
  await expect(nurse.locator('.stepper')).toBeVisible();
  expect(await width('.medication.is-chosen')).toBeGreaterThan(
    await width('.medication:not(.is-chosen) + .medication'),
  );
  expect(await width('.priority-option:has(:checked)')).toBeGreaterThan(
    await width('.priority-option:not(:has(:checked))'),
  );
  const moving = await nurse.evaluate(
    () => document.getAnimations().filter(({ playState }) => playState === 'running').length,
  );
  expect(moving).toBe(0);
  figures('senses', 'three priorities by word and shape; choices framed; nothing moves');
});
