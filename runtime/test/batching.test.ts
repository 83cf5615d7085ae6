import type { runtimeV1 } from '@deephealth/proto';
import {
  buildOnnxModel,
  crashReference,
  dynamicQuantizeModel,
  type MlpOptions,
  mlpModel,
  mlpReference,
  seededValues,
  type TestPackageOptions,
} from '@deephealth/sdk/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { refusalOf, startTestServer, type TestServer, tensorInput, valuesOf } from './test-server.js';

const spec = (name: string, columns: number) => ({ name, dataType: 'FP32' as const, shape: [-1, columns] });
const row = (values: readonly number[]) => ({ dataType: 'FP32' as const, shape: [1, values.length], values });

// So large that two rows cost hardly more than one: the weights are read once for both.
const MLP: MlpOptions = { features: 64, hidden: 1024, classes: 8 };
const case1 = seededValues(64, 1);
const mlpPackage: TestPackageOptions = {
  name: 'mlp',
  model: mlpModel(MLP),
  tensors: { inputs: [spec('features', 64)], outputs: [spec('probabilities', 8)] },
  golden: [
    {
      id: 'one',
      inputs: { features: row(case1) },
      expected: { probabilities: { ...row(mlpReference(MLP, case1)), scale: 1 } },
    },
  ],
};

const quantizePackage: TestPackageOptions = {
  name: 'quantize',
  model: dynamicQuantizeModel(),
  tensors: { inputs: [spec('x', 4)], outputs: [spec('y', 4)] },
  golden: [
    {
      id: 'one',
      inputs: { x: row([0.5, -0.25, 0.75, 0.125]) },
      // Its own scale, and nobody else's.
      expected: { y: row([0.49803925, -0.25098041, 0.7490196, 0.1254902]) },
    },
  ],
};

/** `y = table[x]` for INT64 x [batch]: an index outside of the table fails the run that it is in. */
const table = seededValues(16, 5);
const lookupPackage: TestPackageOptions = {
  name: 'lookup',
  model: buildOnnxModel({
    inputs: [{ name: 'x', dataType: 'INT64', shape: ['batch'] }],
    outputs: [{ name: 'y', dataType: 'FP32', shape: ['batch'] }],
    nodes: [{ op: 'Gather', inputs: ['table', 'x'], outputs: ['y'], attributes: { axis: { int: 0 } } }],
    initializers: [{ name: 'table', dataType: 'FP32', shape: [16], values: table }],
  }),
  tensors: {
    inputs: [{ name: 'x', dataType: 'INT64', shape: [-1] }],
    outputs: [{ name: 'y', dataType: 'FP32', shape: [-1] }],
  },
  golden: [
    {
      id: 'three',
      inputs: { x: { dataType: 'INT64', shape: [1], values: [3] } },
      expected: { y: { dataType: 'FP32', shape: [1], values: [table[3] as number] } },
    },
  ],
};

/** The remainder of -2147483648 by each x: -1 ends the process on x86-64, with whatever shares its run. */
const deadlyPackage: TestPackageOptions = {
  name: 'deadly',
  model: buildOnnxModel({
    inputs: [{ name: 'x', dataType: 'INT32', shape: ['batch', 4] }],
    outputs: [{ name: 'y', dataType: 'INT32', shape: ['batch', 4] }],
    nodes: [{ op: 'Mod', inputs: ['lowest', 'x'], outputs: ['y'], name: 'remainder' }],
    initializers: [{ name: 'lowest', dataType: 'INT32', shape: [1], values: [-(2 ** 31)] }],
  }),
  tensors: {
    inputs: [{ name: 'x', dataType: 'INT32', shape: [-1, 4] }],
    outputs: [{ name: 'y', dataType: 'INT32', shape: [-1, 4] }],
  },
  golden: [
    {
      id: 'odd',
      inputs: { x: { dataType: 'INT32', shape: [1, 4], values: [3, 5, 7, 9] } },
      expected: { y: { dataType: 'INT32', shape: [1, 4], values: [3, 5, 7, 9].map(crashReference) } },
    },
  ],
};

let test: TestServer;
beforeAll(async () => {
  test = await startTestServer(
    [mlpPackage, { ...mlpPackage, name: 'mlp-alone' }, quantizePackage, lookupPackage, deadlyPackage],
    { modelSettings: { 'mlp-alone': { limits: { maxBatchSize: 1 } } } },
  );
});
afterAll(() => test.stop());

type Answer = runtimeV1.PredictResponse__Output;
const bits = (answer: Answer) => answer.findings[0]?.tensor?.data.toString('hex');
const batchSize = (answer: Answer) => answer.provenance?.batchSize as number;
const batching = async (name: string) => (await test.client.getModel(name)).batching;
const inputOf = (modelName: string, seed: number): runtimeV1.PredictRequest => {
  if (modelName === 'quantize')
    return { modelName, inputs: [tensorInput('x', seededValues(4, seed, 10 ** (seed % 4)))] };
  return { modelName, inputs: [tensorInput('features', seededValues(64, seed))] };
};

/** Sends requests so that many are on their way at once. */
async function together(requests: readonly runtimeV1.PredictRequest[]): Promise<PromiseSettledResult<Answer>[]> {
  const stream = await test.client.predictStream({ deadlineMs: 60_000 });
  const answers = await Promise.allSettled(requests.map((request, i) => stream.predict(`item ${i}`, request)));
  await stream.end();
  return answers;
}

async function allTogether(requests: readonly runtimeV1.PredictRequest[]): Promise<Answer[]> {
  return (await together(requests)).map((outcome) => {
    if (outcome.status === 'rejected') throw outcome.reason;
    return outcome.value;
  });
}

/** The same, one after the other, so that nobody has company. */
async function oneByOne(requests: readonly runtimeV1.PredictRequest[]): Promise<Answer[]> {
  const answers: Answer[] = [];
  for (const request of requests) answers.push(await test.client.predict(request));
  return answers;
}

const seeds = (count: number) => Array.from({ length: count }, (_, seed) => seed + 1);

describe('requests that come together', () => {
  it('share runs of proven sizes where that is proven, and each gets the very bits that it gets alone', async () => {
    const served = (await batching('mlp'))?.servedSizes ?? [];
    expect(Math.max(...served)).toBeGreaterThan(1);
    const requests = seeds(300).map((seed) => inputOf('mlp', seed % 40));
    const alone = await oneByOne(requests.slice(0, 40));
    expect(new Set(alone.map(batchSize))).toEqual(new Set([1]));
    expect(new Set(alone.map(bits)).size).toBe(40);
    const answers = await allTogether(requests);
    expect(answers.map(bits)).toEqual(requests.map((_, i) => bits(alone[i % 40] as Answer)));
    for (const answer of answers) expect(served).toContain(batchSize(answer));
    expect(Math.max(...answers.map(batchSize))).toBeGreaterThan(1);
  });

  it('share runs also when they come by calls of their own', async () => {
    const requests = seeds(64).map((seed) => inputOf('mlp', seed));
    const alone = await oneByOne(requests.slice(0, 8));
    const answers = await Promise.all(requests.map((request) => test.client.predict(request)));
    expect(answers.slice(0, 8).map(bits)).toEqual(alone.map(bits));
    expect(Math.max(...answers.map(batchSize))).toBeGreaterThan(1);
  });

  it('run alone where the graph lets one act on another, and get the bits that they get alone', async () => {
    expect((await batching('quantize'))?.reason).toContain('DynamicQuantizeLinear');
    // Scales from 1 to 1000 beside each other.
    const requests = seeds(100).map((seed) => inputOf('quantize', seed));
    const alone = await oneByOne(requests);
    const answers = await allTogether(requests);
    expect(answers.map(bits)).toEqual(alone.map(bits));
    expect(new Set(answers.map(batchSize))).toEqual(new Set([1]));
  });

  it('run alone where the operator says so', async () => {
    const answers = await allTogether(seeds(64).map((seed) => inputOf('mlp-alone', seed)));
    expect(new Set(answers.map(batchSize))).toEqual(new Set([1]));
    expect((await batching('mlp-alone'))?.reason).toContain('as configured');
  });

  it('fail for nobody but themselves: one that spoils a shared run is the only one that fails', async () => {
    const index = (i: number) => (i % 20 === 10 ? 99 : i % 16);
    const requests = Array.from({ length: 100 }, (_, i) => ({
      modelName: 'lookup',
      inputs: [tensorInput('x', [BigInt(index(i))], [1], 'INT64')],
    }));
    const outcomes = await together(requests);
    for (const [i, outcome] of outcomes.entries()) {
      if (index(i) === 99) {
        expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'DH_MODEL_RUN_FAILED' } });
      } else {
        expect(outcome.status === 'fulfilled' && valuesOf(outcome.value)[0]).toBe(table[index(i)]);
      }
    }
    const sizes = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? batchSize(outcome.value) : []));
    expect(Math.max(...sizes)).toBeGreaterThan(1);
  });

  it.runIf(process.arch === 'x64')(
    'die for nobody but themselves: one that ends the host is the only one that is lost',
    async () => {
      const value = (i: number) => (i === 17 ? -1 : i + 2);
      const requests = Array.from({ length: 40 }, (_, i) => ({
        modelName: 'deadly',
        inputs: [tensorInput('x', [value(i), 3, 4, 5], [1, 4], 'INT32')],
      }));
      expect(Math.max(...((await batching('deadly'))?.servedSizes ?? []))).toBeGreaterThan(1);
      const outcomes = await together(requests);
      for (const [i, outcome] of outcomes.entries()) {
        if (i === 17) {
          expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'DH_MODEL_HOST_LOST' } });
        } else {
          const data = outcome.status === 'fulfilled' ? outcome.value.findings[0]?.tensor?.data : undefined;
          expect(data?.readInt32LE(0), `item ${i}`).toBe(crashReference(value(i)));
        }
      }
    },
    60_000,
  );
});

describe('a request of several rows', () => {
  it('runs in pieces of proven sizes, says the largest, and gets the very bits of its rows alone', async () => {
    const served = (await batching('mlp'))?.servedSizes ?? [];
    const rows = seeds(7).map((seed) => seededValues(64, seed));
    const alone = await oneByOne(
      rows.map((values) => ({ modelName: 'mlp', inputs: [tensorInput('features', values)] })),
    );
    const request = { modelName: 'mlp', inputs: [tensorInput('features', rows.flat(), [7, 64])] };
    const answer = await test.client.predict(request);
    expect(bits(answer)).toBe(alone.map(bits).join(''));
    expect(batchSize(answer)).toBe(Math.max(...served.filter((size) => size <= 7)));
    const [one] = await oneByOne([{ ...request, modelName: 'mlp-alone' }]);
    expect([bits(one as Answer), batchSize(one as Answer)]).toEqual([alone.map(bits).join(''), 1]);
  });

  it('is refused where the rows are not those of the model', async () => {
    const request = { modelName: 'mlp', inputs: [tensorInput('features', seededValues(64, 1), [64, 1])] };
    expect((await refusalOf(test.client.predict(request))).code).toBe('DH_TENSOR_SHAPE_MISMATCH');
  });
});
