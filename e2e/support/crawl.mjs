// Every page there is, found by its links: one example of each kind.

const DOWNLOADS = /\.(csv|eml|json)$/;
/** Shown inside other pages, in a frame without scripts; what it holds is the mail, not the app. */
const FRAMES = /\/inbox\/[^/]+\/html$/;

/** Parts of a query that choose what a page shows; the others choose which rows. */
const VIEWS = ['view', 'tab', 'part'];

/** Visits one page of each kind and calls `look` on it. */
export async function crawl(page, start, look) {
  const seen = new Set();
  const waiting = [...start];
  while (waiting.length > 0) {
    const path = waiting.shift();
    const kind = kindOf(path);
    if (seen.has(kind)) continue;
    seen.add(kind);
    const response = await page.goto(path);
    if (!response?.headers()['content-type']?.startsWith('text/html')) continue;
    await look(kind, response);
    waiting.push(...(await links(page)));
  }
  return [...seen];
}

async function links(page) {
  const found = await page.$$eval('a[href]:not([download])', (all) => all.map((a) => a.href));
  return found
    .map((href) => new URL(href))
    .filter((url) => url.origin === new URL(page.url()).origin)
    .filter(({ pathname }) => pathname.startsWith('/app') && !DOWNLOADS.test(pathname) && !FRAMES.test(pathname))
    .map(({ pathname, search }) => pathname + search);
}

/** `/app/contacts/con_0199...?view=text` is a page of the kind `/app/contacts/{id}?view=text`. */
function kindOf(path) {
  const url = new URL(path, 'http://localhost');
  const pathname = url.pathname.replace(/\/[a-z]{2,4}_[0-9A-Za-z-]{16,}/g, '/{id}').replace(/\/[^/]+%40[^/]+/g, '/{address}');
  const query = [...url.searchParams].filter(([name]) => VIEWS.includes(name));
  return pathname + (query.length > 0 ? `?${new URLSearchParams(query)}` : '');
}
