import { status } from '@grpc/grpc-js';
import { compareWithEcho } from '../compare.mjs';
import { Skipped } from '../skipped.mjs';

async function measure(context, workload) {
  try {
    return await compareWithEcho(context, {
      workload,
      model: 'bench-mlp',
      job: 'streamLoop',
      load: { streams: 16, inFlight: 8, connections: 8 },
    });
  } catch (error) {
    if (error.grpcCode === status.UNIMPLEMENTED) throw new Skipped('the runtime does not serve this method yet');
    throw error;
  }
}

const bar = (method, workload) => ({
  id: `serving.${workload}`,
  title: `small MLP on 16 streams of ${method} against a bare echo`,
  method: `The MLP over ${method}: 16 streams on 8 connections, 8 unanswered items each. Baseline: a bidirectional grpc-js echo that answers each item at once with a copy of the real answer.`,
  bound: { min: 0.6 },
  unit: 'ratio',
  measure: (context) => measure(context, workload),
});

export const bars = [bar('PredictStream', 'mlp-predict-stream'), bar('ModelStreamInfer', 'mlp-model-stream-infer')];
