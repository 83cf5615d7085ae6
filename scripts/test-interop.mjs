// npm run test:interop: clients that others wrote, against a server process of ours.
// Names of peers as arguments run these only.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CheckReport, expectEqual } from '../interop/check-report.mjs';
import { removeGoScratch } from '../interop/go-program.mjs';
import { serveModels } from '../interop/served-runtime.mjs';
import { Skipped } from '../interop/skipped.mjs';
import { prepare } from './prepare.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const started = Date.now();
const say = (text) => process.stderr.write(`[${((Date.now() - started) / 1000).toFixed(0)} s] ${text}\n`);

prepare(root);
// Some peers load the packages, which are built by now.
const { PEERS } = await import('../interop/peers.mjs');
const names = process.argv.slice(2);
const unknown = names.filter((name) => !Object.hasOwn(PEERS, name));
if (unknown.length > 0) {
  process.stderr.write(`No peer is called ${unknown.join(', ')}. There are: ${Object.keys(PEERS).join(', ')}.\n`);
  process.exit(2);
}

const report = new CheckReport();
/** Without names, all but those that take as long as many others together. */
const isWanted = (name) => (names.length === 0 ? PEERS[name].byNameOnly === undefined : names.includes(name));
const peers = Object.keys(PEERS).filter(isWanted);
if (names.length === 0) {
  for (const [name, { byNameOnly }] of Object.entries(PEERS)) if (byNameOnly) report.skip(name, byNameOnly);
}
/** By name, once their installation has begun. */
let installed = new Map();
/** Peers of which a check failed, with what they counted; those that are few are run once more, alone. */
const doubtful = new Map();
/** More that fail have a reason. */
const MOST_UNSTEADY = 3;
const scratch = mkdtempSync(join(tmpdir(), 'deephealth-interop-'));
const store = join(scratch, 'store');
try {
  await checkAll();
} finally {
  await Promise.all(installed.values());
  rmSync(scratch, { recursive: true, force: true });
  removeGoScratch(root);
}
say('done');
process.stdout.write(`${report.passed} passed, ${report.failed} failed, ${report.skipped} skipped\n`);
process.exitCode = report.failed > 0 ? 1 : 0;

/**
 * Begins to install all peers at once, which mostly waits for the network. Gives, by its name, a promise of each:
 * { isThere, result }, nothing where it cannot be had, which is reported then. It never rejects.
 */
function installAll(wanted) {
  const install = async (name) => {
    say(`installing ${PEERS[name].title} ...`);
    try {
      // A registry may be slow for once, and dozens of installations begin together.
      const result = await PEERS[name].install(root, name).catch((error) => {
        if (error instanceof Skipped) throw error;
        say(`${PEERS[name].title}: installing once more, since ${String(error.message).split('\n')[0]} ...`);
        return PEERS[name].install(root, name);
      });
      if (result !== undefined) say(`${PEERS[name].title}: installed`);
      return { isThere: true, result };
    } catch (error) {
      if (error instanceof Skipped) report.skip(name, error.message);
      else report.fail(name, 'can be installed', error.message);
      return {};
    }
  };
  return new Map(wanted.map((name) => [name, install(name)]));
}

/**
 * Peers in lanes side by side: those that ask the server, which must not disturb each other; those that mostly wait
 * for what they started; and the rest, of which a lane that has come to its end takes some, too. With one that waits
 * and two that compute, both cores have something to do.
 */
async function checkAll() {
  // Imported here: the package is built by now.
  const { writeTestModels } = await import('../interop/test-models.mjs');
  const expected = writeTestModels(store);
  mkdirSync(join(root, '.build', 'interop'), { recursive: true });
  const expectedFile = join(root, '.build', 'interop', 'expected.json');
  writeFileSync(expectedFile, JSON.stringify(expected, null, 2));
  const context = { root, expected, expectedFile, scratch };

  const asking = peers.filter((name) => PEERS[name].lane === undefined);
  // Before anything else begins: beside dozens of installations a model may not be verified within its time.
  const server = asking.length > 0 ? await startServer() : undefined;
  installed = installAll(peers);
  const ofLane = (lane) => peers.filter((name) => PEERS[name].lane === lane);
  const anyLane = ofLane('any');
  const waiting = checkInTurn(ofLane('waiting'), context).then(() => checkInTurn(anyLane, context));
  await Promise.all([
    waiting,
    checkInTurn(anyLane, context),
    checkServer(server, asking, context).then(() => checkInTurn(anyLane, context)),
  ]);
  await checkAgain(context);
}

/** Undefined where it does not start, which is reported. */
async function startServer() {
  say('starting the server ...');
  try {
    return await serveModels(root, ['--models', store]);
  } catch (error) {
    report.fail('server', 'starts', error.message);
    return undefined;
  }
}

/** What asks the server. It ends with them: what it counts and leaves is theirs. */
async function checkServer(server, asking, context) {
  if (server === undefined) return;
  const { address, httpAddress } = server;
  const { models } = context.expected;
  try {
    await report.check('server', 'verifies every model as expected', () => {
      const states = (all) => all.map((m) => `${m.name} ${m.version} ${m.state}`).sort();
      expectEqual('states', states(server.models), states(models));
    });
    await checkInTurn(asking, { ...context, address, httpAddress });
  } finally {
    await checkStop(server, readyModels(context));
  }
}

/** Each of a list, which other lanes may take from, too: the first of it that is installed. */
async function checkInTurn(names, context) {
  while (names.length > 0) {
    const name = await Promise.race(names.map((one) => installed.get(one).then(() => one)));
    const place = names.indexOf(name);
    // Another lane was earlier.
    if (place < 0) continue;
    names.splice(place, 1);
    const { isThere } = await installed.get(name);
    if (!isThere) continue;
    const own = await checkOne(name, context);
    if (own.failed > 0) doubtful.set(name, own);
    else report.add(own);
  }
}

/** What the checks of one peer counted. */
async function checkOne(name, context) {
  say(`checking with ${PEERS[name].title} ...`);
  const begun = Date.now();
  const own = new CheckReport();
  const { result } = await installed.get(name);
  try {
    await PEERS[name].run(result, { ...context, name }, own);
  } catch (error) {
    own.fail(name, 'runs to its end', error.message);
  }
  say(`${PEERS[name].title}: checked in ${((Date.now() - begun) / 1000).toFixed(0)} s`);
  return own;
}

/**
 * Three lanes, compilers and other engines share two cores: a deadline may pass that has nothing to do with what is
 * checked. A few peers that failed are run once more, with nothing beside them, the ones that ask a server with a new
 * one. What passes then is named as unsteady, and has to be mended; what fails again has failed.
 */
async function checkAgain(context) {
  for (const [name, first] of doubtful) {
    if (doubtful.size > MOST_UNSTEADY) {
      report.add(first);
      continue;
    }
    say(`once more, alone: ${PEERS[name].title}`);
    const again = join(scratch, 'again', name);
    mkdirSync(again, { recursive: true });
    const server = PEERS[name].lane === undefined ? await startServer() : undefined;
    const place = server && { address: server.address, httpAddress: server.httpAddress };
    const second = await checkOne(name, { ...context, ...place, scratch: again });
    await server?.stop(readyModels(context));
    report.add(second);
    if (second.failed === 0) process.stderr.write(`  UNSTEADY  ${name}: passed when it was run once more, alone\n`);
  }
}

function readyModels({ expected }) {
  return expected.models.filter(({ state }) => state === 'READY').length;
}

async function checkStop(server, hosts) {
  say('stopping the server ...');
  const left = await server.stop(hosts);
  await report.check('server', 'kept one model host for each ready version', () => {
    expectEqual('hosts', left.hosts.length, hosts);
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
