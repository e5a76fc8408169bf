// The visual editor of mails: a mail made without code, the same mail as code, and a mail that the
// visual editor would not keep.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { arrives, launchBrowser, openPage } from './support/browser.mjs';
import { axe } from './support/checks.mjs';
import { startMauntic } from './support/mauntic.mjs';
import { shot, step } from './support/shots.mjs';
import { setUp } from './support/steps.mjs';

let mauntic;
let browser;

before(async () => {
  [mauntic, browser] = await Promise.all([startMauntic('editor'), launchBrowser()]);
});
after(async () => {
  await browser?.close();
  await mauntic?.stop();
});

const source = (page) => page.locator('textarea[name=body]').inputValue();
const canvas = (page) => page.frameLocator('.gjs-frame');

async function createTemplate(page, name, starter) {
  await page.goto('/app/templates/new');
  await page.getByRole('textbox', { name: 'Name' }).fill(name);
  await page.getByLabel(starter).check();
  await page.getByRole('button', { name: 'Create template' }).click();
  await page.getByLabel('Body in MJML').waitFor();
}

async function openVisual(page) {
  await page.getByRole('button', { name: 'Visual editor' }).click();
  await page.locator('[data-ready]').waitFor();
}

test('a mail is made on the canvas, and is the same mail as code', async (t) => {
  const { context, page, complaints } = await openPage(browser, mauntic.url);
  await setUp(page);

  await step(t, page, 'every design opens on the canvas and is not changed by it', async () => {
    for (const starter of ['Welcome', 'Newsletter', 'Product announcement', 'Event invitation', 'Plain letter']) {
      await createTemplate(page, `Opened ${starter}`, starter);
      const written = await source(page);
      await openVisual(page);
      assert.equal(await source(page), written, starter);
    }
  });

  await step(t, page, 'blocks, text and a field make a mail', async () => {
    await createTemplate(page, 'Autumn', 'Empty page in MJML');
    await page.getByRole('textbox', { name: 'Subject' }).fill('Autumn is here');
    await openVisual(page);
    await page.getByRole('button', { name: '2 columns' }).click();
    await page.getByRole('button', { name: 'Text', exact: true }).first().click();
    await canvas(page).locator('[contenteditable=true]').waitFor();
    await page.keyboard.press('Control+A');
    await page.keyboard.type('Apples for ');
    await page.getByRole('combobox', { name: 'Insert a field' }).first().selectOption({ label: 'First name' });
    await page.keyboard.type(' & friends');
    await page.getByRole('heading', { name: 'Autumn' }).click();
    await page.waitForFunction(() => document.querySelector('textarea[name=body]').value.includes('friends'));
    const written = await source(page);
    assert.match(written, /Apples for(&nbsp;| )\{\{ contact\.first_name \| default\("there"\) \}\} &amp; friends/);
    await axe(page, 'the visual editor');
    await shot(page, 'visual-editor');
  });

  await step(t, page, 'a block is dragged to its place', async () => {
    const tile = await page.getByRole('button', { name: 'Divider', exact: true }).first().boundingBox();
    const text = await canvas(page).getByText('Hello').first().boundingBox();
    await page.mouse.move(tile.x + 10, tile.y + 10);
    await page.mouse.down();
    // No hand is faster than the canvas; it shows where the block would come to lie.
    const place = page.locator('.gjs-placeholder').first();
    for (let n = 0; n < 500 && !(await place.isVisible()); n += 1) {
      await page.mouse.move(text.x + 40 + (n % 2), text.y + text.height + 6, { steps: 2 });
    }
    await page.mouse.move(text.x + 42, text.y + text.height + 7, { steps: 3 });
    await page.mouse.up();
    await page.waitForFunction(() => document.querySelector('textarea[name=body]').value.includes('<mj-divider'));
  });

  await step(t, page, 'undo takes the last step back, and redo does it again', async () => {
    const with_ = await source(page);
    await page.getByRole('button', { name: 'Undo' }).click();
    await page.waitForFunction(() => !document.querySelector('textarea[name=body]').value.includes('<mj-divider'));
    await page.getByRole('button', { name: 'Redo' }).click();
    await page.waitForFunction((wanted) => document.querySelector('textarea[name=body]').value === wanted, with_);
  });

  await step(t, page, 'it is saved, and is the same in the code editor and back', async () => {
    await page.getByRole('button', { name: 'Save', exact: true }).first().click();
    await page.getByText('Saved as version 2').waitFor();
    await page.locator('[data-ready]').waitFor();
    const saved = await source(page);
    await page.getByRole('button', { name: 'Code editor' }).click();
    await page.getByLabel('Body in MJML').waitFor();
    assert.equal(await source(page), saved);
    await openVisual(page);
    assert.equal(await source(page), saved);
  });

  await step(t, page, 'a test of it arrives in the built-in inbox', async () => {
    await page.getByRole('button', { name: 'Send test' }).first().click();
    const dialog = page.getByRole('dialog', { name: 'Send test' });
    await dialog.getByLabel('To').fill('me@example.com');
    await dialog.getByRole('button', { name: 'Send test' }).click();
    await page.getByText('One test is on its way').waitFor();
    await page.goto('/app/inbox');
    await arrives(page, page.getByRole('link', { name: '[Test] Autumn is here' }));
    await page.getByRole('link', { name: '[Test] Autumn is here' }).click();
    await page.frameLocator('iframe').getByText('Apples for Alex & friends').waitFor();
  });

  assert.deepEqual(complaints(), []);
  await context.close();
});

test('a mail that the canvas would not keep stays in the code editor', async (t) => {
  const { context, page, complaints } = await openPage(browser, mauntic.url);
  await page.goto('/login');
  await page.getByLabel('E-mail').fill('ada@byron.example');
  await page.getByLabel(/^Password/).fill('a difference engine of brass');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.waitForURL('**/app');

  await step(t, page, 'logic inside a tag is refused by the server, with its line', async () => {
    await createTemplate(page, 'Refused', 'Plain letter');
    const body = page.getByLabel('Body in MJML');
    const broken = (await body.inputValue()).replace('<mj-section ', '<mj-section {% if contact.plan %}css-class="a"{% endif %} ');
    await body.fill(broken);
    await page.getByRole('button', { name: 'Visual editor' }).click();
    await page.getByText('The visual editor would change this mail').first().waitFor();
    await page.getByText('Line 10: {% if contact.plan %} stands inside a tag').waitFor();
    assert.equal(await source(page), broken);
  });

  await step(t, page, 'a text that a browser would mend is refused by the browser, with its line', async () => {
    const body = page.getByLabel('Body in MJML');
    const mended = '<mjml><mj-body><mj-section><mj-column>\n<mj-text><p>a <p>b</p></p></mj-text>\n</mj-column></mj-section></mj-body></mjml>';
    await body.fill(mended);
    await page.getByRole('button', { name: 'Visual editor' }).click();
    await page.getByText(/^Line 2: this would not stay as it is/).waitFor();
    assert.equal(await source(page), mended);
    assert.ok(await page.getByLabel('Body in MJML').isVisible());
    assert.equal(await page.locator('.gjs-frame').count(), 0);
  });

  assert.deepEqual(complaints(), []);
  await context.close();
});
