import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compareAll, MANY_ROUNDS } from '../compare.mjs';
import { Skipped } from '../skipped.mjs';

/** Both figures of the same load on a server that keeps an audit log and on one that does not. */
async function measureBoth(context, { model, workload, job, load, rounds = MANY_ROUNDS.rounds }) {
  const folder = mkdtempSync(join(tmpdir(), 'deephealth-bench-audit-'));
  const plain = await context.runtime(model);
  const audited = await context.runtimeWith(model, { audit: { folder, durable: true } });
  const expected = await context.answers(workload);
  const loader = await context.loader();
  const settings = { workload, expected, seconds: MANY_ROUNDS.seconds, ...load };
  try {
    return await compareAll(context, {
      subject: () => context.load(loader, audited, job, settings),
      baseline: () => context.load(loader, plain, job, settings),
      figures: FIGURES,
      rounds,
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const FIGURES = ['rate', 'callsPerCpuSecond'];

async function measure(context, { id, load, of }) {
  if (of === 'callsPerCpuSecond' && process.platform !== 'linux')
    throw new Skipped('processor time is read from /proc');
  const both = await context.once(`audit ${id}`, () => measureBoth(context, load));
  return both[FIGURES.indexOf(of)];
}

/** As many in flight as keep the server busy: with fewer, answers that wait for the disk leave it idle. */
const UNARY = { job: 'closedLoop', load: { inFlight: 192, connections: 8 } };
const STREAMED = { job: 'streamLoop', load: { streams: 16, inFlight: 12, connections: 8 } };

const TINY = 'The MLP, 192 unary calls in flight on 8 connections.';
const TINY_STREAMED = 'The MLP, 16 streams on 8 connections, 12 unanswered items each.';
const IMAGE = 'The CNN of 0.83 GFLOP, 8 calls in flight.';
/** One call in a hundred is to be told. */
const IMAGE_ROUNDS = 60;

const tiny = (id, method, how, workload) => ({
  ...{ id: `tiny-${id}`, title: `a tiny model, ${method}`, min: 0.85 },
  method: `${how === UNARY ? TINY : TINY_STREAMED} ${method}.`,
  load: { model: 'bench-mlp', ...how, workload },
});

const CASES = [
  tiny('predict', 'Predict', UNARY, 'mlp-predict'),
  tiny('infer', 'ModelInfer', UNARY, 'mlp-infer'),
  tiny('predict-stream', 'PredictStream', STREAMED, 'mlp-predict-stream'),
  tiny('infer-stream', 'ModelStreamInfer', STREAMED, 'mlp-model-stream-infer'),
  {
    id: 'image',
    title: 'an image model, pictures by Predict',
    method: `${IMAGE} Predict with PNG of 224 x 224.`,
    min: 0.98,
    load: {
      model: 'bench-cnn-picture',
      job: 'closedLoop',
      load: { inFlight: 8, connections: 8 },
      workload: 'cnn-picture',
      rounds: IMAGE_ROUNDS,
    },
  },
  {
    id: 'image-tensor',
    title: 'an image model, FP32 tensors of 602 KB by ModelInfer',
    method: `${IMAGE} ModelInfer. The digest of 602 KB, which the record holds, is what there is to pay.`,
    min: 0.95,
    load: {
      model: 'bench-cnn',
      job: 'closedLoop',
      load: { inFlight: 8, connections: 8 },
      workload: 'cnn-infer',
      rounds: IMAGE_ROUNDS,
    },
  },
];
const METHOD =
  'Subject: every inference is recorded, on the disk before the answer leaves. Baseline: nothing is recorded.';

/** Throughput includes every wait for the disk; processor time is what machines with other disks can expect to lose. */
export const bars = CASES.flatMap(({ id, title, method, min, load }) =>
  [
    { of: 'rate', prefix: 'audit', what: 'throughput with a durable audit log' },
    { of: 'callsPerCpuSecond', prefix: 'audit.work', what: 'calls a second of processor with a durable audit log' },
  ].map(({ of, prefix, what }) => ({
    id: `${prefix}.${id}`,
    title: `${what}: ${title}`,
    method: `${method} ${METHOD}`,
    bound: { min },
    unit: 'ratio',
    measure: (context) => measure(context, { id, load, of }),
  })),
);
