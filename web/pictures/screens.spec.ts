import { embedded as test } from '../checks/hospital';
import { roles } from '../checks/hospital';
import { screens, show } from '../checks/screens';

const sizes = {
  phone: { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true, deviceScaleFactor: 2 },
  desk: { viewport: { width: 1366, height: 850 }, isMobile: false, hasTouch: false },
};

test('every screen, on a phone and on a desk, light and dark', async ({ browser, hospital }) => {
  await hospital.fill();
  const { token } = await hospital.product.ask<{ token: string }>('POST', '/boards', { name: 'Farmácia' });
  for (const theme of ['light', 'dark'] as const) {
    for (const [size, options] of Object.entries(sizes)) {
      for (const role of [undefined, 'nurse', 'technician', 'manager', 'admin'] as const) {
        const context = await browser.newContext({
          ...options,
          colorScheme: theme,
          baseURL: hospital.product.url,
        });
        const page = role ? await hospital.signIn(context, roles[role]) : await context.newPage();
        for (const screen of screens.filter((screen) => screen.role === role)) {
          await show(page, hospital, screen);
          await page.waitForTimeout(300);
          await page.screenshot({ path: `screenshots/${screen.name}-${size}-${theme}.png` });
        }
        await context.close();
      }
    }
  }
  const context = await browser.newContext({
    viewport: { width: 1920, height: 1080 },
    baseURL: hospital.product.url,
  });
  const wall = await context.newPage();
  await wall.goto(`/painel#${token}`);
  await wall.locator('[data-order]').first().waitFor();
  await wall.screenshot({ path: 'screenshots/painel.png' });
  await context.close();
});
