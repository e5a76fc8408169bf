// Chromium, with pages that fail the test when the browser itself has a complaint.

import { existsSync } from 'node:fs';

import { chromium } from 'playwright-core';

const candidates = [process.env.CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

export const WIDE = { width: 1280, height: 900 };
export const NARROW = { width: 390, height: 844 };

const withoutScripts = new WeakSet();

/** Waits for what appears by itself with scripts, and after a reload without. */
export async function appears(page, locator) {
  if (withoutScripts.has(page)) await arrives(page, locator);
  await locator.waitFor();
}

/** Waits, reloading the page, for what others bring about: figures that come by the outbox. */
export async function arrives(page, locator) {
  const deadline = Date.now() + 20_000;
  while (!(await locator.isVisible()) && Date.now() < deadline) {
    await new Promise((done) => setTimeout(done, 300));
    await page.reload();
  }
  await locator.waitFor({ timeout: 1_000 });
}

/**
 * Does what makes htmx fetch a part of the page, and waits until that part is in its place. Without
 * scripts the button does it that the page has for that.
 */
export async function swaps(page, act, button) {
  if (withoutScripts.has(page)) {
    await act();
    await page.getByRole('button', { name: button }).click();
    return;
  }
  const settled = page.evaluate(
    () => new Promise((done) => document.addEventListener('htmx:afterSettle', () => done(), { once: true })),
  );
  await act();
  await settled;
}

/** Chromium without what it would fetch from the network by itself. */
export async function launchBrowser() {
  const executablePath = candidates.find((path) => path && existsSync(path));
  if (!executablePath) throw new Error('No Chromium found; name one in CHROMIUM');
  return chromium.launch({
    executablePath,
    headless: true,
    args: [
      '--no-sandbox',
      '--disable-dev-shm-usage',
      '--disable-gpu',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--no-first-run',
      '--font-render-hinting=none',
    ],
  });
}

/**
 * A page in a browser profile of its own, and what the browser complained about so far.
 *
 * `complaints` are errors in the console (scripts, blocked by the Content-Security-Policy, resources
 * that did not load) and answers that the server should never give. A test ends with
 * `assert.deepEqual(complaints(), [])`.
 */
export async function openPage(browser, url, options = {}) {
  const context = await browser.newContext({ baseURL: url, viewport: WIDE, locale: 'en-GB', timezoneId: 'UTC', reducedMotion: 'reduce', ...options });
  context.setDefaultTimeout(20_000);
  const complaints = [];
  // Chromium reports a page that says 404 or 422 as a resource that failed. Whether that is the right
  // answer is for the test to say.
  const documents = new Set();
  const isAboutAPage = (message) =>
    message.text().startsWith('Failed to load resource') && documents.has(message.location().url);
  context.on('console', (message) => {
    if (message.type() === 'error' && !isAboutAPage(message)) complaints.push(`console: ${message.text()}`);
  });
  context.on('weberror', (error) => complaints.push(`script: ${error.error().message}`));
  context.on('response', (response) => {
    if (response.request().isNavigationRequest() || response.status() === 422) documents.add(response.url());
    if (response.status() >= 500) complaints.push(`${response.status()}: ${response.url()}`);
  });
  const page = await context.newPage();
  if (options.javaScriptEnabled === false) withoutScripts.add(page);
  return { context, page, complaints: () => complaints };
}
