// Every page, in both themes, wide and narrow: accessible, and as wide as its window.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { arrives, launchBrowser, openPage } from './support/browser.mjs';
import { axe, fitsWidth } from './support/checks.mjs';
import { crawl } from './support/crawl.mjs';
import { startMauntic } from './support/mauntic.mjs';
import { inEveryLook } from './support/shots.mjs';
import { createCampaign, createSegment, createTemplate, importContacts, launch, setUp } from './support/steps.mjs';

let mauntic;
let browser;

before(async () => {
  [mauntic, browser] = await Promise.all([startMauntic('pages'), launchBrowser()]);
});
after(async () => {
  await browser?.close();
  await mauntic?.stop();
});

async function holdsInEveryLook(page, name) {
  await inEveryLook(page, async ({ colorScheme, width }) => {
    const where = `${name} (${colorScheme}, ${width} px)`;
    await axe(page, where);
    await fitsWidth(page, where);
  });
}

test('the pages before signing in are accessible and fit', async (t) => {
  const { context, page, complaints } = await openPage(browser, mauntic.url);
  for (const path of ['/setup', '/setup?token=wrong', '/login', '/unsubscribe/unknown']) {
    await t.test(path, async () => {
      await page.goto(path);
      await holdsInEveryLook(page, path);
    });
  }
  assert.deepEqual(complaints(), []);
  await context.close();
});

test('the pages of the app are accessible and fit', async (t) => {
  const { context, page, complaints } = await openPage(browser, mauntic.url);
  await fill(page);
  const kinds = await crawl(page, ['/app'], (kind, response) =>
    t.test(kind, async () => {
      assert.equal(response.status(), 200, kind);
      await holdsInEveryLook(page, kind);
    }),
  );
  assert.ok(kinds.length >= 20, `only ${kinds.length} kinds of pages were found: ${kinds.join(', ')}`);
  assert.deepEqual(complaints(), []);
  await context.close();
});

/** An organization with at least one of everything, so that every kind of page has something to show. */
async function fill(page) {
  await setUp(page);
  await importContacts(page, 'readers.csv', { rows: 8, created: 7, rejected: 1 });
  await createSegment(page, { name: 'Readers in London', city: 'London' });
  await createTemplate(page, { name: 'Autumn sale', subject: 'New today', destination: 'https://shop.example/sale' });
  const campaign = { segment: 'Readers in London', template: 'Autumn sale' };
  await createCampaign(page, { ...campaign, name: 'A draft' });
  await createCampaign(page, { ...campaign, name: 'One that was sent' });
  await launch(page, '4 people');
  await page.goto('/app/inbox');
  await arrives(page, page.getByRole('link', { name: 'New today' }).first());
}
