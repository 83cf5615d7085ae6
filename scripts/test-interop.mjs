// npm run test:interop: clients that others wrote, against a server process of ours.
// Names of peers as arguments run these only.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CheckReport, expectEqual } from '../interop/check-report.mjs';
import { removeGoScratch } from '../interop/go-program.mjs';
import { PEERS } from '../interop/peers.mjs';
import { serveModels } from '../interop/served-runtime.mjs';
import { Skipped } from '../interop/skipped.mjs';
import { prepare } from './prepare.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const started = Date.now();
const say = (text) => process.stderr.write(`[${((Date.now() - started) / 1000).toFixed(0)} s] ${text}\n`);

const names = process.argv.slice(2);
const unknown = names.filter((name) => !Object.hasOwn(PEERS, name));
if (unknown.length > 0) {
  process.stderr.write(`No peer is called ${unknown.join(', ')}. There are: ${Object.keys(PEERS).join(', ')}.\n`);
  process.exit(2);
}

const report = new CheckReport();
prepare(root);
const installed = await installAll(Object.keys(PEERS).filter((name) => names.length === 0 || names.includes(name)));
removeGoScratch(root);
const scratch = mkdtempSync(join(tmpdir(), 'deephealth-interop-'));
const store = join(scratch, 'store');
try {
  await checkAll(installed);
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
say('done');
process.stdout.write(`${report.passed} passed, ${report.failed} failed, ${report.skipped} skipped\n`);
process.exitCode = report.failed > 0 ? 1 : 0;

/** Installs all peers at once, which mostly waits for the network; gives [name, what was installed]. */
async function installAll(wanted) {
  const results = await Promise.all(
    wanted.map(async (name) => {
      say(`installing ${PEERS[name].title} ...`);
      try {
        const result = await PEERS[name].install(root, name);
        if (result !== undefined) say(`${PEERS[name].title}: installed`);
        return [name, result];
      } catch (error) {
        if (error instanceof Skipped) report.skip(name, error.message);
        else report.fail(name, 'can be installed', error.message);
        return [name, undefined];
      }
    }),
  );
  return results.filter(([, result]) => result !== undefined);
}

async function checkAll(peers) {
  // Imported here: the package is built by now.
  const { writeTestModels } = await import('../interop/test-models.mjs');
  const expected = writeTestModels(store);
  mkdirSync(join(root, '.build', 'interop'), { recursive: true });
  const expectedFile = join(root, '.build', 'interop', 'expected.json');
  writeFileSync(expectedFile, JSON.stringify(expected, null, 2));

  say('starting the server ...');
  let server;
  try {
    server = await serveModels(root, ['--models', store]);
  } catch (error) {
    report.fail('server', 'starts', error.message);
    return;
  }
  const { address, httpAddress } = server;
  const context = { root, address, httpAddress, expected, expectedFile, scratch };
  try {
    await report.check('server', 'verifies every model as expected', () => {
      const states = (models) => models.map((m) => `${m.name} ${m.version} ${m.state}`).sort();
      expectEqual('states', states(server.models), states(expected.models));
    });
    // Those that do not ask the server wait most of the time for another; side by side, both cores have something to do.
    const isApart = ([name]) => PEERS[name].isApart === true;
    await Promise.all([
      checkInTurn(
        peers.filter((peer) => !isApart(peer)),
        context,
      ),
      checkInTurn(peers.filter(isApart), context),
    ]);
  } finally {
    await checkStop(server, expected.models.filter((model) => model.state === 'READY').length);
  }
}

async function checkInTurn(peers, context) {
  for (const [name, result] of peers) {
    say(`checking with ${PEERS[name].title} ...`);
    try {
      await PEERS[name].run(result, { ...context, name }, report);
    } catch (error) {
      report.fail(name, 'runs to its end', error.message);
    }
  }
}

async function checkStop(server, readyModels) {
  say('stopping the server ...');
  const left = await server.stop(readyModels);
  await report.check('server', 'kept one model host for each ready version', () => {
    expectEqual('hosts', left.hosts.length, readyModels);
  });
  await report.check('server', 'ends with 0 when it is told to stop', () => {
    expectEqual('exit', { code: left.code, signal: left.signal }, { code: 0, signal: null });
  });
  await report.check('server', 'leaves no model host behind', () => {
    expectEqual('hosts left', left.hostsLeft, []);
  });
  await report.check('server', 'met no fault of its own', () => {
    expectEqual('lines on stderr', left.faults, []);
  });
}
