// Two contacts that are one person: found, merged as somebody chooses, and parted again.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { launchBrowser, openPage } from './support/browser.mjs';
import { startMauntic } from './support/mauntic.mjs';
import { shot, step } from './support/shots.mjs';
import { setUp } from './support/steps.mjs';

let mauntic;
let browser;

before(async () => {
  [mauntic, browser] = await Promise.all([startMauntic('merge'), launchBrowser()]);
});
after(async () => {
  await browser?.close();
  await mauntic?.stop();
});

async function createContact(page, { email, first, last, phone, city }) {
  await page.goto('/app/contacts/new');
  await page.getByLabel('First name').fill(first);
  await page.getByLabel('Last name').fill(last);
  await page.getByLabel('E-mail address').fill(email);
  await page.getByLabel('Phone').fill(phone ?? '');
  await page.getByLabel('City').fill(city ?? '');
  await page.getByRole('button', { name: 'Create contact' }).click();
  await page.getByRole('heading', { name: `${first} ${last}` }).waitFor();
}

test('two contacts that are one person become one, and two again', async (t) => {
  const { page, complaints } = await openPage(browser, mauntic.url);

  await step(t, page, 'a funnel is made', async () => {
    await setUp(page);
    for (const name of ['Lead', 'Customer']) {
      await page.goto('/app/settings/stages/new');
      await page.getByLabel('Name').fill(name);
      await page.getByRole('button', { name: 'Create stage' }).click();
      await page.getByRole('link', { name }).first().waitFor();
    }
    await shot(page, 'stages');
  });

  await step(t, page, 'the same person is there twice', async () => {
    await createContact(page, { email: 'grace@navy.example', first: 'Grace', last: 'Hopper', city: 'Arlington' });
    await page.getByLabel('Stage').selectOption('Lead');
    await page.getByLabel('Points').fill('20');
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.getByLabel('Note', { exact: true }).fill('Asked for the compiler. Call back on Friday.');
    await page.getByLabel('About').selectOption('Call');
    await page.getByRole('button', { name: 'Add note' }).click();
    await page.getByText('Asked for the compiler').waitFor();
    await createContact(page, { email: 'grace+news@navy.example', first: 'Grace B.', last: 'Hopper', phone: '+1 703 555 0100' });
  });

  await step(t, page, 'the search finds the pair', async () => {
    await page.goto('/app/contacts/duplicates');
    await page.getByRole('button', { name: 'Look for duplicates' }).click();
    const compare = page.getByRole('link', { name: 'Compare' });
    await compare.waitFor();
    await shot(page, 'duplicates');
    await compare.click();
    await page.getByRole('heading', { name: 'Merge Grace Hopper' }).waitFor();
    await shot(page, 'merge');
  });

  await step(t, page, 'the contact that stays has what was chosen, and the past of both', async () => {
    await page.getByRole('radio', { name: 'Grace B.', exact: true }).check();
    await page.getByRole('button', { name: 'Merge contacts' }).click();
    await page.getByRole('heading', { name: 'Grace B. Hopper' }).waitFor();
    await page.getByText('Merged with Grace B. Hopper').waitFor();
    await page.getByText('Asked for the compiler').waitFor();
    await page.getByText('grace+news@navy.example').first().waitFor();
    await shot(page, 'contact-merged');
  });

  await step(t, page, 'the merge is undone', async () => {
    await page.getByRole('button', { name: 'Undo merge' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Undo merge' }).click();
    await page.getByText('The contacts are two again').waitFor();
    await page.goto('/app/contacts?sort=name');
    await page.getByRole('link', { name: 'Grace Hopper' }).first().waitFor();
    await page.getByRole('link', { name: 'Grace B. Hopper' }).first().waitFor();
  });

  assert.deepEqual(complaints(), []);
});
