// A server of ours in its own process, on loopback, as an operator starts it.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { descendants, stillRunning } from './process-tree.mjs';

// Beside installations and other peers.
const START_LIMIT_MS = 240_000;
const STOP_LIMIT_MS = 20_000;
// A host that was replaced after a timeout is verified again before it counts.
const HOST_START_LIMIT_MS = 20_000;
// A host whose server has gone reads the end of its channel and exits by itself.
const HOST_EXIT_LIMIT_MS = 3_000;

/**
 * Starts `deephealth serve` with the given flags and waits until it has verified its stores.
 * Gives { pid, address, httpAddress, models, adapter, stop(hostsWanted) }; throws if the server ends or says
 * nothing in time. Ports are free ones unless the flags name some.
 */
export async function serveModels(root, flags) {
  const { child, stop } = startServe(root, ['--port', '0', '--http-port', '0', ...flags, '--json']);
  const limit = new AbortController();
  try {
    const { address, httpAddress, models, adapter } = await Promise.race([
      readState(child.server.stdout),
      child.exited.then(({ code, signal }) => {
        throw new Error(`the server ended (${code ?? signal}) before it was ready:\n${child.log.join('')}`);
      }),
      delay(START_LIMIT_MS, undefined, { signal: limit.signal }).then(() => {
        throw new Error(`the server was not ready after ${START_LIMIT_MS / 1000} s:\n${child.log.join('')}`);
      }),
    ]);
    return { pid: child.server.pid, address, httpAddress, models, adapter, stop };
  } catch (error) {
    child.server.kill('SIGKILL');
    throw error;
  } finally {
    limit.abort();
  }
}

/** Starts `deephealth serve` and waits for nothing: for peers that look at a server while it starts or stops. */
export function startServe(root, flags) {
  const command = [join(root, 'cli', 'bin', 'deephealth.mjs'), 'serve', ...flags];
  const server = spawn(process.execPath, command, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
  const killWithUs = () => server.kill('SIGKILL');
  process.once('exit', killWithUs);
  const log = [];
  server.stderr.setEncoding('utf8').on('data', (text) => log.push(text));
  const exited = once(server, 'exit').then(([code, signal]) => {
    process.off('exit', killWithUs);
    return { code, signal };
  });
  const child = { server, exited, log };
  return { child, stop: (hostsWanted) => stop(child, hostsWanted) };
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

/**
 * Asks the server to end once it has as many model hosts as it should have, and gives what it left:
 * { code, signal, hosts, hostsLeft, faults }.
 */
async function stop({ server, exited, log }, hostsWanted) {
  let hosts = descendants(server.pid);
  await until(HOST_START_LIMIT_MS, () => {
    hosts = descendants(server.pid);
    return hosts.length === hostsWanted;
  });
  const limit = new AbortController();
  server.kill('SIGTERM');
  const overdue = delay(STOP_LIMIT_MS, undefined, { signal: limit.signal }).then(
    () => server.kill('SIGKILL'),
    () => undefined,
  );
  const { code, signal } = await exited;
  limit.abort();
  await overdue;
  let hostsLeft = hosts;
  await until(HOST_EXIT_LIMIT_MS, () => {
    hostsLeft = stillRunning(hosts);
    return hostsLeft.length === 0;
  });
  return { code, signal, hosts, hostsLeft, faults: faultsIn(log.join('')) };
}

/** Polls until it is so or the time is over: other processes send no event. */
async function until(limitMs, isSo) {
  const deadline = Date.now() + limitMs;
  while (!isSo() && Date.now() < deadline) await delay(50);
}

/** Logged errors, and lines that are no log entry at all: a warning of Node, a stack, a crash. */
function faultsIn(log) {
  return log.split('\n').filter((line) => {
    if (line === '') return false;
    try {
      const { level, event } = JSON.parse(line);
      // The store holds a package that must be refused, and the log must say so.
      return level === 'error' && event !== 'model.quarantined';
    } catch {
      return true;
    }
  });
}
