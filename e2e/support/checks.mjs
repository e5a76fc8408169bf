// What holds for every page, whatever it shows.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';

const axeSource = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

/** No accessibility rule that axe knows is broken. */
export async function axe(page, where = page.url()) {
  // Evaluated by the debugger, which the Content-Security-Policy does not hold back.
  await page.evaluate(axeSource);
  const { violations } = await page.evaluate(
    (tags) => globalThis.axe.run(document, { runOnly: { type: 'tag', values: tags }, iframes: false }),
    RULES,
  );
  const found = violations.flatMap(({ id, help, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id}: ${help}\n  ${target.join(' ')}\n  ${failureSummary.replaceAll('\n', '\n  ')}`),
  );
  assert.deepEqual(found, [], `accessibility of ${where}`);
}

/** The page fits: what is too wide scrolls in a frame of its own, never the page. */
export async function fitsWidth(page, where = page.url()) {
  const { content, window: width, widest } = await page.evaluate(() => {
    const limit = document.documentElement.clientWidth;
    const wide = [...document.querySelectorAll('body *')].filter((e) => e.getBoundingClientRect().right > limit + 1);
    const name = (e) => e.tagName.toLowerCase() + [...e.classList].map((c) => `.${c}`).join('');
    return { content: document.documentElement.scrollWidth, window: limit, widest: wide.slice(0, 5).map(name) };
  });
  assert.ok(content <= width, `${where} is ${content} wide in a window of ${width}: ${widest.join(', ')}`);
}
