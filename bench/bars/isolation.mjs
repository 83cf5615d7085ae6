// What it costs that model hosts are confined: the same server and load, once with hosts that are not.
import { compare, MANY_ROUNDS } from '../compare.mjs';

const bar = (id, title, { model, workload, inFlight, method }) => ({
  id: `isolation.${id}`,
  title,
  method: `${method} Baseline: the same server with isolation.mode "off".`,
  // A filter of system calls that is remembered by the kernel costs nothing that noise does not hide.
  bound: { min: 0.9 },
  unit: 'ratio',
  async measure(context) {
    const confined = await context.runtime(model);
    const open = await context.runtimeWith(model, { isolation: { mode: 'off' } });
    const expected = await context.answers(workload);
    const loader = await context.loader();
    const load = { workload, expected, inFlight, connections: 8, seconds: MANY_ROUNDS.seconds };
    return compare(context, {
      subject: () => context.load(loader, confined, 'closedLoop', load),
      baseline: () => context.load(loader, open, 'closedLoop', load),
      of: 'rate',
      rounds: MANY_ROUNDS.rounds,
    });
  },
});

export const bars = [
  bar('mlp', 'small MLP, unary, with confined hosts', {
    ...{ model: 'bench-mlp', workload: 'mlp-infer', inFlight: 64 },
    method: 'The MLP of serving.mlp-unary-vs-echo, ModelInfer, 64 calls in flight on 8 connections of grpc-js.',
  }),
  bar('cnn', 'image CNN with 8 clients, with confined hosts', {
    ...{ model: 'bench-cnn', workload: 'cnn-infer', inFlight: 8 },
    method: 'The CNN of serving.cnn-throughput, ModelInfer, 8 calls in flight on 8 connections.',
  }),
];
