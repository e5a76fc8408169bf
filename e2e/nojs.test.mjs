// The core of the main job with scripts turned off: plain links and forms are enough.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { arrives, launchBrowser, openPage } from './support/browser.mjs';
import { startDestination } from './support/destination.mjs';
import { startMauntic } from './support/mauntic.mjs';
import { step } from './support/shots.mjs';
import { createCampaign, createSegment, createTemplate, importContacts, launch, setUp, signIn, signOut } from './support/steps.mjs';

let mauntic;
let browser;
let shop;

before(async () => {
  [mauntic, browser, shop] = await Promise.all([startMauntic('nojs'), launchBrowser(), startDestination()]);
});
after(async () => {
  await browser?.close();
  await mauntic?.stop();
  await shop?.stop();
});

test('without scripts a campaign is made and sent, and its mail is read and unsubscribed from', async (t) => {
  const { context, page, complaints } = await openPage(browser, mauntic.url, { javaScriptEnabled: false });

  await step(t, page, 'first run, sign out, sign in', async () => {
    await setUp(page);
    await signOut(page);
    await signIn(page);
  });

  await step(t, page, 'import', () => importContacts(page, 'readers.csv', { rows: 8, created: 7, rejected: 1 }));

  await step(t, page, 'segment', () => createSegment(page, { name: 'Readers in London', city: 'London' }));

  await step(t, page, 'template', () =>
    createTemplate(page, { name: 'Autumn sale', subject: 'New today, {{ contact.first_name }}', destination: `${shop.url}/sale` }));

  await step(t, page, 'campaign', async () => {
    await createCampaign(page, { name: 'Autumn sale', segment: 'Readers in London', template: 'Autumn sale' });
    await launch(page, '4 people');
  });

  await step(t, page, 'inbox and unsubscribing', async () => {
    const message = page.getByRole('link', { name: 'New today, Joan' });
    await page.goto('/app/inbox');
    await arrives(page, message);
    await message.click();
    const link = page.frameLocator('iframe').getByRole('link', { name: 'Unsubscribe' });
    await page.goto(await link.getAttribute('href'));
    await page.getByRole('button', { name: 'Unsubscribe' }).click();
    await page.getByRole('heading', { name: 'You are unsubscribed' }).waitFor();
  });

  assert.deepEqual(complaints(), []);
  await context.close();
});
