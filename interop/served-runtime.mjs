// A server of ours in its own process, on loopback, as an operator starts it.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { descendants, stillRunning } from './process-tree.mjs';

const START_LIMIT_MS = 120_000;
const STOP_LIMIT_MS = 20_000;
// A host whose server has gone reads the end of its channel and exits by itself.
const HOST_EXIT_LIMIT_MS = 3_000;

/**
 * Starts `deephealth serve` and waits until it has verified the store.
 * Gives { address, models, stop() }; throws if the server ends or says nothing in time.
 */
export async function serveModels(root, store) {
  const server = spawn(
    process.execPath,
    [join(root, 'cli', 'bin', 'deephealth.mjs'), 'serve', '--models', store, '--port', '0', '--json'],
    { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  const killWithUs = () => server.kill('SIGKILL');
  process.once('exit', killWithUs);
  const log = [];
  server.stderr.setEncoding('utf8').on('data', (text) => log.push(text));
  const exited = once(server, 'exit').then(([code, signal]) => ({ code, signal }));
  const limit = new AbortController();
  try {
    const { address, models } = await Promise.race([
      readState(server.stdout),
      exited.then(({ code, signal }) => {
        throw new Error(`the server ended (${code ?? signal}) before it was ready:\n${log.join('')}`);
      }),
      delay(START_LIMIT_MS, undefined, { signal: limit.signal }).then(() => {
        throw new Error(`the server was not ready after ${START_LIMIT_MS / 1000} s:\n${log.join('')}`);
      }),
    ]);
    return { address, models, stop: () => stop(server, exited, log, killWithUs) };
  } catch (error) {
    server.kill('SIGKILL');
    throw error;
  } finally {
    limit.abort();
  }
}

/** The state that `serve --json` prints, once all of it has arrived. */
async function readState(stdout) {
  let text = '';
  for await (const chunk of stdout.setEncoding('utf8').iterator({ destroyOnReturn: false })) {
    text += chunk;
    try {
      return JSON.parse(text);
    } catch {
      // Not all of it yet.
    }
  }
  throw new Error(`the server printed no state: ${JSON.stringify(text)}`);
}

/** Asks the server to end and gives what it left: { code, signal, hosts, hostsLeft, faults }. */
async function stop(server, exited, log, killWithUs) {
  const hosts = descendants(server.pid);
  const limit = new AbortController();
  server.kill('SIGTERM');
  const overdue = delay(STOP_LIMIT_MS, undefined, { signal: limit.signal }).then(
    () => server.kill('SIGKILL'),
    () => undefined,
  );
  const { code, signal } = await exited;
  limit.abort();
  await overdue;
  process.off('exit', killWithUs);
  const deadline = Date.now() + HOST_EXIT_LIMIT_MS;
  let hostsLeft = stillRunning(hosts);
  while (hostsLeft.length > 0 && Date.now() < deadline) {
    await delay(50);
    hostsLeft = stillRunning(hosts);
  }
  const faults = log
    .join('')
    .split('\n')
    .filter((line) => line !== '' && !/"level":"(debug|info|warn)"/.test(line));
  return { code, signal, hosts, hostsLeft, faults };
}
