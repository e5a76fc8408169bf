// Somebody decides over their own data: what they get, and that nothing of them is left.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { arrives, launchBrowser, openPage } from './support/browser.mjs';
import { startDestination } from './support/destination.mjs';
import { startMauntic } from './support/mauntic.mjs';
import { shot, step } from './support/shots.mjs';
import { createCampaign, createSegment, createTemplate, figure, importContacts, launch, setUp } from './support/steps.mjs';

let mauntic;
let browser;
let shop;

before(async () => {
  [mauntic, browser, shop] = await Promise.all([startMauntic('privacy'), launchBrowser(), startDestination()]);
});
after(async () => {
  await browser?.close();
  await mauntic?.stop();
  await shop?.stop();
});

test('from a topic to a person who chooses, leaves and is erased', async (t) => {
  const { context, page, complaints } = await openPage(browser, mauntic.url);
  let centre;

  await step(t, page, 'topics say what people can hear about', async () => {
    await setUp(page);
    await page.goto('/app/settings/topics');
    await page.getByText('No topics yet').waitFor();
    await createTopic(page, { name: 'Product news', description: 'What is new, once a month.', optOut: true });
    await createTopic(page, { name: 'Offers', description: 'Before anybody else hears of them.' });
    await page.getByRole('button', { name: 'Move Offers up' }).click();
    await shot(page, 'topics');
  });

  await step(t, page, 'a campaign is about a topic', async () => {
    await importContacts(page, 'readers.csv', { rows: 8, created: 7, rejected: 1 });
    await createSegment(page, { name: 'Readers in London', city: 'London' });
    await arrives(page, page.getByText('alan@turing.example').first());
    await createTemplate(page, { name: 'News', subject: 'News for {{ contact.first_name }}', destination: `${shop.url}/news` });
    await createCampaign(page, { name: 'About news', segment: 'Readers in London', template: 'News' });
    await page.getByLabel('About').selectOption({ label: 'Product news' });
    await page.getByRole('button', { name: 'Save draft' }).first().click();
    await shot(page, 'campaign-topic');
    await launch(page, '4 people');
    await figure(page, 'Sent', 4).waitFor();
  });

  await step(t, page, 'the link in the mail leaves its topic and leads to the preference centre', async () => {
    await page.goto('/app/inbox');
    await page.getByRole('link', { name: 'News for Alan' }).click();
    const link = page.frameLocator('iframe').getByRole('link', { name: 'Unsubscribe' });
    const leave = new URL(await link.getAttribute('href')).pathname;
    await page.goto(leave);
    await page.getByRole('heading', { name: 'No more of “Product news”?' }).waitFor();
    await shot(page, 'unsubscribe-topic');
    await page.getByRole('button', { name: 'Unsubscribe from Product news' }).click();
    await page.getByRole('heading', { name: 'You are unsubscribed from “Product news”' }).waitFor();
    await page.getByRole('link', { name: 'Choose what you get' }).click();
    await page.getByRole('heading', { name: 'Choose what you get' }).waitFor();
    centre = new URL(page.url()).pathname;
    assert.equal(await page.getByLabel(/Product news/).isChecked(), false);
    await page.getByLabel(/Offers/).check();
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Your choice was saved.').waitFor();
    assert.equal(await page.getByLabel(/Offers/).isChecked(), true);
    await shot(page, 'preference-centre');
  });

  await step(t, page, 'the ledger on the contact’s page proves both', async () => {
    await page.goto('/app/contacts?q=alan');
    await page.getByRole('link', { name: /Alan Turing|alan@turing.example/ }).first().click();
    await page.getByRole('link', { name: 'Proof and changes' }).click();
    await page.getByRole('heading', { name: 'Ledger' }).waitFor();
    await page.getByText('Unsubscribe link').first().waitFor();
    await page.getByText('Preference centre, by themselves').first().waitFor();
    await shot(page, 'consent');
  });

  await step(t, page, 'the person gets their data by a link to their own address, once', async () => {
    await page.goto(centre);
    await page.getByRole('link', { name: 'Get my data' }).click();
    await page.getByRole('button', { name: 'Send me the link' }).click();
    await page.getByRole('heading', { name: 'The mail is on its way' }).waitFor();
    await page.goto('/app/inbox');
    await arrives(page, page.getByRole('link', { name: /Your data at/ }).first());
    await page.getByRole('link', { name: /Your data at/ }).first().click();
    const link = page.frameLocator('iframe').getByRole('link', { name: 'Show my data' });
    await page.goto(new URL(await link.getAttribute('href')).pathname);
    await page.getByRole('button', { name: 'Read it here' }).click();
    await page.getByText('alan@turing.example').first().waitFor();
    await shot(page, 'my-data');
  });

  await step(t, page, 'the person is erased, and nothing shows that they ever were', async () => {
    await page.goto(centre);
    await page.getByRole('link', { name: 'Erase my data' }).click();
    await page.getByRole('button', { name: 'Send me the link' }).click();
    await page.getByRole('heading', { name: 'The mail is on its way' }).waitFor();
    await page.goto('/app/inbox');
    await arrives(page, page.getByRole('link', { name: /Erase your data at/ }).first());
    await page.getByRole('link', { name: /Erase your data at/ }).first().click();
    const link = page.frameLocator('iframe').getByRole('link', { name: 'Erase my data' });
    await page.goto(new URL(await link.getAttribute('href')).pathname);
    await page.getByLabel('Yes, erase everything').check();
    await shot(page, 'erase');
    await page.getByRole('button', { name: 'Erase my data' }).click();
    await page.getByRole('heading', { name: 'Your data is being erased' }).waitFor();
    await page.goto('/app/settings/privacy');
    await arrives(page, page.getByText('Erased', { exact: true }).first());
    await shot(page, 'privacy');
    await page.goto('/app/contacts?q=alan');
    assert.equal(await page.getByText('alan@turing.example').count(), 0);
    await page.goto('/app/inbox?q=alan');
    assert.equal(await page.getByText('alan@turing.example').count(), 0);
  });

  assert.deepEqual(complaints(), []);
  await context.close();
});

async function createTopic(page, { name, description, optOut }) {
  await page.goto('/app/settings/topics/new');
  await page.getByRole('textbox', { name: 'Name' }).fill(name);
  await page.getByRole('textbox', { name: 'Description' }).fill(description);
  if (optOut) await page.getByLabel('Opt-out').check();
  await page.getByRole('button', { name: 'Create topic' }).click();
  await page.getByText(`${name} was created.`).waitFor();
}
