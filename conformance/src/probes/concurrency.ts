import type { runtimeV1 } from '@deephealth/proto';
import type { Expectation, PredictSpec, Step } from '../cases/case-types.js';
import { buildPredict } from '../run/build-predict.js';
import { TargetFailure } from '../run/case-result.js';
import type { Probe, ProbeContext } from './probe.js';
import { held, moment, waitMs } from './waits.js';

const network = (seed: number): PredictSpec => ({
  model: 'conformance-network',
  inputs: { features: `noise${seed}-1x16.fp32` },
});
const quickly = (seed: number, expect: Expectation = {}): Step => ({
  predict: network(seed),
  expect: { outputs: { probabilities: 'golden' }, ...expect },
});
const slowly = (seed: number): Step => ({
  predict: { model: 'conformance-slow', inputs: { x: `noise${seed}-1x4.fp32` } },
  within: 'load',
  expect: { outputs: { y: 'golden' } },
});

/** Three models in turn, each call with a name of its own. */
function tagged(index: number): Step {
  const requestId = `tag-${index}`;
  const expect = { response: { requestId: { equals: requestId } } };
  switch (index % 3) {
    case 0:
      return {
        predict: { ...network(index), requestId },
        expect: { ...expect, outputs: { probabilities: 'golden' } },
      };
    case 1:
      return {
        predict: {
          model: 'conformance-matmul',
          requestId,
          inputs: { a: `noise${index}-2x4.fp32`, b: `noise${index + 100}-4x4.fp32` },
        },
        expect: { ...expect, outputs: { y: 'golden' } },
      };
    default:
      return {
        predict: { model: 'conformance-identity-int64', requestId, inputs: { x: `noise${index}-${index}.int64` } },
        expect: { ...expect, outputs: { y: 'golden' } },
      };
  }
}

const taggedCalls: Probe = async ({ ask, with: { calls } }) => {
  const count = Number(calls);
  await Promise.all(Array.from({ length: count }, (_, index) => ask(tagged(index + 1))));
  return [`${count} calls at once to three models, each with its own id and its own values`];
};

/** The numbers of one request, as bytes. */
async function bytesOf({ client, ...context }: ProbeContext, seed: number): Promise<Buffer> {
  const { request } = buildPredict(network(seed), '');
  const outcome = await client.call('Predict', request, waitMs('call', context));
  if (outcome.status !== 'OK') throw new TargetFailure(`a right request was answered ${outcome.status}`);
  const { findings } = outcome.response as runtimeV1.PredictResponse__Output;
  return Buffer.from(findings[0]?.tensor?.data ?? []);
}

/** The same bits, whether the target has nothing else to do or much. */
const underLoad: Probe = async (context) => {
  const seeds = Array.from({ length: 8 }, (_, index) => index + 1);
  const idle: Buffer[] = [];
  for (const seed of seeds) idle.push(await bytesOf(context, seed));
  const load = Array.from({ length: 24 }, (_, index) => held(context.ask(quickly(index + 50))));
  const loaded = await Promise.all(seeds.map((seed) => bytesOf(context, seed)));
  await Promise.all(load);
  for (const [index, bytes] of loaded.entries()) {
    if (bytes.length === 0 || !bytes.equals(idle[index] as Buffer)) {
      throw new TargetFailure(`the answer to request ${index + 1} is another one under load`);
    }
  }
  return [`${seeds.length} answers, bit for bit the same alone and beside 24 other calls`];
};

/** Calls one after the other for as long as something else goes on; how many there were. */
async function traffic({ ask }: ProbeContext, during: Promise<unknown>): Promise<number> {
  let isOver = false;
  const over = held(
    during.finally(() => {
      isOver = true;
    }),
  );
  let calls = 0;
  while (!isOver) {
    await Promise.all([ask(quickly(calls + 1)), ask(quickly(calls + 2)), ask(quickly(calls + 3))]);
    calls += 3;
  }
  await over;
  return calls;
}

async function order(context: ProbeContext, rpc: string, name: string, state?: string): Promise<void> {
  const outcome = await context.client.call(rpc, { name, version: '1' }, waitMs('load', context));
  if (outcome.status !== 'OK') throw new TargetFailure(`${rpc} is answered ${outcome.status}`);
  const given = (outcome.response as { model?: { state?: string } }).model?.state;
  if (state !== undefined && given !== state) throw new TargetFailure(`${rpc} leaves the version ${given}`);
}

/** Whatever happens to one model, requests to another are answered. */
const loadInTraffic: Probe = async (context) => {
  const other = 'conformance-tanh';
  const calls = await traffic(
    context,
    (async () => {
      await order(context, 'UnloadModel', other, 'MODEL_STATE_UNLOADED');
      await order(context, 'LoadModel', other, 'MODEL_STATE_READY');
    })(),
  );
  return [`${calls} calls answered rightly while another model was unloaded and loaded`];
};

/** The model that is asked is verified again meanwhile. */
const verifyInTraffic: Probe = async (context) => {
  const calls = await traffic(context, order(context, 'VerifyModel', 'conformance-network', 'MODEL_STATE_READY'));
  return [`${calls} calls answered rightly while their model was verified again`];
};

/** An answered unload means that nothing runs any more. */
const unloadDrains: Probe = async (context) => {
  const ended: string[] = [];
  const running = held(
    context.ask(slowly(1)).then((evidence) => {
      ended.push('run');
      return evidence;
    }),
  );
  await moment(context);
  const unloading = order(context, 'UnloadModel', 'conformance-slow', 'MODEL_STATE_UNLOADED').then(() => {
    ended.push('unload');
  });
  try {
    const [evidence] = await Promise.all([running, unloading]);
    if (ended[0] !== 'run') throw new TargetFailure('the unload was answered while a request still ran');
    return [...evidence, 'the unload was answered after it'];
  } finally {
    await Promise.allSettled([running, unloading]);
    await order(context, 'LoadModel', 'conformance-slow', 'MODEL_STATE_READY');
  }
};

/** A model with much to do does not keep another one's callers waiting. */
const twoModels: Probe = async (context) => {
  const ended: string[] = [];
  const flood = Array.from({ length: 6 }, (_, index) =>
    held(context.ask(slowly(index + 1)).then(() => ended.push('slow'))),
  );
  await moment(context, 0.5);
  const quick = (async () => {
    for (let call = 1; call <= 5; call++) await context.ask(quickly(call));
    ended.push('quick');
  })();
  await Promise.all([...flood, quick]);
  const place = ended.indexOf('quick');
  if (place === ended.length - 1) throw new TargetFailure('five quick calls waited for all the work of another model');
  return [`five quick calls answered after ${place} of 6 slow ones of another model`];
};

export const CONCURRENCY_PROBES = {
  'tagged-calls': taggedCalls,
  'under-load': underLoad,
  'load-in-traffic': loadInTraffic,
  'verify-in-traffic': verifyInTraffic,
  'unload-drains': unloadDrains,
  'two-models': twoModels,
} satisfies Record<string, Probe>;
