// A file of companies as Mautic takes them out: checked, imported, read and taken back.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { arrives, launchBrowser, openPage } from './support/browser.mjs';
import { startMauntic } from './support/mauntic.mjs';
import { shot, step } from './support/shots.mjs';
import { signIn } from './support/steps.mjs';

const FILE = fileURLToPath(new URL('../contexts/crm/tests/fixtures/mautic_companies.csv', import.meta.url));

let mauntic;
let browser;

before(async () => {
  [mauntic, browser] = await Promise.all([startMauntic('companies', { demoContacts: 300 }), launchBrowser()]);
});
after(async () => {
  await browser?.close();
  await mauntic?.stop();
});

test('companies come from the file of another tool and go again', async (t) => {
  const { context, page, complaints } = await openPage(browser, mauntic.url);
  await signIn(page, mauntic.owner);

  await step(t, page, 'the list of companies leads to the file', async () => {
    await page.goto('/app/records/companies');
    await page.getByRole('link', { name: 'Import', exact: true }).click();
    await shot(page, 'company-import');
    await page.locator('input[type=file]').setInputFiles(FILE);
    await page.getByRole('button', { name: 'Upload file' }).click();
    await page.getByRole('button', { name: 'Check all rows' }).waitFor();
    await shot(page, 'company-import-mapping');
  });

  await step(t, page, 'all rows are looked at, then imported', async () => {
    await page.getByRole('button', { name: 'Check all rows' }).click();
    await arrives(page, page.getByRole('button', { name: /^Import (one row|\d+ rows)$/ }));
    await shot(page, 'company-import-checked');
    await page.getByRole('button', { name: /^Import (one row|\d+ rows)$/ }).click();
    await arrives(page, page.getByText('The import is finished'));
    await shot(page, 'company-import-report');
    await page.goto('/app/records/companies?q=Globex');
    await page.getByRole('link', { name: 'Globex "North" GmbH' }).first().click();
    await page.getByText('info@globex.example').first().waitFor();
  });

  await step(t, page, 'and taken back', async () => {
    await page.goto('/app/contacts/imports');
    await page.getByRole('link', { name: 'mautic_companies.csv' }).first().click();
    await page.getByRole('button', { name: 'Take it back' }).click();
    await page.locator('#confirm-yes').click();
    await arrives(page, page.getByText('The import was taken back'));
    await page.goto('/app/records/companies?q=Globex');
    assert.equal(await page.getByRole('link', { name: 'Globex "North" GmbH' }).count(), 0);
  });

  assert.deepEqual(complaints(), []);
  await context.close();
});
