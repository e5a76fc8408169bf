// The list of contacts with a script: conditions, views, tags in the row, keys, exports, changes to
// many and the way back; and the wizard of imports, from pasted rows to taking the import back.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { arrives, launchBrowser, openPage, swaps } from './support/browser.mjs';
import { startMauntic } from './support/mauntic.mjs';
import { shot, step } from './support/shots.mjs';
import { signIn } from './support/steps.mjs';

let mauntic;
let browser;

before(async () => {
  [mauntic, browser] = await Promise.all([startMauntic('lists', { demoContacts: 300 }), launchBrowser()]);
});
after(async () => {
  await browser?.close();
  await mauntic?.stop();
});

const selected = (page) => page.locator('[data-check]:checked').count();

test('a list is filtered, kept, taken out, changed and given back', async (t) => {
  const { context, page, complaints } = await openPage(browser, mauntic.url);
  await signIn(page, mauntic.owner);

  await step(t, page, 'a condition is added', async () => {
    await page.goto('/app/contacts');
    await swaps(page, () => page.getByRole('link', { name: 'Add condition' }).click());
    await swaps(page, () => page.getByLabel('Field', { exact: true }).selectOption({ label: 'Tags' }));
    await page.locator('#contacts-filter .tag-input input:not([type=hidden])').fill('vip');
    await shot(page, 'contact-conditions');
    await page.getByRole('button', { name: 'Show contacts' }).click();
    await page.locator('.chip', { hasText: 'vip' }).waitFor();
  });

  await step(t, page, 'it is kept as a view', async () => {
    await page.locator('summary', { hasText: 'View' }).click();
    await page.getByLabel('Name of the view').fill('VIPs');
    await page.getByRole('button', { name: 'Save as a new view' }).click();
    await page.locator('.tabs a[aria-current]', { hasText: 'VIPs' }).waitFor();
    await shot(page, 'contact-view');
  });

  await step(t, page, 'columns are chosen', async () => {
    await page.locator('summary', { hasText: 'Display' }).click();
    await page.getByLabel('City', { exact: true }).check();
    await page.getByRole('button', { name: 'Show', exact: true }).click();
    await page.getByRole('columnheader', { name: 'City' }).waitFor();
  });

  await step(t, page, 'tags are changed in the row', async () => {
    const row = page.locator('tbody tr').first();
    await row.hover();
    await swaps(page, () => row.locator('.cell-edit a').click());
    await row.locator('.tag-input input:not([type=hidden])').fill('rowwise,');
    await swaps(page, () => row.locator('form button[class*=btn]').click());
    await row.locator('.tag', { hasText: 'rowwise' }).waitFor();
  });

  await step(t, page, 'keys select rows', async () => {
    await page.locator('h1').click();
    await page.keyboard.press('j');
    await page.keyboard.press('x');
    await page.keyboard.press('j');
    await page.keyboard.press('x');
    assert.equal(await selected(page), 2);
    await shot(page, 'contact-selection');
  });

  await step(t, page, 'both get a tag, and lose it again', async () => {
    await page.getByRole('button', { name: 'Tag', exact: true }).click();
    await page.getByRole('heading', { name: 'Change tags' }).waitFor();
    await page.locator('#bulk-review .tag-input input:not([type=hidden])').first().fill('chosen');
    await shot(page, 'bulk-review');
    await page.getByRole('button', { name: 'Change tags' }).click();
    await arrives(page, page.getByText('Every contact that was meant has been come to.'));
    await shot(page, 'bulk-done');
    await page.goto('/app/contacts?filter[tag]=chosen');
    assert.equal(await page.locator('tbody tr').count(), 2);
    await page.goBack();
    await page.getByRole('button', { name: 'Take it back' }).click();
    await page.locator('#confirm-yes').click();
    await arrives(page, page.getByText('The change was taken back'));
    await page.goto('/app/contacts?filter[tag]=chosen');
    await page.getByText('No contact matches').waitFor();
  });

  await step(t, page, 'the list is taken out', async () => {
    await page.goto('/app/contacts');
    await page.locator('summary', { hasText: 'Export' }).click();
    await page.getByRole('button', { name: 'As CSV' }).click();
    await arrives(page, page.getByText('The file is ready'));
    await shot(page, 'export-ready');
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('link', { name: 'Download' }).click(),
    ]);
    assert.match(download.suggestedFilename(), /^contacts-.*\.csv$/);
    await page.goto('/app/tasks');
    await page.getByRole('link', { name: /^contacts-/ }).first().waitFor();
    await shot(page, 'tasks');
  });

  assert.deepEqual(complaints(), []);
  await context.close();
});

test('rows are pasted, mapped, looked at, imported and taken back', async (t) => {
  const { context, page, complaints } = await openPage(browser, mauntic.url);
  await signIn(page, mauntic.owner);

  await step(t, page, 'pasted', async () => {
    await page.goto('/app/contacts/imports/new');
    await shot(page, 'import-upload');
    await page.getByLabel('Or paste rows').fill('E-mail\tCity\tTags\nwizard@example.com\tPrague\tspell|wand\n');
    await page.getByRole('button', { name: 'Upload file' }).click();
    await page.getByRole('heading', { name: 'Pasted text' }).waitFor();
  });

  await step(t, page, 'mapped and kept as a template', async () => {
    await page.getByLabel('What City does to contacts that exist').selectOption({ label: 'Only if empty' });
    await page.getByLabel('Name of the template').fill('Pasted people');
    await page.getByRole('button', { name: 'Keep this mapping as a template' }).click();
    await page.getByText('The template Pasted people is used').waitFor();
    await shot(page, 'import-mapping');
  });

  await step(t, page, 'all rows are looked at, then imported', async () => {
    await page.getByRole('button', { name: 'Check all rows' }).click();
    await arrives(page, page.getByRole('button', { name: 'Import one row' }));
    await shot(page, 'import-checked');
    await page.getByRole('button', { name: 'Import one row' }).click();
    await arrives(page, page.getByText('The import is finished'));
    await shot(page, 'import-report');
  });

  await step(t, page, 'taken back', async () => {
    await page.getByRole('button', { name: 'Take it back' }).click();
    await page.locator('#confirm-yes').click();
    await arrives(page, page.getByText('The import was taken back'));
    await page.goto('/app/contacts?q=wizard@example.com');
    await page.getByText('No contact matches').waitFor();
  });

  assert.deepEqual(complaints(), []);
  await context.close();
});
