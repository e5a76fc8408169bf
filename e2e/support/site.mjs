// Somebody's own site, on another origin than the program: pages that load tracking libraries.

import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';

const segment = fileURLToPath(new URL('../node_modules/@segment/analytics-next/dist/umd/', import.meta.url));

/** `pages` are bodies by path; what lies below /segment/ is Segment's library as it is published. */
export async function startSite(pages) {
  const server = createServer(async (request, response) => {
    const path = new URL(request.url, 'http://site').pathname;
    if (path.startsWith('/segment/') && !path.includes('..')) {
      response.setHeader('content-type', 'text/javascript');
      return response.end(await readFile(segment + path.slice('/segment/'.length)));
    }
    response.setHeader('content-type', 'text/html; charset=utf-8');
    response.statusCode = path in pages ? 200 : 404;
    response.end(`<!doctype html><html lang="en"><link rel="icon" href="data:,"><title>${path}</title>${pages[path] ?? ''}`);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
