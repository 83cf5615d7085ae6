// What the suites after `npm test` install and compile, made while the tests leave a processor idle: `.ci/run` starts
// this with the lowest priority that there is. Nothing is lost where something fails, or is not reached: each suite
// makes, and tells of, what is missing then.
import { spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { removeGoScratch } from '../interop/go-program.mjs';
import { buildAddon } from '../native/build-addon.mjs';
import { SANITIZERS, sanitizerRuntime } from '../native/test/sanitizers.mjs';

/** Few, so that each is done soon: none is begun once it would go on beside the tests that measure, which come last. */
const AT_ONCE = 4;
const LAST_BEGIN_MS = 8 * 60_000;
const END_LIMIT_MS = 60_000;

const root = dirname(dirname(fileURLToPath(import.meta.url)));
if (process.argv[2] === '--work') await work();
else await watch();

/**
 * Has the work done in a process group of its own. What takes long is ended with all that it has started: a compiler
 * or pip that went on by itself would write where its suite writes by then.
 */
async function watch() {
  const worker = spawn(process.execPath, [fileURLToPath(import.meta.url), '--work'], {
    stdio: 'inherit',
    detached: true,
  });
  const killAll = () => {
    try {
      process.kill(-worker.pid, 'SIGKILL');
    } catch {
      // All of it has ended.
    }
  };
  process.once('SIGTERM', () => {
    worker.kill('SIGTERM');
    setTimeout(killAll, END_LIMIT_MS).unref();
  });
  await new Promise((resolve) => worker.once('exit', resolve));
  killAll();
}

async function work() {
  const begun = Date.now();
  let isToEnd = false;
  // What is under way is brought to its end.
  process.once('SIGTERM', () => {
    isToEnd = true;
  });
  const { PEERS } = await import(join(root, 'interop', 'peers.mjs'));
  const works = [
    ...(sanitizerRuntime().missing === undefined ? [() => buildAddon({ sanitize: SANITIZERS })] : []),
    ...Object.entries(PEERS).map(
      ([name, peer]) =>
        () =>
          peer.install(root, name),
    ),
  ];
  const lane = async () => {
    for (let make = works.shift(); make !== undefined; make = works.shift()) {
      if (isToEnd || Date.now() - begun > LAST_BEGIN_MS) return;
      try {
        await make();
      } catch {
        // Its suite meets the same, and says why.
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
  removeGoScratch(root);
}
