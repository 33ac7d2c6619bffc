import { existsSync } from 'node:fs';
import { defineConfig } from '@playwright/test';

const chromium = process.env['CHROMIUM'] ?? '/usr/bin/chromium';
if (!existsSync(chromium)) throw new Error(`there is no Chromium at ${chromium}; CHROMIUM can name another`);

/** The ten checks of the screens, each against a Botica of its own. */
export default defineConfig({
  testDir: 'checks',
  outputDir: 'test-results',
  // They measure times, and each runs a whole Botica.
  workers: 1,
  fullyParallel: false,
  // Machines that many share stand still at times: a time that was too long once is measured once more.
  retries: process.env['CI'] ? 1 : 0,
  timeout: 180_000,
  expect: { timeout: 10_000 },
  reporter: [['list']],
  use: {
    browserName: 'chromium',
    launchOptions: { executablePath: chromium },
    locale: 'pt-BR',
    // A phone that is set to another zone than the hospital's.
    timezoneId: 'Asia/Tokyo',
    viewport: { width: 390, height: 844 },
    hasTouch: true,
    isMobile: true,
    trace: 'off',
    screenshot: 'only-on-failure',
  },
});
