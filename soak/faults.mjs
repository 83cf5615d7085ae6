// What is done to a server during a soak: versions are swapped, hosts and the server itself are killed.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { buildTestPackage, seededRandom } from '@deephealth/sdk/testing';
import { wait } from './load.mjs';
import { SWAPPED } from './packages.mjs';

/** Until a version that lies in the store answers. */
const SWAP_MS = 120_000;
/** Until the version before has answered what it had. */
const UNLOAD_MS = 30_000;

export class Faults {
  marks = [];
  swaps = 0;
  hostKills = 0;
  /** Swaps that did not come about. */
  failures = [];
  #versions = Object.fromEntries(Object.keys(SWAPPED).map((name) => [name, 1]));
  #random;
  #isOver = false;
  #isPaused = false;
  #running;

  /** @param context server, tally, store, counts (a ServerCounts), elapsedS() @param options swapEveryS, killEveryS, seed */
  constructor(context, options) {
    Object.assign(this, context);
    this.options = options;
    this.#random = seededRandom(options.seed + 77);
  }

  start() {
    this.#running = [
      this.#every(this.options.swapEveryS, () => this.#swap()),
      this.#every(this.options.killEveryS, () => this.#killHost()),
    ];
  }

  async stop() {
    this.#isOver = true;
    await Promise.all(this.#running);
  }

  /** Nothing is done to a server that is being restarted. */
  async pausedWhile(act) {
    this.#isPaused = true;
    try {
      return await act();
    } finally {
      this.#isPaused = false;
    }
  }

  mark(what) {
    this.marks.push({ seconds: this.elapsedS(), what });
  }

  async #every(seconds, act) {
    while (!this.#isOver) {
      const until = performance.now() + seconds * 1000;
      while (!this.#isOver && (performance.now() < until || this.#isPaused)) await wait(50);
      if (!this.#isOver) await act();
    }
  }

  async #swap() {
    const names = Object.keys(SWAPPED);
    const name = names[this.swaps % names.length];
    const before = this.#versions[name];
    const version = before + 1;
    buildTestPackage(this.store, SWAPPED[name](String(version)));
    this.#versions[name] = version;
    const until = performance.now() + SWAP_MS;
    while (!this.tally.versions.has(`${name} ${version}`)) {
      if (performance.now() > until) {
        this.failures.push(`${name} ${version} was not swapped in within ${SWAP_MS / 1000} s`);
        return;
      }
      await wait(50);
    }
    // What the old one answered is counted before its series go with its folder.
    await this.counts.keep(name, String(before));
    rmSync(join(this.store, name, String(before)), { recursive: true });
    this.swaps += 1;
    this.mark('swap');
  }

  async #killHost() {
    const hosts = this.server.hosts();
    if (hosts.length === 0) return;
    const pid = hosts[Math.floor(this.#random() * hosts.length)];
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      return;
    }
    this.hostKills += 1;
    this.mark('host killed');
  }
}

/** Successful requests as the server counts them, those of versions that left the store included. */
export class ServerCounts {
  #kept = new Map();

  constructor(server) {
    this.server = server;
  }

  /** Remembers what a version answered, once it has answered all that it had and before it is taken away. */
  async keep(model, version) {
    const until = performance.now() + UNLOAD_MS;
    let unloaded = 0;
    while (unloaded !== 1 && performance.now() < until) {
      await wait(100);
      const metrics = await this.server.metrics().catch(() => []);
      const state = metrics.find(
        ({ name, labels }) =>
          name === 'deephealth_model_state' &&
          labels.model === model &&
          labels.version === version &&
          labels.state === 'UNLOADED',
      );
      unloaded = state?.value;
    }
    // An answer may be counted a moment after it was sent.
    await wait(200);
    const now = await this.#now().catch(() => new Map());
    this.#kept.set(`${model} ${version}`, now.get(`${model} ${version}`) ?? 0);
  }

  /** A server that begins anew counts anew. */
  forget() {
    this.#kept.clear();
  }

  /** By model. */
  async all() {
    const counts = new Map();
    for (const [key, value] of new Map([...(await this.#now()), ...this.#kept])) {
      const model = key.split(' ')[0];
      counts.set(model, (counts.get(model) ?? 0) + value);
    }
    return counts;
  }

  async #now() {
    const counts = new Map();
    for (const { name, labels, value } of await this.server.metrics()) {
      if (name !== 'deephealth_requests_total' || labels.code !== 'OK') continue;
      const key = `${labels.model} ${labels.version}`;
      counts.set(key, (counts.get(key) ?? 0) + value);
    }
    return counts;
  }
}
