// What a person does in the browser, step by step. Every step uses what a person sees: labels, buttons,
// headings. None needs JavaScript.

import { fileURLToPath } from 'node:url';

import { appears, swaps } from './browser.mjs';

export const ada = {
  organization: 'Byron & Daughters',
  name: 'Ada Byron',
  email: 'ada@byron.example',
  password: 'a difference engine of brass',
};

/** The first run, as somebody at the machine itself: without the token from the log. */
export async function setUp(page) {
  await page.goto('/setup');
  await page.getByLabel('Organization').fill(ada.organization);
  await page.getByLabel('Time zone').selectOption('Europe/London');
  await page.getByLabel('Your name').fill(ada.name);
  await page.getByLabel('E-mail').fill(ada.email);
  await page.getByLabel(/^Password/).fill(ada.password);
  await page.getByRole('button', { name: 'Create organization' }).click();
  await page.waitForURL('**/app');
}

export async function signIn(page, { email, password } = ada) {
  await page.goto('/login');
  await page.getByLabel('E-mail').fill(email);
  await page.getByLabel(/^Password/).fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.waitForURL('**/app');
}

/** A template from one of the designs, with its link leading to `destination`. */
export async function createTemplate(page, { name, subject, destination }) {
  await page.goto('/app/templates');
  await page.getByRole('link', { name: 'New template' }).first().click();
  await page.getByRole('textbox', { name: 'Name' }).fill(name);
  await page.getByLabel('Product announcement').check();
  await page.getByRole('button', { name: 'Create template' }).click();
  const body = page.getByLabel('Body in MJML');
  await body.fill((await body.inputValue()).replace('https://example.com/new', destination));
  await page.getByRole('textbox', { name: 'Subject' }).fill(subject);
  await page.getByRole('button', { name: 'Save', exact: true }).first().click();
  await page.getByText('Saved as version 2').waitFor();
}

/** Everybody whose city is `city`. */
export async function createSegment(page, { name, city }) {
  await page.goto('/app/segments');
  await page.getByRole('link', { name: 'New segment' }).first().click();
  await page.getByRole('textbox', { name: 'Name' }).fill(name);
  await swaps(page, () => page.getByLabel('Field', { exact: true }).selectOption({ label: 'City' }), 'Update form');
  await page.getByLabel('Value').fill(city);
  await page.getByRole('button', { name: 'Create segment' }).click();
  await page.getByRole('heading', { name }).waitFor();
}

/** A draft for one segment. */
export async function createCampaign(page, { name, segment, template }) {
  await page.goto('/app/campaigns');
  await page.getByRole('link', { name: 'Create campaign' }).first().click();
  await page.getByRole('textbox', { name: 'Name' }).fill(name);
  await page.getByRole('button', { name: 'Create draft' }).click();
  await page.getByRole('group', { name: 'Send to everybody in' }).getByLabel(segment).check();
  await page.getByLabel('Template').selectOption({ label: template });
  await page.getByRole('button', { name: 'Save draft' }).first().click();
}

/** From the draft to the last question, and yes. */
export async function launch(page, people) {
  await page.getByRole('button', { name: `Send to ${people}` }).click();
  await page.getByRole('heading', { name: 'Ready to send?' }).waitFor();
  await page.getByRole('button', { name: `Send to ${people}` }).click();
  await page.getByText('The campaign is on its way').waitFor();
}

export async function signOut(page) {
  await page.locator('summary', { hasText: ada.name }).click();
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.waitForURL('**/login**');
}

/** Uploads a file, takes the columns as they were recognised, looks at the dry run, and imports. */
export async function importContacts(page, file, { rows, created, rejected }) {
  await page.goto('/app/contacts/imports/new');
  await page.getByLabel('CSV file').setInputFiles(fileURLToPath(new URL(`../fixtures/${file}`, import.meta.url)));
  await page.getByRole('button', { name: 'Upload file' }).click();
  await page.getByRole('button', { name: 'Check all rows' }).click();
  await appears(page, page.getByText('nothing was imported yet'));
  await page.getByRole('button', { name: `Import ${rows} rows` }).click();
  await appears(page, page.getByText('The import is finished'));
  await figure(page, 'Created', created).waitFor();
  await figure(page, 'Rejected', rejected).waitFor();
}

/** The tile called `name`, when it shows `value`. */
export function figure(page, name, value) {
  const tile = page.locator('.stat').filter({ has: page.getByText(name, { exact: true }) });
  return tile.getByText(String(value), { exact: true });
}
