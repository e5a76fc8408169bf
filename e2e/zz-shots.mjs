import { launchBrowser } from './support/browser.mjs';
import { crawl } from './support/crawl.mjs';
import { readFileSync, mkdirSync } from 'node:fs';
const [email, password] = readFileSync('/tmp/owner', 'utf8').trim().split('\n');
const base = 'http://localhost:4700';
const browser = await launchBrowser();
mkdirSync('/tmp/shots', { recursive: true });
const looks = [['1280-light', 1280, 'light'], ['390-dark', 390, 'dark']];
const context = await browser.newContext({ baseURL: base, viewport: { width: 1280, height: 900 } });
const page = await context.newPage();
await page.goto('/login');
await page.getByLabel('E-mail').fill(email);
await page.getByRole('textbox', { name: 'Password' }).fill(password);
await page.getByRole('button', { name: 'Sign in' }).click();
await page.waitForURL('**/app');
const only = process.argv[2] ? new RegExp(process.argv[2]) : null;
await crawl(page, ['/app'], async (kind) => {
  if (only && !only.test(kind)) return;
  const file = kind.replace(/[^A-Za-z0-9]+/g, '_');
  for (const [name, width, theme] of looks) {
    await page.setViewportSize({ width, height: width === 390 ? 844 : 900 });
    await page.emulateMedia({ colorScheme: theme });
    await page.screenshot({ path: `/tmp/shots/${file}-${name}.png`, fullPage: true });
  }
  await page.setViewportSize({ width: 1280, height: 900 });
  console.log(kind);
});
await browser.close();
