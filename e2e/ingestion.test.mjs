// Events as real libraries send them: Segment's for Node.js and for browsers as they are published,
// our own snippet, and Mautic's.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { Analytics } from '@segment/analytics-node';

import { arrives, launchBrowser, openPage } from './support/browser.mjs';
import { startMauntic } from './support/mauntic.mjs';
import { shot } from './support/shots.mjs';
import { startSite } from './support/site.mjs';
import { setUp } from './support/steps.mjs';

let mauntic;
let browser;
let site;
let app;
const keys = {};
const pages = {};

before(async () => {
  [mauntic, browser, site] = await Promise.all([startMauntic('ingestion'), launchBrowser(), startSite(pages)]);
  app = await openPage(browser, mauntic.url);
  await setUp(app.page);
  for (const [name, kind] of [['Server', 'server'], ['Website', 'website'], ['Old site', 'mautic']]) {
    keys[kind] = await createSource(app.page, name, kind);
  }
  const { website, mautic } = keys;
  const snippet = (attributes) => `
    <script>window.mauntic=window.mauntic||function(){(mauntic.q=mauntic.q||[]).push(arguments)}</script>
    <script async src="${mauntic.url}/mauntic.js" data-key="${website}" ${attributes}></script>`;
  pages['/plain'] = snippet('');
  pages['/consent'] = snippet('data-consent="required"');
  pages['/segment'] = `<script src="/segment/index.js"></script>`;
  pages['/mautic'] = `<script>
    (function(w,d,t,u,n,a,m){w['MauticTrackingObject']=n;w[n]=w[n]||function(){(w[n].q=w[n].q||[]).push(arguments)},
    a=d.createElement(t),m=d.getElementsByTagName(t)[0];a.async=1;a.src=u;m.parentNode.insertBefore(a,m)
    })(window,document,'script','${mauntic.url}/mtc.js','mt');mt('send','pageview');</script>`;
  assert.ok(mautic);
});
after(async () => {
  await app?.context.close();
  await browser?.close();
  await mauntic?.stop();
  await site?.stop();
});

async function createSource(page, name, kind) {
  await page.goto('/app/settings/sources/new');
  await page.getByRole('textbox', { name: 'Name' }).fill(name);
  await page.locator(`input[name=kind][value=${kind}]`).check({ force: true });
  await page.getByRole('button', { name: 'Create source' }).click();
  return (await page.locator('.copy-value code').first().textContent()).trim();
}

/**
 * Rows of the debugger for one event that counted, as soon as there are so many. A browser that is not
 * sure that something arrived sends it again; what has arrived before is listed, but does not count.
 */
async function inTheDebugger(name, count = 1) {
  const { page } = app;
  await page.goto(`/app/events?outcome=accepted&name=${encodeURIComponent(name)}`);
  await arrives(page, page.locator('tbody tr').nth(count - 1));
  assert.equal(await page.locator('tbody tr').count(), count);
}

/** A visitor's browser on the site, with what it sent. */
async function visitor(options = {}) {
  const sent = [];
  const visit = await openPage(browser, site.url, {
    userAgent: 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36',
    ...options,
  });
  visit.context.on('request', (request) => {
    if (request.method() === 'POST' && request.url().startsWith(mauntic.url)) sent.push(request);
  });
  const answered = (path) =>
    visit.page.waitForResponse((response) => response.url().includes(path) && response.request().method() === 'POST');
  return { ...visit, sent, answered };
}

test("Segment's library for Node.js sends all kinds of calls", async () => {
  const errors = [];
  const analytics = new Analytics({ writeKey: keys.server, host: mauntic.url, flushAt: 20 });
  analytics.on('error', (error) => errors.push(error));
  analytics.identify({ userId: 'node-1', traits: { email: 'node@example.com', firstName: 'Nora', lastName: 'Node' } });
  analytics.track({ userId: 'node-1', event: 'Node Order', properties: { total: 9.5 } });
  analytics.page({ userId: 'node-1', name: 'Home', properties: { url: 'https://example.com' } });
  analytics.screen({ userId: 'node-1', name: 'Start' });
  analytics.group({ userId: 'node-1', groupId: 'acme', traits: { name: 'Acme' } });
  analytics.alias({ userId: 'node-2', previousId: 'node-1' });
  await analytics.closeAndFlush();
  assert.deepEqual(errors, []);
  const { page } = app;
  await page.goto('/app/contacts?q=node@example.com');
  await page.getByRole('link', { name: /Nora Node/ }).first().click();
  await page.getByText('Node Order').first().waitFor();
  await page.getByText('total: 9.5').first().waitFor();
  await page.getByText('node-2').first().waitFor();
});

test("Segment's library for browsers finds its settings and sends", async () => {
  const { page, context, complaints, answered } = await visitor();
  await page.goto('/segment');
  const sent = Promise.all([answered('/v1/t'), answered('/v1/i')]);
  await page.evaluate(async ({ key, url }) => {
    const analytics = window.AnalyticsNext.AnalyticsBrowser.load({ writeKey: key, cdnURL: url });
    window.analytics = analytics;
    await analytics.identify('browser-1', { email: 'browser@example.com', firstName: 'Bea' });
    await analytics.track('Browser Order', { total: 7 });
  }, { key: keys.website, url: mauntic.url });
  for (const response of await sent) assert.equal(response.status(), 200);
  await inTheDebugger('Browser Order');
  await app.page.goto('/app/contacts?q=browser@example.com');
  await app.page.getByText('Bea').first().waitFor();
  assert.deepEqual(complaints(), []);
  await context.close();
});

test('the snippet counts a visit, and a visitor who says who they are', async () => {
  const { page, context, complaints, answered } = await visitor();
  const first = answered('/v1/b');
  await page.goto('/plain?utm_source=news');
  assert.equal((await first).status(), 200);
  const second = answered('/v1/b');
  await page.evaluate(() => {
    window.mauntic('identify', 'snippet-1', { email: 'snippet@example.com' });
    window.mauntic('track', 'Snippet Order', { total: 3 });
  });
  assert.equal((await second).status(), 200);
  await inTheDebugger('Snippet Order');
  await app.page.goto('/app/contacts?q=snippet@example.com');
  await app.page.getByRole('link', { name: /snippet@example.com/ }).first().click();
  // What was seen before they said who they are is theirs too.
  await app.page.getByText('Viewed a page').first().waitFor();
  const cookies = await context.cookies(site.url);
  assert.ok(cookies.find((cookie) => cookie.name === 'mauntic_id'), 'the cookie is of the site itself');
  assert.deepEqual(complaints(), []);
  await context.close();
});

test('what was called when a page is left is sent all the same', async () => {
  const { page, context } = await visitor();
  const first = page.waitForResponse('**/v1/b');
  await page.goto('/plain');
  await first;
  await page.evaluate(() => window.mauntic('track', 'Goodbye'));
  await page.goto('about:blank');
  await inTheDebugger('Goodbye');
  await context.close();
});

test('the snippet goes on with the identity that Segment has left', async () => {
  const { page, context, answered } = await visitor();
  await page.goto('/segment');
  await page.evaluate(() => localStorage.setItem('ajs_anonymous_id', '"kept-by-segment"'));
  const sent = answered('/v1/b');
  await page.goto('/plain');
  const body = JSON.parse((await sent).request().postData());
  assert.equal(body.batch[0].anonymousId, 'kept-by-segment');
  await context.close();
});

test('without consent the snippet stores nothing and sends nothing', async () => {
  const { page, context, sent, answered } = await visitor();
  await page.goto('/consent');
  await page.waitForFunction(() => !window.mauntic.q);
  await page.evaluate(() => window.mauntic('track', 'Waits'));
  assert.deepEqual(await context.cookies(), []);
  assert.equal(await page.evaluate(() => localStorage.length), 0);
  assert.deepEqual(sent, []);
  const answer = answered('/v1/b');
  await page.evaluate(() => window.mauntic('consent', true));
  assert.equal(JSON.parse((await answer).request().postData()).batch.length, 2);
  await page.evaluate(() => window.mauntic('consent', false));
  assert.deepEqual(await context.cookies(), []);
  await inTheDebugger('Waits');
  await context.close();
});

test('a browser that asks not to be tracked is left alone', async () => {
  const { page, context, sent } = await visitor();
  await context.addInitScript(() => Object.defineProperty(navigator, 'globalPrivacyControl', { value: true }));
  await page.goto('/plain');
  await page.waitForFunction(() => !window.mauntic.q);
  await page.evaluate(() => window.mauntic('track', 'Never'));
  assert.deepEqual(await context.cookies(), []);
  assert.deepEqual(sent, []);
  await context.close();
});

test("Mautic's snippet goes on as it is", async () => {
  const { page, context, answered } = await visitor();
  const delivered = answered('/mtc/event');
  await page.goto('/mautic');
  const answer = await (await delivered).json();
  assert.equal(answer.success, 1);
  assert.match(answer.id, /^con_/);
  await page.waitForFunction((id) => localStorage.getItem('mautic_device_id') === id, answer.device_id);
  const again = answered('/mtc/event');
  await page.reload();
  assert.equal((await (await again).json()).id, answer.id, 'the same browser is the same visitor');
  await context.close();
});

test('the pages of events are complete', async () => {
  const { page, complaints } = app;
  await page.goto('/app/events');
  await page.locator('tbody tr').first().waitFor();
  await shot(page, 'events');
  await page.goto('/app/events/names');
  await arrives(page, page.getByText('Snippet Order').first());
  await shot(page, 'event-names');
  await page.goto('/app/settings/sources');
  await shot(page, 'sources');
  await page.getByRole('link', { name: 'Website' }).click();
  await shot(page, 'source');
  assert.deepEqual(complaints(), []);
});
