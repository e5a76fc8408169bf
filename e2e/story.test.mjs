// The main job, as somebody new does it: from the first page to the report of a mail that was sent,
// opened and clicked.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { arrives, launchBrowser, openPage } from './support/browser.mjs';
import { startDestination } from './support/destination.mjs';
import { startMauntic } from './support/mauntic.mjs';
import { shot, step } from './support/shots.mjs';
import {
  createCampaign,
  createSegment,
  createTemplate,
  figure,
  importContacts,
  launch,
  setUp,
  signIn,
  signOut,
} from './support/steps.mjs';

let mauntic;
let browser;
let shop;

before(async () => {
  [mauntic, browser, shop] = await Promise.all([startMauntic('story'), launchBrowser(), startDestination()]);
});
after(async () => {
  await browser?.close();
  await mauntic?.stop();
  await shop?.stop();
});

test('from an empty machine to a mail that was sent, opened and clicked', async (t) => {
  const { context, page, complaints } = await openPage(browser, mauntic.url);

  await step(t, page, 'the first run makes an organization and an owner who can sign out and in', async () => {
    await setUp(page);
    await signOut(page);
    await signIn(page);
    await page.getByText('Test mode').first().waitFor();
  });

  await step(t, page, 'a CSV file of another tool becomes contacts, and what was wrong is told', async () => {
    await importContacts(page, 'readers.csv', { rows: 8, created: 7, rejected: 1 });
    await shot(page, 'import-report');
    await page.goto('/app/contacts');
    await page.getByText('grace@hopper.example').first().waitFor();
    await shot(page, 'contacts');
  });

  await step(t, page, 'a segment holds those that its rule says', async () => {
    await createSegment(page, { name: 'Readers in London', city: 'London' });
    await arrives(page, page.getByText('alan@turing.example').first());
    await shot(page, 'segment');
  });

  await step(t, page, 'a template is written and previewed', async () => {
    await createTemplate(page, { name: 'Autumn sale', subject: 'New today, {{ contact.first_name }}', destination: `${shop.url}/sale` });
    await shot(page, 'template');
  });

  await step(t, page, 'a campaign reaches exactly the segment', async () => {
    await createCampaign(page, { name: 'Autumn sale', segment: 'Readers in London', template: 'Autumn sale' });
    await shot(page, 'campaign-draft');
    await launch(page, '4 people');
    await figure(page, 'Sent', 4).waitFor();
  });

  await step(t, page, 'the mail is in the built-in inbox, for each by name, and its link leads to the shop', async () => {
    await page.goto('/app/inbox');
    await page.getByRole('link', { name: 'New today, Alan' }).click();
    const mail = page.frameLocator('iframe');
    await mail.getByText('The name of the thing').waitFor();
    await shot(page, 'inbox');
    const [visit] = await Promise.all([
      context.waitForEvent('page'),
      mail.getByRole('link', { name: 'See it in action' }).click(),
    ]);
    await visit.getByRole('heading', { name: 'Autumn sale' }).waitFor();
    assert.ok(shop.visits().includes('/sale'));
    await visit.close();
  });

  await step(t, page, 'the report shows that it was sent, opened and clicked', async () => {
    await page.goto('/app/campaigns');
    await page.getByRole('link', { name: 'Autumn sale' }).click();
    await arrives(page, figure(page, 'Opened', '25%'));
    await arrives(page, figure(page, 'Clicked', '25%'));
    await page.getByText(`${shop.url}/sale`).first().waitFor();
    await shot(page, 'report');
  });

  await step(t, page, 'the timeline of the person and the dashboard tell the same', async () => {
    await page.goto('/app/contacts?q=alan');
    await page.getByRole('link', { name: /Alan Turing|alan@turing.example/ }).first().click();
    await arrives(page, page.getByText(/clicked/i).first());
    await shot(page, 'contact');
    await page.goto('/app');
    await shot(page, 'dashboard');
  });

  assert.deepEqual(complaints(), []);
  await context.close();
});
