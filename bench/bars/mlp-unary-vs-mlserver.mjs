import { compare } from '../compare.mjs';

const MODEL = 'bench-mlp';
const WORKLOAD = 'mlp-infer';

async function measure(context) {
  const expected = await context.answers(WORKLOAD);
  const loader = await context.loader();
  const isReady = (address) =>
    loader.call('sampleAnswer', { address, workload: WORKLOAD }).then(
      () => true,
      () => false,
    );
  const mlserver = await context.mlserver(MODEL, isReady);
  const runtime = await context.runtime(MODEL);
  const { seconds, client } = context;
  const load = { workload: WORKLOAD, expected, inFlight: 64, connections: 8, seconds, client };
  return compare(context, {
    subject: () => context.load(loader, runtime, 'closedLoop', load),
    baseline: () => context.load(loader, mlserver, 'closedLoop', load),
    of: 'rate',
  });
}

export const bars = [
  {
    id: 'serving.mlp-unary-vs-mlserver',
    title: 'the same load against MLServer',
    method:
      'The MLP with 64 unary ModelInfer calls in flight on 8 connections. Baseline: MLServer with the same ONNX file, onnxruntime with one thread, in one process without access log and metrics (bench/mlserver). Answers of both are compared with the same expected values.',
    bound: { min: 3 },
    unit: 'ratio',
    measure,
  },
];
