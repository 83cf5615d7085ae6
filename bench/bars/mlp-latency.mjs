import { compareWithEcho } from '../compare.mjs';

export const bars = [
  {
    id: 'serving.mlp-latency-p50',
    title: 'latency of one client on the small MLP against a bare echo',
    method:
      'The MLP, one ModelInfer call at a time on one connection; the median latency over that of the echo under the same load.',
    bound: { max: 2.5 },
    unit: 'ratio',
    measure: (context) =>
      compareWithEcho(context, {
        workload: 'mlp-infer',
        model: 'bench-mlp',
        job: 'closedLoop',
        load: { inFlight: 1, connections: 1, client: context.client },
        of: 'p50Ms',
      }),
  },
];
