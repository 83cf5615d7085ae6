// The harness: starts the runtime in this process and steers it. defineHarness speaks with the suite.
import { cp, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { defineHarness } from '@deephealth/conformance';
import { status } from '@grpc/grpc-js';
import { Refusal } from './refusal.js';
import { Runtime, type Served, serve } from './runtime.js';
import { Store } from './store.js';

const stalledUntilMs = new Map<string, number>();
const failing = new Set<string>();
let models = '';
let copy = '';
let runtime: Runtime;
let served: Served | undefined;

/** What was injected, as the runtime meets it before each run. */
async function beforeRun(model: string): Promise<void> {
  if (failing.delete(model)) {
    throw new Refusal(status.INTERNAL, 'MODEL_RUN_FAILED', 'The engine failed to run the graph.');
  }
  await delay(Math.max(0, (stalledUntilMs.get(model) ?? 0) - Date.now()));
}

/** Of a copy that may be broken: the suite's own folder must stay as it is. */
async function freshStore(): Promise<Store> {
  await removeCopy();
  copy = await mkdtemp(join(tmpdir(), 'harness-'));
  await cp(models, copy, { recursive: true });
  return Store.open(copy);
}

async function removeCopy(): Promise<void> {
  if (copy !== '') await rm(copy, { recursive: true, force: true });
}

await defineHarness({
  async start(order) {
    models = order.models;
    runtime = new Runtime(await freshStore(), beforeRun);
    served = await serve(runtime);
    return served.address;
  },

  // A store of its own has the states after a start; the address stays.
  async reset() {
    stalledUntilMs.clear();
    failing.clear();
    runtime.store = await freshStore();
  },

  async inject({ kind, model, milliseconds = 0 }) {
    switch (kind) {
      case 'storeReadError':
        for (const version of await readdir(join(copy, model))) {
          const graph = join(copy, model, version, 'model.onnx');
          // A folder in its place cannot be read, whoever asks.
          await rm(graph);
          await mkdir(graph);
        }
        return true;
      case 'hostStalled':
        stalledUntilMs.set(model, Date.now() + milliseconds);
        return true;
      case 'runError':
        failing.add(model);
        return true;
      default:
        // Models run in this very process, so there is no host to lose; later kinds are not known yet.
        return false;
    }
  },

  async stop() {
    served?.end();
    await removeCopy();
  },
});
