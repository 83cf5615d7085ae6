import { compare } from '../compare.mjs';

const MODEL = 'bench-cnn';
const WORKLOAD = 'cnn-infer';
const IN_FLIGHT = 8;

async function measure(context) {
  const runtime = await context.runtime(MODEL);
  const engine = await context.engine();
  const file = await context.onnxFile(MODEL);
  const expected = await context.answers(WORKLOAD);
  const loader = await context.loader();
  const { seconds } = context;
  const load = { workload: WORKLOAD, expected, inFlight: IN_FLIGHT, connections: IN_FLIGHT, seconds };
  return compare(context, {
    subject: () => context.load(loader, runtime, 'closedLoop', load),
    baseline: () => engine.call('loop', { file, workload: WORKLOAD, seconds }),
    of: 'rate',
  });
}

export const bars = [
  {
    id: 'serving.cnn-throughput',
    title: 'image CNN with 8 clients against the bare engine',
    method:
      'A CNN of 0.83 GFLOP on 3x224x224 FP32 images (602 KB). Subject: ModelInfer with raw contents, 8 calls in flight on 8 connections. Baseline: onnxruntime-node alone, runs in a loop in one process, with the same settings (one thread, no spinning, all graph optimisations).',
    bound: { min: 0.9 },
    unit: 'ratio',
    measure,
  },
];
