// The server under test: the product's own command in a process of its own, watched from outside.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const COMMAND = fileURLToPath(new URL('../cli/bin/deephealth.mjs', import.meta.url));
const LEAK = fileURLToPath(new URL('leak.mjs', import.meta.url));
const START_MS = 120_000;
const PAGE_BYTES = 4096;

export class ServerProcess {
  port;
  httpPort;
  /** Last lines of its log, for the report of a server that ended by itself. */
  said = '';
  isExpectedToEnd = false;
  /** Every process that it was seen to have. */
  everSeen = new Set();
  #child;

  /** @param options store, workFolder, faults (set of names), onUnexpectedEnd, hasAudit */
  constructor(options) {
    this.options = options;
  }

  get pid() {
    return this.#child.pid;
  }

  /** Where its audit lies, if it writes one. */
  get auditFolder() {
    return join(this.options.workFolder, 'state', 'audit');
  }

  get address() {
    return `127.0.0.1:${this.port}`;
  }

  async start() {
    const { store, workFolder, faults, hasAudit } = this.options;
    const config = join(workFolder, 'server.json');
    const settings = {
      models: [store],
      // The same ports after a restart: clients come back to what they know.
      listen: { grpcPort: this.port ?? 0, httpPort: this.httpPort ?? 0 },
      repository: { mode: 'poll', pollIntervalMs: 250 },
      versionPolicy: { latest: 1 },
      drainGraceMs: 5000,
      log: { level: 'info' },
      stateFolder: join(workFolder, 'state'),
      ...(hasAudit && { audit: { durable: true } }),
    };
    writeFileSync(config, JSON.stringify(settings));
    const flags = faults.has('leak') ? ['--import', LEAK] : [];
    this.isExpectedToEnd = false;
    const child = spawn(process.execPath, [...flags, COMMAND, 'serve', '--config', config, '--handshake'], {
      cwd: workFolder,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child = child;
    child.once('exit', (code, signal) => {
      if (!this.isExpectedToEnd) this.options.onUnexpectedEnd(`${signal ?? code}: ${this.said.slice(-600)}`);
    });
    await this.#handshake(child);
    this.everSeen.add(child.pid);
  }

  /** Ends it as an operator does; its exit code or signal. */
  async stop() {
    return this.#end('SIGTERM');
  }

  /** Ends it as a machine does that loses power. */
  async kill() {
    return this.#end('SIGKILL');
  }

  /** Processes of model hosts, by /proc. */
  hosts() {
    try {
      const text = readdirSync(`/proc/${this.pid}/task`)
        .map((task) => readFileSync(`/proc/${this.pid}/task/${task}/children`, 'utf8'))
        .join(' ');
      const pids = text.split(/\s+/).filter(Boolean).map(Number);
      for (const pid of pids) this.everSeen.add(pid);
      return pids;
    } catch {
      return [];
    }
  }

  /** What is left of all processes that were seen; those of a killed server have a moment to notice. */
  async leftOver(patienceMs = 10_000) {
    const until = performance.now() + patienceMs;
    for (;;) {
      const left = [...this.everSeen].filter((pid) => isOurs(pid));
      if (left.length === 0 || performance.now() > until) return left;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }

  /** Counters and gauges of GET /metrics: [name, labels, value]. */
  async metrics() {
    const response = await fetch(`http://127.0.0.1:${this.httpPort}/metrics`, { signal: AbortSignal.timeout(10_000) });
    return (await response.text())
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'))
      .map((line) => {
        const [, name, labels = '', value] = /^([a-zA-Z0-9_:]+)(?:\{(.*)\})? (\S+)$/.exec(line);
        const pairs = [...labels.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(([, key, text]) => [key, text]);
        return { name, labels: Object.fromEntries(pairs), value: Number(value) };
      });
  }

  async #end(signal) {
    this.isExpectedToEnd = true;
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return this.#child.exitCode;
    this.hosts();
    const gone = once(this.#child, 'exit');
    this.#child.kill(signal);
    const [code, by] = await gone;
    return by ?? code;
  }

  #handshake(child) {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`the server is not ready after ${START_MS} ms`)), START_MS);
      let printed = '';
      child.stdout.setEncoding('utf8').on('data', (text) => {
        printed = (printed + text).slice(-4000);
        const address = /^DH\|1\|1\|tcp\|127\.0\.0\.1:(\d+)$/m.exec(printed);
        if (address === null) return;
        this.port = Number(address[1]);
        clearTimeout(timer);
        resolve();
      });
      child.stderr.setEncoding('utf8').on('data', (text) => {
        this.said = (this.said + text).slice(-8000);
        const port = /"httpPort":(\d+)/.exec(text);
        if (port !== null) this.httpPort = Number(port[1]);
      });
      child.once('exit', () => {
        clearTimeout(timer);
        reject(new Error(`the server ended before it was ready: ${this.said.slice(-600)}`));
      });
    });
  }
}

function isOurs(pid) {
  try {
    const state = /^State:\s+(\S)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
    return state !== 'Z' && /deephealth|host-main/.test(command);
  } catch {
    return false;
  }
}

/** Resident bytes, open files and threads of a process; undefined once it is gone. */
export function lookAt(pid) {
  try {
    return {
      rssBytes: Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]) * PAGE_BYTES,
      files: readdirSync(`/proc/${pid}/fd`).length,
      threads: readdirSync(`/proc/${pid}/task`).length,
    };
  } catch {
    return undefined;
  }
}
