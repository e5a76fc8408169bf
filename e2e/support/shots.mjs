// Screenshots in both themes and two widths, to look at (e2e/out) and for the README (docs/images).

import { mkdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

import { NARROW, WIDE } from './browser.mjs';

const out = fileURLToPath(new URL('../out/', import.meta.url));
const images = fileURLToPath(new URL('../../docs/images/', import.meta.url));

const themes = ['light', 'dark'];

/** Runs `look` in both themes and widths, and leaves the page as it was. */
export async function inEveryLook(page, look) {
  const before = page.viewportSize();
  for (const colorScheme of themes) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    for (const viewport of [WIDE, NARROW]) {
      await page.setViewportSize(viewport);
      await settled(page);
      await look({ colorScheme, width: viewport.width });
    }
  }
  await page.emulateMedia({ colorScheme: 'light' });
  await page.setViewportSize(before);
}

/** Colours that fade from one theme to the other have arrived, also those that begin when others end. */
async function settled(page) {
  await page.evaluate(async () => {
    const fading = () => document.getAnimations().filter(({ effect }) => effect.getComputedTiming().endTime !== Infinity);
    do {
      await Promise.allSettled(fading().map((animation) => animation.finished));
      await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
    } while (fading().length > 0);
  });
}

/** Four pictures of the whole page. */
export async function shot(page, name) {
  await mkdir(out, { recursive: true });
  await inEveryLook(page, ({ colorScheme, width }) =>
    page.screenshot({ path: `${out}${name}-${width}-${colorScheme}.png`, fullPage: true }),
  );
}

/** The README's pictures, made again only when asked for: MAUNTIC_README_SHOTS=1 bin/test --e2e pages */
export async function readmeShot(page, name) {
  await shot(page, name);
  if (!process.env.MAUNTIC_README_SHOTS) return;
  await mkdir(images, { recursive: true });
  for (const colorScheme of themes) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    await page.reload();
    await page.screenshot({ path: `${images}${name}-${colorScheme}.png` });
  }
  await page.emulateMedia({ colorScheme: 'light' });
}

/**
 * A step of a story: a subtest that leaves a picture of what was on the screen when it failed. The
 * steps after it build on it, so they are not tried.
 */
export async function step(t, page, name, act) {
  let failure;
  await t.test(name, async () => {
    try {
      await act();
    } catch (error) {
      failure = error;
      await mkdir(out, { recursive: true });
      await page.screenshot({ path: `${out}failed-${name.replace(/\W+/g, '-').slice(0, 60)}.png`, fullPage: true });
      throw error;
    }
  });
  if (failure) throw new Error(`the story ended at: ${name}`);
}
