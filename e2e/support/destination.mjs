// Where the links in the test mails lead: a shop's page on this machine.

import { once } from 'node:events';
import { createServer } from 'node:http';

export async function startDestination() {
  const visits = [];
  const server = createServer((request, response) => {
    visits.push(request.url);
    response.setHeader('content-type', 'text/html; charset=utf-8');
    response.end('<!doctype html><html lang="en"><link rel="icon" href="data:,"><title>Autumn sale</title><h1>Autumn sale</h1>');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    visits: () => visits,
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
