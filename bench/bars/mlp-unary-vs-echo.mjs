import { compareWithEcho } from '../compare.mjs';

export const bars = [
  {
    id: 'serving.mlp-unary-vs-echo',
    title: 'small MLP with 64 unary calls in flight against a bare echo',
    method:
      'A 30-64-32-1 MLP, ModelInfer with raw contents, 64 calls in flight on 8 connections. Baseline: a grpc-js server of the same definition and settings that answers the same requests at once with a copy of the real answer.',
    bound: { min: 0.7 },
    unit: 'ratio',
    measure: (context) =>
      compareWithEcho(context, {
        workload: 'mlp-infer',
        model: 'bench-mlp',
        job: 'closedLoop',
        load: { inFlight: 64, connections: 8, client: context.client },
      }),
  },
];
