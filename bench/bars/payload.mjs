import { compareWithEcho } from '../compare.mjs';

const bar = (size, workload, inFlight) => ({
  id: `serving.${workload}`,
  title: `requests of ${size} against a bare echo`,
  method: `A model that reads ${size} of FP32 and answers with their largest value; ModelInfer with raw contents, ${inFlight} calls in flight on ${inFlight} connections. Baseline: a grpc-js server with the same opened HTTP/2 windows that receives the same requests and answers at once with the same small answer.`,
  bound: { min: 0.9 },
  unit: 'ratio',
  measure: (context) =>
    compareWithEcho(context, {
      workload,
      model: 'bench-reduce-max',
      job: 'closedLoop',
      load: { inFlight, connections: inFlight },
    }),
});

export const bars = [bar('602 KB', 'payload-600kb', 4), bar('10.5 MB', 'payload-10mb', 2)];
