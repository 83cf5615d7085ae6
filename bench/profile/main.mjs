// node bench/profile/main.mjs <bar id>: where the server and the model host spend their time while
// the bar's load runs. Prints the top functions; whole profiles go to .build/bench/*.cpuprofile.
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { descendants } from '../../interop/process-tree.mjs';
import { prepare } from '../../scripts/prepare.mjs';
import { BARS } from '../bars/index.mjs';
import { BenchContext } from '../context.mjs';
import { profileProcess } from './profile-process.mjs';
import { selfTimes } from './self-times.mjs';

const SECONDS = 5;
const SETTLE_SECONDS = 1;
const TOP = 40;
const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const cache = join(root, '.build', 'bench');

/** Profiles the server in the first measurement of the runtime, and its host in the second. */
class ProfilingContext extends BenchContext {
  profiles = {};

  async load(loader, server, job, options) {
    const side = ['server', 'host'].find((name) => this.profiles[name] === undefined);
    const isRuntime = server === this.currentRuntime;
    if (!isRuntime || side === undefined) return super.load(loader, server, job, { ...options, seconds: 1 });
    const measured = super.load(loader, server, job, { ...options, seconds: SECONDS + 2 * SETTLE_SECONDS });
    await delay(SETTLE_SECONDS * 1000);
    const [host] = descendants(server.pid);
    this.profiles[side] =
      side === 'server'
        ? await server.child.call('profile', { seconds: SECONDS })
        : await profileProcess(host.pid, SECONDS);
    return measured;
  }
}

async function main([id]) {
  const bar = BARS.find((candidate) => candidate.id === id);
  if (bar === undefined) {
    process.stderr.write(`usage: node bench/profile/main.mjs <bar id>\n${BARS.map((each) => each.id).join('\n')}\n`);
    return 2;
  }
  prepare(root);
  const say = (text) => process.stderr.write(`${text}\n`);
  const context = new ProfilingContext({ quick: true, client: 'grpc-js', say });
  try {
    await bar.measure(context);
  } finally {
    await context.close();
  }
  mkdirSync(cache, { recursive: true });
  for (const [side, profile] of Object.entries(context.profiles)) {
    writeFileSync(join(cache, `${id}.${side}.cpuprofile`), JSON.stringify(profile));
    process.stdout.write(`\n${side}\n${selfTimes(profile, TOP).join('\n')}\n`);
  }
  return 0;
}

if (typeof WebSocket === 'undefined') {
  // Node 20 has it behind a flag.
  const args = ['--experimental-websocket', '--no-warnings', fileURLToPath(import.meta.url), ...process.argv.slice(2)];
  process.exitCode = spawnSync(process.execPath, args, { stdio: 'inherit' }).status ?? 1;
} else process.exitCode = await main(process.argv.slice(2));
