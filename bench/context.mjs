import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { serveWithMlserver } from './mlserver/serve.mjs';
import { Child } from './processes/child.mjs';
import { cpuSeconds } from './processes/cpu-seconds.mjs';

const module = (path) => new URL(path, import.meta.url);

/** What the first line of the `deephealth` command gives to Node, so that its very server is measured. */
export function nodeFlagsOfCommand() {
  const [line] = readFileSync(module('../cli/bin/deephealth.mjs'), 'utf8').split('\n');
  return line.match(/--\S+/g) ?? [];
}

/**
 * What bars share: processes that are started when first asked for, packages of the models, lengths
 * of a measurement. One runtime serves at a time, with the models of the present bar only, so that
 * nothing idle stands beside what is measured.
 */
export class BenchContext {
  /** True for a first look: fewer and shorter rounds. */
  quick;
  /** Client of the small unary bars: grpc-js, or one that costs less. */
  client;
  say;
  #folder = mkdtempSync(join(tmpdir(), 'deephealth-bench-'));
  #shared = new Map();
  #onnxFiles = new Map();
  #runtime;
  #barChildren = [];

  constructor({ quick, client, say }) {
    this.quick = quick;
    this.client = client;
    this.say = say;
  }

  /** Length of one measurement in seconds, and the number of rounds. */
  get seconds() {
    return this.quick ? 1.5 : 4;
  }
  get rounds() {
    return this.quick ? 3 : 5;
  }

  /** The result of `make`, which is called once, for bars that share a measurement. */
  once(key, make) {
    if (!this.#shared.has(key)) this.#shared.set(key, make());
    return this.#shared.get(key);
  }

  engine() {
    return this.once('engine', () =>
      Child.start({ title: 'bare engine', module: module('./servers/engine-main.mjs') }),
    );
  }

  /** The bare grpc-js server: { child, pid, address }. */
  echo() {
    return this.once('echo', async () => {
      const child = await Child.start({ title: 'echo', module: module('./servers/echo-main.mjs') });
      return { child, pid: child.pid, address: await child.call('listen') };
    });
  }

  /** Another server for the present bar, by the file URL of its module. */
  async server(title, url) {
    const child = await Child.start({ title, module: url, execArgv: nodeFlagsOfCommand() });
    this.#barChildren.push(child);
    return child;
  }

  /** A load generator of its own for the present bar. */
  async loader() {
    const child = await Child.start({ title: 'load generator', module: module('./load/load-main.mjs') });
    this.#barChildren.push(child);
    return child;
  }

  /**
   * A runtime that serves this model: { child, pid, address }. The one before it is stopped unless
   * it was started with the same options.
   */
  async runtime(model, limits = {}) {
    const key = JSON.stringify([model, limits]);
    if (this.#runtime?.key === key) return this.#runtime;
    await this.#stopRuntime();
    await this.onnxFile(model);
    const child = await Child.start({
      title: 'runtime',
      module: module('./servers/runtime-main.mjs'),
      execArgv: nodeFlagsOfCommand(),
    });
    this.#runtime = { key, child, pid: child.pid };
    this.#runtime.address = await child.call('serve', { models: join(this.#folder, model), limits });
    return this.#runtime;
  }

  /** A second runtime for the present bar, which serves the same model without the addon. */
  async runtimeWithoutAddon(model) {
    await this.onnxFile(model);
    const child = await Child.start({
      title: 'runtime without the addon',
      module: module('./servers/runtime-main.mjs'),
      execArgv: nodeFlagsOfCommand(),
      env: { DEEPHEALTH_NATIVE: 'off' },
    });
    this.#barChildren.push(child);
    const address = await child.call('serve', { models: join(this.#folder, model), limits: {} });
    return { child, pid: child.pid, address };
  }

  /** A second runtime for the present bar, which serves the same model with other options of the server. */
  async runtimeWith(model, options) {
    await this.onnxFile(model);
    const child = await this.server('runtime with other options', module('./servers/runtime-main.mjs'));
    const models = join(this.#folder, model);
    return { child, pid: child.pid, address: await child.call('serve', { models, limits: {}, options }) };
  }

  /** The store of a model, whose package is written when first asked for. */
  async storeOf(model) {
    await this.onnxFile(model);
    return join(this.#folder, model);
  }

  /** The runtime that serves now, if one does. */
  get currentRuntime() {
    return this.#runtime;
  }

  /** Path of the ONNX file of a model, whose package is written when first asked for. */
  async onnxFile(model) {
    if (!this.#onnxFiles.has(model)) {
      const { writePackage } = await import('./models/write-package.mjs');
      const engine = await this.engine();
      const run = (onnx, feeds) => engine.call('run', { onnx, feeds });
      this.#onnxFiles.set(model, await writePackage(join(this.#folder, model), model, run));
    }
    return this.#onnxFiles.get(model);
  }

  /** The right answers of a workload by variant, from the bare engine. */
  async answers(workload) {
    const { WORKLOADS } = await import('./workloads/index.mjs');
    const file = await this.onnxFile(WORKLOADS[workload].model);
    return (await this.engine()).call('answers', { file, workload });
  }

  /** MLServer with the same ONNX file, for the present bar. Throws Skipped if it cannot be had. */
  async mlserver(model, isReady) {
    const folder = join(this.#folder, 'mlserver');
    const onnxFile = await this.onnxFile(model);
    const server = await serveWithMlserver({ folder, name: model, onnxFile, isReady, say: this.say });
    this.#barChildren.push(server);
    return server;
  }

  /** Runs a job of a load generator against a server, and adds what the server used of the processor. */
  async load(loader, server, job, options) {
    const before = cpuSeconds(server.pid);
    const result = await loader.call(job, { ...options, address: server.address });
    if (before === undefined) return result;
    const serverCpuSeconds = cpuSeconds(server.pid) - before;
    return { ...result, serverCpuSeconds, callsPerCpuSecond: result.calls / serverCpuSeconds };
  }

  /** Ends what only the present bar needed. */
  async endBar() {
    await Promise.all(this.#barChildren.splice(0).map((child) => child.stop()));
  }

  async #stopRuntime() {
    const child = this.#runtime?.child;
    this.#runtime = undefined;
    // Failing to stop in order is the server's fault, not that of what was measured before.
    await child?.call('stop').catch((error) => this.say(`the runtime did not stop in order: ${error.message}`));
    await child?.stop();
  }

  /** Ends every process and removes every file that the benchmark made. */
  async close() {
    await this.endBar();
    await this.#stopRuntime();
    for (const key of ['engine', 'echo']) {
      const started = await this.#shared.get(key)?.catch(() => undefined);
      await (started?.child ?? started)?.stop();
    }
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
