import type { Page } from 'playwright-core';
import { PASSWORD } from './scene.js';

/** Signs in on the login page, and waits for the page that was wanted. */
export async function signIn(page: Page, address: string, email: string, next: string): Promise<void> {
  await page.goto(`${address}/login?next=${encodeURIComponent(next)}`);
  await page.waitForSelector('#app[data-v-app] input[name="email"]');
  await page.fill('input[name="email"]', email);
  await page.fill('input[name="password"]', PASSWORD);
  await page.click('form.form button:not([type="button"])');
  await page.waitForURL(address + next);
}
