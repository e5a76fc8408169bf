// The program under test, as a newcomer runs it: `mauntic up` on an empty folder, with its own
// PostgreSQL.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const program = resolve(process.env.MAUNTIC_BIN ?? join(root, process.env.CARGO_TARGET_DIR ?? 'target', 'debug/mauntic'));

const START_LIMIT_MS = 120_000;
const STOP_LIMIT_MS = 60_000;

/**
 * Starts the program and waits until it is ready. Its log is kept as e2e/out/<name>.log. With
 * `demoContacts` it is filled with the demonstration first, and `owner` is who can sign in.
 */
export async function startMauntic(name, { demoContacts } = {}) {
  const folder = await mkdtemp('/tmp/mauntic-e2e-');
  // PostgreSQL's user has to pass through, when root runs the tests.
  await chmod(folder, 0o711);
  const port = await freePort();
  const environment = {
    ...process.env,
    PORT: String(port),
    MAUNTIC__DATA_DIR: join(folder, 'data'),
    MAUNTIC__METRICS__LISTEN: '127.0.0.1:0',
    // Nobody's DNS knows the domains of the stories.
    MAUNTIC__DELIVERY__LOOK_UP_DOMAINS: 'false',
    MAUNTIC__DELIVERY__REQUIRE_VERIFIED_DOMAINS: 'false',
  };
  delete environment.DATABASE_URL;
  const log = [];
  const run = (...args) => {
    const child = spawn(program, args, { cwd: folder, env: environment, stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text) => log.push(text));
    }
    return child;
  };
  const owner = demoContacts ? await seedDemo(run, demoContacts) : undefined;
  const child = run('up');
  const mauntic = {
    url: `http://localhost:${port}`,
    owner,
    log: () => log.join(''),
    async stop() {
      if (child.exitCode === null) {
        const exit = once(child, 'exit', { signal: AbortSignal.timeout(STOP_LIMIT_MS) });
        child.kill('SIGTERM');
        await exit;
      }
      await mkdir(join(root, 'e2e/out'), { recursive: true });
      await writeFile(join(root, 'e2e/out', `${name}.log`), mauntic.log());
      await rm(folder, { recursive: true, force: true });
    },
  };
  try {
    await untilReady(mauntic, child, port);
  } catch (error) {
    child.kill('SIGKILL');
    throw error;
  }
  return mauntic;
}

async function seedDemo(run, contacts) {
  const seeding = run('demo', 'seed', '--contacts', String(contacts));
  let said = '';
  seeding.stdout.on('data', (text) => (said += text));
  const [code] = await once(seeding, 'close');
  const found = said.match(/e-mail +(\S+)\s+password +(\S+)/);
  if (code !== 0 || !found) throw new Error(`mauntic demo seed ended with ${code}:\n${said}`);
  return { email: found[1], password: found[2] };
}

async function untilReady(mauntic, child, port) {
  const deadline = Date.now() + START_LIMIT_MS;
  while (Date.now() < deadline) {
    if (child.exitCode !== null) throw new Error(`mauntic up ended with ${child.exitCode}:\n${mauntic.log()}`);
    const answer = await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => null);
    if (answer?.ok) return;
    await new Promise((done) => setTimeout(done, 50));
  }
  throw new Error(`mauntic up was not ready after ${START_LIMIT_MS / 1000} s:\n${mauntic.log()}`);
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}
