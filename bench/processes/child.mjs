// A process of the benchmark: a server, a load generator, the bare engine.
import { fork } from 'node:child_process';
import { once } from 'node:events';

const STOP_LIMIT_MS = 10_000;

/** What a call in another process threw. `grpcCode` is the status of a failed RPC, if it was one. */
export class ChildCallFailed extends Error {
  constructor({ message, grpcCode }) {
    super(message);
    this.grpcCode = grpcCode;
  }
}

/** A Node process that answers calls over its own channel and ends with this one. */
export class Child {
  #process;
  #title;
  #pending = new Map();
  #nextId = 1;

  /**
   * Starts `module` (a file URL) and waits until it listens to calls.
   *
   * @param {{ title: string, module: URL, execArgv?: string[], env?: Record<string, string> }} options
   */
  static async start({ title, module, execArgv = [], env = {} }) {
    const child = new Child(title, module, execArgv, env);
    await child.#answer(0);
    return child;
  }

  constructor(title, module, execArgv, env) {
    this.#title = title;
    this.#process = fork(module, [], {
      execArgv,
      // Typed arrays cross as they are.
      serialization: 'advanced',
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      // ONNX Runtime latches the switch when its library loads, so it is set from the beginning.
      env: { ...process.env, ...env, ORT_DISABLE_TELEMETRY: '1' },
    });
    const killWithUs = () => this.#process.kill('SIGKILL');
    process.once('exit', killWithUs);
    this.#process.on('message', ({ id, result, error }) => {
      const { resolve, reject } = this.#pending.get(id) ?? {};
      this.#pending.delete(id);
      if (error === undefined) resolve?.(result);
      else reject?.(new ChildCallFailed(error));
    });
    this.#process.on('exit', (code, signal) => {
      process.off('exit', killWithUs);
      for (const { reject } of this.#pending.values()) {
        reject(new Error(`the process "${this.#title}" ended (${code ?? signal}) before it had answered`));
      }
      this.#pending.clear();
    });
  }

  get pid() {
    return this.#process.pid;
  }

  /** Calls a function of the process; rejects with what it threw there, or if it ends. */
  call(name, argument) {
    const id = this.#nextId++;
    const answer = this.#answer(id);
    this.#process.send({ id, name, argument });
    return answer;
  }

  #answer(id) {
    return new Promise((resolve, reject) => this.#pending.set(id, { resolve, reject }));
  }

  /** Lets the process end by itself when the channel closes, and ends it if it does not. */
  async stop() {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const exited = once(this.#process, 'exit');
    const timer = setTimeout(() => this.#process.kill('SIGKILL'), STOP_LIMIT_MS);
    if (this.#process.connected) this.#process.disconnect();
    await exited;
    clearTimeout(timer);
  }
}
