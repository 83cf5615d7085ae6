// MLServer as a server: installed once for every peer that starts it.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { freePorts } from './free-ports.mjs';
import { besidePython, installPythonPeer, pythonEnvironment } from './python-peer.mjs';
import { lastLines } from './run-process.mjs';

const START_LIMIT_MS = 240_000;
const STOP_LIMIT_MS = 20_000;
/** Where its ONNX model in Python lies. */
const SOURCES = 'mlserver_remote';

/** The peer whose environment has all of MLServer, and ONNX Runtime. */
const ENVIRONMENT = 'mlserver_client';

/** Gives the path of the Python that has it. */
export const installMlserver = (root) => installPythonPeer(root, ENVIRONMENT, { newestPython: '3.12' });

/** MLServer in a process of its own, on loopback ports that stay the same over restarts. */
export class Mlserver {
  #root;
  #venvPython;
  #folder;
  #models;
  #ports;
  #process;
  #log = '';

  /**
   * @param folder with `settings.json`, and a folder with `model-settings.json` for each model
   * @param models names to wait for
   */
  constructor(root, venvPython, folder, models) {
    this.#root = root;
    this.#venvPython = venvPython;
    this.#folder = folder;
    this.#models = models;
  }

  get address() {
    return `127.0.0.1:${this.#ports[0]}`;
  }

  get httpAddress() {
    return `127.0.0.1:${this.#ports[1]}`;
  }

  async start() {
    this.#ports ??= await freePorts(2);
    const [grpcPort, httpPort] = this.#ports;
    this.#process = spawn(besidePython(this.#venvPython, 'mlserver'), ['start', this.#folder], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        ...process.env,
        ...pythonEnvironment(this.#root, SOURCES, [join(this.#root, 'interop', SOURCES)]),
        MLSERVER_GRPC_PORT: String(grpcPort),
        MLSERVER_HTTP_PORT: String(httpPort),
      },
    });
    const started = this.#process;
    process.once('exit', () => started.kill('SIGKILL'));
    for (const stream of [started.stdout, started.stderr]) {
      stream.setEncoding('utf8').on('data', (text) => {
        this.#log = (this.#log + text).slice(-10_000);
      });
    }
    const end = Date.now() + START_LIMIT_MS;
    const paths = this.#models.map((model) => `http://127.0.0.1:${httpPort}/v2/models/${model}/ready`);
    while (!(await Promise.all(paths.map(isReady))).every(Boolean)) {
      if (started.exitCode !== null || Date.now() > end) {
        throw new Error(`MLServer did not become ready:\n${lastLines(this.#log)}`);
      }
      await delay(100);
    }
  }

  async stop() {
    const { exitCode, signalCode } = this.#process ?? { exitCode: 0 };
    if (exitCode !== null || signalCode) return;
    const gone = once(this.#process, 'exit');
    this.#process.kill('SIGTERM');
    const timer = setTimeout(() => this.#process.kill('SIGKILL'), STOP_LIMIT_MS);
    await gone;
    clearTimeout(timer);
  }
}

async function isReady(url) {
  try {
    return (await fetch(url)).ok;
  } catch {
    return false;
  }
}
