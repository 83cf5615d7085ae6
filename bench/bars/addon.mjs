// The runtime with the addon against the same runtime without it: engine and shared memory together.
import { compare } from '../compare.mjs';

const bar = (id, title, { model, workload, inFlight, connections, client, method, min }) => ({
  id: `addon.${id}`,
  title,
  method: `${method} Baseline: the same server with DEEPHEALTH_NATIVE=off: onnxruntime-node in a worker thread of the model host, payloads through the channel.`,
  bound: { min },
  unit: 'ratio',
  async measure(context) {
    const runtime = await context.runtime(model);
    const without = await context.runtimeWithoutAddon(model);
    const expected = await context.answers(workload);
    const loader = await context.loader();
    const load = { workload, expected, inFlight, connections, client, seconds: context.seconds };
    return compare(context, {
      subject: () => context.load(loader, runtime, 'closedLoop', load),
      baseline: () => context.load(loader, without, 'closedLoop', load),
      of: 'rate',
    });
  },
});

export const bars = [
  bar('cnn', 'image CNN with 8 clients, against the runtime without the addon', {
    model: 'bench-cnn',
    workload: 'cnn-infer',
    inFlight: 8,
    connections: 8,
    method: 'The CNN of serving.cnn-throughput, ModelInfer, 8 calls in flight on 8 connections.',
    min: 1.05,
  }),
  bar('mlp', 'small MLP with 64 clients, against the runtime without the addon', {
    model: 'bench-mlp',
    workload: 'mlp-infer',
    inFlight: 64,
    connections: 8,
    // A grpc-js client takes more time for a call than either server: both would be as fast as it is.
    client: 'wire',
    method:
      'The MLP of serving.mlp-unary-vs-echo, ModelInfer, 64 calls in flight on 8 connections of the client that costs little.',
    min: 1.5,
  }),
];
