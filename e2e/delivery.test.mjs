// Setting delivery up, and what comes back: a domain with its records, an account, limits and a warm-up, a
// message that bounces and takes its address off every list, an address that unsubscribes.

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
  [mauntic, browser] = await Promise.all([startMauntic('delivery'), launchBrowser()]);
});
after(async () => {
  await browser?.close();
  await mauntic?.stop();
});

test('delivery is set up, and what bounces is not written to again', async (t) => {
  const { context, page, complaints } = await openPage(browser, mauntic.url);
  await setUp(page);

  await step(t, page, 'a domain shows what has to be published', async () => {
    await page.goto('/app/settings/domains/new');
    await page.locator('[name=domain]').fill('shop.example');
    await page.locator('[name=from_name]').fill('The Shop');
    await page.locator('[name=from_local_part]').fill('news');
    await page.locator('main form button[type=submit]').last().click();
    await page.waitForURL(/\/domains\/dom_/);
    const shown = await page.locator('main').innerText();
    assert.match(shown, /_domainkey\.shop\.example/);
    assert.match(shown, /_dmarc\.shop\.example/);
    await axe(page, 'a domain');
    await shot(page, 'delivery-domain');
  });

  await step(t, page, 'an account is set up, tried, and says what is wrong', async () => {
    await page.goto('/app/settings/providers/new?kind=smtp');
    await page.locator('[name=name]').fill('Relay');
    await page.locator('[name=host]').fill('smtp.shop.example');
    await page.locator('[name=port]').fill('587');
    await page.getByRole('button', { name: 'Add account' }).click();
    await page.waitForURL(/\/providers\/prv_/);
    await page.getByRole('button', { name: 'Send test' }).click();
    await page.getByText('Not tested yet').waitFor({ state: 'detached' });
    await page.locator('main code').first().waitFor();
    await axe(page, 'an account');
    await shot(page, 'delivery-account');
  });

  await step(t, page, 'a limit and a warm-up are set', async () => {
    await page.goto('/app/settings/sending-limits');
    await page.getByLabel('Messages per day').fill('5000');
    await page.getByRole('button', { name: 'Save limits' }).click();
    await page.getByText('The limits were saved.').waitFor();
    await page.getByRole('button', { name: 'Begin warm-up' }).click();
    await page.waitForURL(/warm-ups\/domain\/dom_/);
    await page.getByRole('row', { name: /Gmail/ }).waitFor();
    await axe(page, 'a warm-up');
    await shot(page, 'delivery-warm-up');
  });

  await step(t, page, 'a message to a mailbox that does not exist bounces and suppresses the address', async () => {
    await page.goto('/app/templates/new');
    await page.getByRole('textbox', { name: 'Name' }).fill('Bounces');
    await page.getByLabel('Plain letter').check();
    await page.getByRole('button', { name: 'Create template' }).click();
    await page.waitForURL(/\/templates\/tpl_/);
    await page.getByRole('button', { name: 'Send test' }).first().click();
    const dialog = page.getByRole('dialog', { name: 'Send test' });
    await dialog.getByLabel('To').fill('bounced@sandbox.test');
    await dialog.getByRole('button', { name: 'Send test' }).click();
    await page.getByText('One test is on its way').waitFor();
    await page.goto('/app/suppressions');
    await arrives(page, page.getByRole('link', { name: 'bounced@sandbox.test' }));
    await page.getByRole('link', { name: 'bounced@sandbox.test' }).click();
    await page.getByText(/does not exist|bounced/i).first().waitFor();
    await shot(page, 'delivery-suppression');
  });

  await step(t, page, 'a list of addresses is looked at and taken over', async () => {
    await page.goto('/app/suppressions/imports');
    await page.getByLabel('Or paste addresses').fill('gone@example.com\nnot an address\n+15005550006');
    await page.getByRole('button', { name: 'Look at it' }).click();
    await page.waitForURL(/imports\/spi_/);
    await axe(page, 'a list before it is taken over');
    await shot(page, 'delivery-import');
  });

  await step(t, page, 'what waits is shown', async () => {
    await page.goto('/app/messages/queue');
    await page.getByRole('heading', { name: 'Queue' }).waitFor();
    await axe(page, 'the queue');
  });

  assert.deepEqual(complaints(), []);
  await context.close();
});
