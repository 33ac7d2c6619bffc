import { defineConfig } from '@playwright/test';
import checks from './playwright.config';

/** Pictures of every screen, for people to look at: `make screenshots`. */
export default defineConfig({ ...checks, testDir: 'pictures', timeout: 900_000 });
