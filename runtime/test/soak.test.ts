import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { runtimeV1 } from '@deephealth/proto';
import { createRuntimeClient, type PredictStream, type RuntimeClient } from '@deephealth/sdk';
import {
  buildTestPackage,
  type MlpOptions,
  mlpModel,
  mlpReference,
  runningSumModel,
  seededRandom,
  seededValues,
  type TestPackageOptions,
} from '@deephealth/sdk/testing';
import { describe, expect, it } from 'vitest';
import { tensorInput, valuesOf } from './test-server.js';
import { offsetModel, offsetPackage } from './versioned-model.js';

// The full form: DEEPHEALTH_SOAK_REQUESTS=1000000 DEEPHEALTH_SOAK_SWAPS=200 npx vitest run runtime/test/soak.test.ts
const REQUESTS = Number(process.env.DEEPHEALTH_SOAK_REQUESTS ?? 20_000);
const SWAPS = Number(process.env.DEEPHEALTH_SOAK_SWAPS ?? 3);
const IS_LONG = REQUESTS > 50_000 || SWAPS > 10;
// A generous limit for a slow machine: 500 requests and a fifth of a swap in a second.
const LIMIT_MS = 60_000 + REQUESTS * 2 + SWAPS * 5000;

/**
 * Less than this is no growth in any form of the test, in bytes. The process also holds what its engine compiles and
 * its allocator keeps while it warms up; a leak of 1 KiB a request is beyond both in the shortest form.
 */
const SMALLEST_GROWTH = { rssBytes: 12 * 2 ** 20, heapBytes: 4 * 2 ** 20 };

const STREAMS = 4;
const SEQUENCE_LENGTH = 40;
const SAMPLES = 24;

const tensor = (name: string, columns: number) => ({ name, dataType: 'FP32' as const, shape: [-1, columns] });
const row = (values: readonly number[]) => ({ dataType: 'FP32' as const, shape: [1, values.length], values });

/** Shares runs; each version has other weights. */
const mlpOf = (version: string): MlpOptions => ({ features: 8, hidden: 16, classes: 3, seed: 10 * Number(version) });
function mlpPackage(version: string): TestPackageOptions {
  const values = seededValues(8, 1);
  return {
    name: 'mlp',
    version,
    model: mlpModel(mlpOf(version)),
    tensors: { inputs: [tensor('features', 8)], outputs: [tensor('probabilities', 3)] },
    golden: [
      {
        id: 'one',
        inputs: { features: row(values) },
        expected: { probabilities: { ...row(mlpReference(mlpOf(version), values)), scale: 1 } },
      },
    ],
  };
}

/** Two graphs one after the other: `y = x + version + 1000`. */
function pipelinePackage(version: string): TestPackageOptions {
  const graph = (name: string, offset: number) => ({
    name,
    graph: offsetModel(offset),
    tensors: { inputs: [tensor('x', 4)], outputs: [tensor('y', 4)] },
  });
  const offset = Number(version);
  return {
    name: 'pipeline',
    version,
    tensors: { inputs: [tensor('x', 4)], outputs: [tensor('y', 4)] },
    pipeline: {
      models: [graph('first', offset), graph('second', 1000)],
      steps: [
        { name: 'one', operation: 'model', model: 'first', inputs: { x: 'x' }, outputs: { y: 'between' } },
        { name: 'two', operation: 'model', model: 'second', inputs: { x: 'between' }, outputs: { y: 'y' } },
      ],
    },
    golden: [
      { id: 'one', inputs: { x: row([1, 2, 3, 4]) }, expected: { y: row([1, 2, 3, 4].map((v) => v + offset + 1000)) } },
    ],
  };
}

/** Keeps the sum of a sequence; it is not swapped, as a swap loses what is open. */
const sumPackage: TestPackageOptions = {
  name: 'sum',
  model: runningSumModel(),
  tensors: { inputs: [tensor('x', 4), tensor('state', 4)], outputs: [tensor('y', 4), tensor('state_out', 4)] },
  manifest: {
    inputs: [{ name: 'x', kind: 'tensor', feeds: 'x' }],
    outputs: [{ name: 'y', kind: 'tensor', from: 'y' }],
    sequence: { state: [{ input: 'state', output: 'state_out' }] },
  },
  golden: [
    { id: 'first', inputs: { x: row([1, 2, 3, 4]) }, expected: { y: row([1, 2, 3, 4]) } },
    { id: 'second', follows: 'first', inputs: { x: row([1, 1, 1, 1]) }, expected: { y: row([2, 3, 4, 5]) } },
  ],
};

/** Packages of one version of what is swapped, by their names. */
const SWAPPED: Readonly<Record<string, (version: string) => TestPackageOptions>> = {
  mlp: mlpPackage,
  identity: (version) => offsetPackage({ name: 'identity', version, offset: 0 }),
  pipeline: pipelinePackage,
};

interface Item {
  readonly request: runtimeV1.PredictRequest;
  /** Values that the version must have given. */
  expected(version: string): readonly number[];
  readonly tolerance: number;
  readonly output: string;
}

/** Different inputs of the perceptron, and what each version makes of them. */
const MLP_INPUTS = Array.from({ length: 251 }, (_, i) => seededValues(8, 100 + i));
const mlpExpected = new Map<string, readonly (readonly number[])[]>();
function expectedOfMlp(version: string, input: number): readonly number[] {
  const known = mlpExpected.get(version) ?? MLP_INPUTS.map((values) => mlpReference(mlpOf(version), values));
  mlpExpected.set(version, known);
  return known[input] as readonly number[];
}

/** Items of one stream, in their order; a number in each tells it from all others. */
class Items {
  readonly #random: () => number;
  readonly #stream: number;
  #count = 0;
  #sequence = 0;
  #position = 0;
  #sum = 0;

  constructor(stream: number) {
    this.#stream = stream;
    this.#random = seededRandom(500 + stream);
  }

  next(): Item {
    const count = this.#count++;
    // Below 2^23, so that every sum is exact in FP32.
    const mark = (this.#stream * 2_000_000 + count) % 8_000_000;
    const dice = this.#random();
    if (dice < 0.4) {
      const input = count % MLP_INPUTS.length;
      return {
        request: { modelName: 'mlp', inputs: [tensorInput('features', MLP_INPUTS[input] as number[])] },
        expected: (version) => expectedOfMlp(version, input),
        tolerance: 1e-5,
        output: 'probabilities',
      };
    }
    const values = [mark, 1, 2, 3];
    const inputs = [tensorInput('x', values)];
    if (dice < 0.65)
      return { request: { modelName: 'identity', inputs }, expected: () => values, tolerance: 0, output: 'y' };
    if (dice < 0.85) {
      const expected = (version: string) => values.map((value) => value + Number(version) + 1000);
      return { request: { modelName: 'pipeline', inputs }, expected, tolerance: 0, output: 'y' };
    }
    return this.#nextOfSequence(count % 100);
  }

  #nextOfSequence(value: number): Item {
    const isStart = this.#position === 0;
    if (isStart) this.#sequence += 1;
    this.#sum = isStart ? value : this.#sum + value;
    this.#position = (this.#position + 1) % SEQUENCE_LENGTH;
    const sequenceContext = { sequenceId: `${this.#stream}-${this.#sequence}`, isStart, isEnd: this.#position === 0 };
    const expected = [this.#sum, this.#sum, this.#sum, this.#sum];
    const inputs = [tensorInput('x', [value, value, value, value])];
    return {
      request: { modelName: 'sum', inputs, sequenceContext },
      expected: () => expected,
      tolerance: 0,
      output: 'y',
    };
  }
}

interface Memory {
  readonly rssBytes: number;
  readonly heapBytes: number;
  readonly hosts: number;
  readonly versions: number;
}

class Soak {
  readonly store = mkdtempSync(join(tmpdir(), 'deephealth-soak-'));
  readonly failures: string[] = [];
  readonly samples: (Memory & { readonly requests: number })[] = [];
  readonly answeredBy = new Map<string, number>();
  answered = 0;
  largestRun = 0;
  swaps = 0;
  #server: ChildProcess | undefined;
  #client: RuntimeClient | undefined;
  #isOver = false;

  async start(): Promise<void> {
    for (const packageOf of Object.values(SWAPPED)) buildTestPackage(this.store, packageOf('1'));
    buildTestPackage(this.store, sumPackage);
    const options = {
      models: [this.store],
      port: 0,
      versionPolicy: { latest: 1 },
      repository: { mode: 'poll', pollIntervalMs: 100 },
    };
    this.#server = fork(fileURLToPath(new URL('soak-server.mjs', import.meta.url)), [JSON.stringify(options)], {
      execArgv: ['--expose-gc'],
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    let said = '';
    this.#server.stderr?.setEncoding('utf8').on('data', (text: string) => {
      said = (said + text).slice(-2000);
    });
    this.#server.once('exit', (code, signal) => {
      if (!this.#isOver) this.failures.push(`the server ended (${signal ?? code}): ${said}`);
    });
    const [{ port }] = (await once(this.#server, 'message')) as [{ port: number }];
    this.#client = createRuntimeClient({ address: `127.0.0.1:${port}` });
  }

  async run(): Promise<void> {
    const streams = Array.from({ length: STREAMS }, (_, number) => this.#stream(number));
    const sampling = this.#sample();
    try {
      for (let swap = 1; swap <= SWAPS; swap++) {
        await this.#until(() => this.answered >= (swap * REQUESTS) / (SWAPS + 1));
        await this.#swap(swap);
      }
      await this.#until(() => this.answered >= REQUESTS);
    } finally {
      this.#isOver = true;
      await Promise.all([...streams, sampling]);
    }
  }

  async stop(): Promise<void> {
    this.#client?.close();
    const server = this.#server;
    if (server?.connected) {
      const gone = once(server, 'exit');
      server.send('stop');
      await gone;
    }
    rmSync(this.store, { recursive: true });
  }

  /** Items over one stream, as many on their way as it takes, until everything is done. */
  async #stream(number: number): Promise<void> {
    const stream = await (this.#client as RuntimeClient).predictStream({ deadlineMs: LIMIT_MS });
    const items = new Items(number);
    let id = 0;
    const lane = async () => {
      while (!this.#isOver && this.failures.length < 10) await this.#ask(stream, `${id++}`, items.next());
    };
    await Promise.all(Array.from({ length: stream.maxInFlight }, lane));
    await stream.end();
  }

  async #ask(stream: PredictStream, id: string, item: Item): Promise<void> {
    try {
      const response = await stream.predict(id, item.request);
      const version = response.provenance?.modelVersion ?? '';
      const got = valuesOf(response, item.output);
      const expected = item.expected(version);
      const isRight =
        got.length === expected.length &&
        got.every((value, i) => Math.abs(value - (expected[i] as number)) <= item.tolerance);
      const which = `${item.request.modelName} ${version}`;
      if (!isRight) this.failures.push(`${which} gave [${got}], not [${expected}]`);
      this.answeredBy.set(which, (this.answeredBy.get(which) ?? 0) + 1);
      this.largestRun = Math.max(this.largestRun, response.provenance?.batchSize ?? 0);
    } catch (error) {
      this.failures.push(`${item.request.modelName}: ${(error as { code?: string }).code} ${(error as Error).message}`);
    }
    this.answered += 1;
  }

  /** The next version of one model, while its requests go on; the old folder is taken away. */
  async #swap(number: number): Promise<void> {
    const names = Object.keys(SWAPPED);
    const name = names[(number - 1) % names.length] as string;
    const version = String(2 + Math.floor((number - 1) / names.length));
    buildTestPackage(this.store, (SWAPPED[name] as (version: string) => TestPackageOptions)(version));
    await this.#until(() => this.answeredBy.has(`${name} ${version}`));
    rmSync(join(this.store, name, String(Number(version) - 1)), { recursive: true });
    this.swaps += 1;
  }

  async #sample(): Promise<void> {
    for (let next = 0; !this.#isOver; next += REQUESTS / SAMPLES) {
      await this.#until(() => this.answered >= next || this.#isOver);
      const memory = await this.memory();
      this.samples.push({ ...memory, requests: this.answered });
      if (IS_LONG) {
        const mib = (bytes: number) => (bytes / 2 ** 20).toFixed(1);
        process.stderr.write(
          `${this.answered} requests, ${this.swaps} swaps, ${this.failures.length} failures; ` +
            `resident ${mib(memory.rssBytes)} MiB, heap ${mib(memory.heapBytes)} MiB, ${memory.hosts} hosts\n`,
        );
      }
    }
  }

  /** "name version" of all that was in the store at some time. */
  published(): string[] {
    const names = Object.keys(SWAPPED);
    const swapped = Array.from({ length: SWAPS }, (_, swap) => {
      return `${names[swap % names.length]} ${2 + Math.floor(swap / names.length)}`;
    });
    return ['sum 1', ...names.map((name) => `${name} 1`), ...swapped];
  }

  async memory(): Promise<Memory> {
    const server = this.#server as ChildProcess;
    server.send('memory');
    const [memory] = (await once(server, 'message')) as [Memory];
    return memory;
  }

  async #until(condition: () => boolean): Promise<void> {
    while (!condition() && this.failures.length < 10) await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/**
 * By how much the line through the later two thirds of the samples rises over them, and how far samples
 * lie from it: three standard errors of that rise, and at least three standard deviations of a sample.
 */
function growthOf(samples: readonly (readonly [x: number, y: number])[]): { growth: number; noise: number } {
  const late = samples.slice(Math.ceil(samples.length / 3));
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [meanX, meanY] = [mean(late.map(([x]) => x)), mean(late.map(([, y]) => y))];
  const spreadX = late.reduce((sum, [x]) => sum + (x - meanX) ** 2, 0);
  const slope = late.reduce((sum, [x, y]) => sum + (x - meanX) * (y - meanY), 0) / spreadX;
  const residuals = late.map(([x, y]) => y - meanY - slope * (x - meanX));
  const deviation = Math.sqrt(residuals.reduce((sum, one) => sum + one ** 2, 0) / (late.length - 2));
  const span = (late.at(-1)?.[0] ?? 0) - (late[0]?.[0] ?? 0);
  return { growth: slope * span, noise: 3 * Math.max(deviation, (deviation / Math.sqrt(spreadX)) * span) };
}

describe('a server under mixed models, callers and swaps', () => {
  it(
    `answers ${REQUESTS} requests and ${SWAPS} swaps without a failure or a wrong answer, and does not grow`,
    async () => {
      const soak = new Soak();
      try {
        await soak.start();
        await soak.run();
        expect(soak.failures).toEqual([]);
        expect([soak.answered >= REQUESTS, soak.swaps]).toEqual([true, SWAPS]);
        // Every model and every version that was swapped in had its part, and runs were shared.
        expect([...soak.answeredBy.keys()].sort()).toEqual(soak.published().sort());
        expect(soak.largestRun).toBeGreaterThan(1);
        // What was swapped out is gone, with its processes.
        const left = Object.keys(SWAPPED).length + 1;
        await expect.poll(() => soak.memory(), { timeout: 10_000 }).toMatchObject({ versions: left, hosts: left });
        for (const of of ['rssBytes', 'heapBytes'] as const) {
          const { growth, noise } = growthOf(soak.samples.map((sample) => [sample.requests, sample[of]]));
          if (IS_LONG) process.stderr.write(`${of}: growth ${growth.toFixed(0)}, noise ${noise.toFixed(0)}\n`);
          expect(growth, `growth of ${of} in bytes, beside its noise`).toBeLessThan(
            Math.max(noise, SMALLEST_GROWTH[of]),
          );
        }
      } finally {
        await soak.stop();
      }
    },
    LIMIT_MS,
  );
});
