import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from '@playwright/test';
import type { AxeResults } from 'axe-core';
import { embedded as test, expect, figures, people, roles } from './hospital';
import { screens, show } from './screens';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];

/** What is wrong with the page as it is, in words. */
async function violations(page: Page, where: string): Promise<string[]> {
  // Through the debugger: the page's own policy lets no script in.
  await page.evaluate(axe);
  const results = await page.evaluate(
    (rules) =>
      (globalThis as unknown as { axe: { run: (options: object) => Promise<AxeResults> } }).axe.run({
        runOnly: { type: 'tag', values: rules },
        resultTypes: ['violations'],
      }),
    RULES,
  );
  return results.violations.map(
    ({ id, nodes }) =>
      `${where}: ${id} at ${nodes.map(({ target, any }) => `${target.join(' ')} (${any[0]?.message ?? ''})`).join('; ')}`,
  );
}

test('no screen shuts anyone out', async ({ browser, hospital }) => {
  test.setTimeout(900_000);
  await hospital.fill();
  const wrong: string[] = [];
  let looked = 0;
  for (const theme of ['light', 'dark'] as const) {
    for (const language of ['pt', 'en'] as const) {
      for (const role of [undefined, 'nurse', 'technician', 'manager', 'admin'] as const) {
        const isDesk = role === 'manager' || role === 'admin';
        const options = {
          colorScheme: theme,
          ...(isDesk && { viewport: { width: 1280, height: 900 }, isMobile: false, hasTouch: false }),
        };
        const context = await browser.newContext({ ...options, baseURL: hospital.product.url });
        const page = role ? await hospital.signIn(context, roles[role]) : await context.newPage();
        await page.goto('/');
        await page.evaluate(
          (language) => localStorage.setItem('botica.preferences', JSON.stringify({ language })),
          language,
        );
        for (const screen of screens.filter((screen) => screen.role === role)) {
          await show(page, hospital, screen);
          wrong.push(...(await violations(page, `${screen.name} ${theme} ${language}`)));
          looked += 1;
        }
        await context.close();
      }
    }
  }
  figures(
    'axe',
    `${String(wrong.length)} violations on ${String(looked)} pictures of ${String(screens.length)} screens`,
  );
  expect(wrong).toEqual([]);
});

test('the keyboard alone orders and accepts', async ({ browser, hospital }) => {
  const desk = { viewport: { width: 1280, height: 900 }, isMobile: false, hasTouch: false };
  const nurse = await hospital.signedIn(browser, people.otherNurse, desk);
  await nurse.goto(`/dispensario/${hospital.dispensers[1]?.id ?? ''}`);
  await nurse.locator('.medication-take').first().waitFor();
  const focusOn = async (page: Page, selector: string) => {
    for (let tabs = 0; tabs < 80; tabs += 1) {
      if (await page.evaluate((selector) => document.activeElement?.matches(selector) ?? false, selector))
        return;
      await page.keyboard.press('Tab');
    }
    throw new Error(`the Tab key does not reach ${selector}`);
  };
  await focusOn(nurse, '.medication-take');
  await nurse.keyboard.press('Enter');
  await focusOn(nurse, '.screen-bar .button-main');
  await nurse.keyboard.press('Space');
  await nurse.locator('.toast', { hasText: 'Solicitado' }).waitFor();

  const technician = await hospital.signedIn(browser, people.technician, {
    viewport: { width: 390, height: 844 },
  });
  await technician.goto('/fila');
  await technician.locator('.queue-card').first().waitFor();
  await focusOn(technician, '.queue-card .button-main');
  await technician.keyboard.press('Enter');
  await technician.locator('.toast', { hasText: 'Em atendimento' }).waitFor();
});

test('every control of a phone is as large as a thumb, and nothing is cut at 320 pixels', async ({
  browser,
  hospital,
}) => {
  await hospital.fill();
  const wrong: string[] = [];
  for (const role of ['nurse', 'technician'] as const) {
    const page = await hospital.signedIn(browser, roles[role], { viewport: { width: 320, height: 640 } });
    for (const screen of screens.filter((screen) => screen.role === role)) {
      await show(page, hospital, screen);
      wrong.push(
        ...(await page.evaluate((name) => {
          const found: string[] = [];
          if (document.documentElement.scrollWidth > 320)
            found.push(`${name}: ${String(document.documentElement.scrollWidth)} px wide`);
          for (const control of document.querySelectorAll(
            'button, a[href], input:not([type=hidden]), select, textarea',
          )) {
            const { width, height } = (control.closest('label') ?? control).getBoundingClientRect();
            // What is not shown, and links within text.
            if (width === 0 || getComputedStyle(control).display === 'inline' || control.matches('.skip'))
              continue;
            if (height < 47.5 || width < 24)
              found.push(
                `${name}: ${control.outerHTML.slice(0, 80)} is ${width.toFixed(0)} × ${height.toFixed(0)}`,
              );
          }
          return found;
        }, screen.name)),
      );
    }
    await page.context().close();
  }
  expect(wrong).toEqual([]);
});
