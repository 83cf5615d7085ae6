// A harness of our own runtime, as a vendor would write one who has nothing but the program itself: it starts
// `deephealth serve`, hurts it from outside, and starts it again to reset it.
//
//   deephealth conformance runtime --harness "node cli/test/serve-harness.mjs"
//   deephealth conformance runtime --partial-models --harness "node cli/test/serve-harness.mjs conformance-matmul"
//
// Names of models as arguments serve these only: each start verifies all that there are.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, readdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { defineHarness } from '@deephealth/conformance';

const CLI = fileURLToPath(new URL('../bin/deephealth.mjs', import.meta.url));
/** Node reads no file of this size at once: reading it fails, whoever asks. It is sparse, and takes no room. */
const UNREADABLE_BYTES = 3 * 1024 ** 3;
/** No proof of batching at each start, which takes longer than all the rest. */
const CONFIG = { limits: { maxBatchSize: 1 } };
/** Lines of the log that are told if the runtime does not start. */
const LAST_WORDS = 3;

const wanted = process.argv.slice(2);

let models;
let folder;
let copy;
let server;
let port = '0';
/** Process of each model's host, as the log tells it. */
const hosts = new Map();

/** Serves a fresh copy of the suite's models, which may be broken; gives the address. */
async function serve() {
  folder = mkdtempSync(join(tmpdir(), 'deephealth-harness-'));
  copy = join(folder, 'models');
  const config = join(folder, 'config.json');
  writeFileSync(config, JSON.stringify(CONFIG));
  for (const name of wanted.length === 0 ? readdirSync(models) : wanted) {
    cpSync(join(models, name), join(copy, name), { recursive: true });
  }
  hosts.clear();
  const flags = ['--config', config, '--models', copy, '--port', port, '--http-port', 'off'];
  server = spawn(process.execPath, [CLI, 'serve', ...flags, '--handshake', '--log-level', 'info'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const lastWords = [];
  createInterface({ input: server.stderr }).on('line', (line) => {
    lastWords.push(line);
    if (lastWords.length > LAST_WORDS) lastWords.shift();
    const { event, model, hostPid } = entryOf(line);
    if (event === 'model.ready') hosts.set(model, hostPid);
  });
  const ended = once(server, 'exit').then(([code]) => {
    throw new Error(`deephealth serve ended (${code}): ${lastWords.join(' ')}`);
  });
  // Awaited only until the handshake; later on it is meant to end.
  ended.catch(() => undefined);
  const started = new Promise((resolve) => {
    createInterface({ input: server.stdout }).on('line', (line) => {
      const [mark, , , , address] = line.split('|');
      if (mark === 'DH') resolve(address);
    });
  });
  const address = await Promise.race([started, ended]);
  // The address must stay what it is when the runtime is started again.
  port = address.split(':').at(-1);
  return address;
}

async function stop() {
  if (server?.exitCode === null && server.signalCode === null) {
    const gone = once(server, 'exit');
    server.kill('SIGTERM');
    await gone;
  }
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
}

function entryOf(line) {
  try {
    return JSON.parse(line);
  } catch {
    return {};
  }
}

function hostOf(model) {
  const pid = hosts.get(model);
  if (pid === undefined) throw new Error(`${model} has no host`);
  return pid;
}

/** Lets a host go on, unless it has been replaced meanwhile. */
function wake(pid) {
  try {
    process.kill(pid, 'SIGCONT');
  } catch (error) {
    if (error.code !== 'ESRCH') throw error;
  }
}

await defineHarness({
  start(order) {
    models = order.models;
    return serve();
  },

  async reset() {
    await stop();
    await serve();
  },

  inject({ kind, model, milliseconds }) {
    switch (kind) {
      case 'storeReadError':
        for (const version of readdirSync(join(copy, model))) {
          truncateSync(join(copy, model, version, 'model.onnx'), UNREADABLE_BYTES);
        }
        return true;
      case 'hostLost':
        process.kill(hostOf(model), 'SIGKILL');
        return true;
      case 'hostStalled': {
        const pid = hostOf(model);
        process.kill(pid, 'SIGSTOP');
        setTimeout(() => wake(pid), milliseconds);
        return true;
      }
      default:
        // Nobody outside can make the engine fail a run that it can do.
        return false;
    }
  },

  stop,
});
