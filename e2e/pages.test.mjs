// Every page, in both themes, wide and narrow: accessible, and as wide as its window.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { launchBrowser, openPage } from './support/browser.mjs';
import { axe, fitsWidth } from './support/checks.mjs';
import { crawl } from './support/crawl.mjs';
import { startMauntic } from './support/mauntic.mjs';
import { inEveryLook, readmeShot } from './support/shots.mjs';
import { setUp, signIn } from './support/steps.mjs';

let browser;
let blank;
let demo;

before(async () => {
  [browser, blank, demo] = await Promise.all([
    launchBrowser(),
    startMauntic('blank'),
    startMauntic('demo', { demoContacts: 1500 }),
  ]);
});
after(async () => {
  await browser?.close();
  await Promise.all([blank?.stop(), demo?.stop()]);
});

async function holdsInEveryLook(page, name) {
  await inEveryLook(page, async ({ colorScheme, width }) => {
    const where = `${name} (${colorScheme}, ${width} px)`;
    await axe(page, where);
    await fitsWidth(page, where);
  });
}

test('the pages before signing in are accessible and fit', async (t) => {
  const { context, page, complaints } = await openPage(browser, blank.url);
  for (const path of ['/setup', '/setup?token=wrong', '/login', '/unsubscribe/unknown']) {
    await t.test(path, async () => {
      await page.goto(path);
      await holdsInEveryLook(page, path);
    });
  }
  assert.deepEqual(complaints(), []);
  await context.close();
});

test('the pages of an organization that has nothing yet are accessible and fit', async (t) => {
  const { context, page, complaints } = await openPage(browser, blank.url);
  await setUp(page);
  const sections = await page.$$eval('nav a[href^="/app"]', (all) => [...new Set(all.map((a) => a.getAttribute('href')))]);
  for (const path of sections) {
    await t.test(path, async () => {
      await page.goto(path);
      await holdsInEveryLook(page, path);
    });
  }
  assert.deepEqual(complaints(), []);
  await context.close();
});

test('the pages of an organization at work are accessible and fit', async (t) => {
  const { context, page, complaints } = await openPage(browser, demo.url);
  await signIn(page, demo.owner);
  const kinds = await crawl(page, ['/app'], (kind, response) =>
    t.test(kind, async () => {
      assert.equal(response.status(), 200, kind);
      await holdsInEveryLook(page, kind);
    }),
  );
  assert.ok(kinds.length >= 30, `only ${kinds.length} kinds of pages were found: ${kinds.join(', ')}`);
  assert.deepEqual(complaints(), []);
  await context.close();
});

test('the demonstration makes the pictures of the README', async () => {
  const { context, page, complaints } = await openPage(browser, demo.url);
  await signIn(page, demo.owner);
  await readmeShot(page, 'dashboard');
  await page.goto('/app/campaigns');
  await page.getByRole('link', { name: 'Product news: shift swaps' }).click();
  await page.getByRole('heading', { name: 'Where everybody is' }).waitFor();
  await readmeShot(page, 'report');
  await page.goto('/app/segments');
  await page.getByRole('link', { name: 'Gone quiet' }).click();
  await page.getByRole('link', { name: 'Edit' }).first().click();
  await readmeShot(page, 'segment-editor');
  assert.deepEqual(complaints(), []);
  await context.close();
});
