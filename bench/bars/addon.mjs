// The runtime with the addon against the same runtime without it: engine and shared memory together.
import { compare } from '../compare.mjs';
import { nodeFlagsOfCommand } from '../context.mjs';
import { interleave } from '../interleave.mjs';
import { Child } from '../processes/child.mjs';
import { median, rounded } from '../statistics.mjs';

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
    // The engine's own limit is nearer than that (serving.cnn-throughput, ADR 0016).
    min: 1,
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
    // Measured beside it, a bare echo is no more than about 1.2 times the runtime without the addon (ADR 0016).
    min: 1,
  }),
  {
    id: 'addon.mlp-host',
    title: 'small MLP with 64 requests in flight to its host, against the same without the addon',
    method:
      "The MLP of addon.mlp, without a client and gRPC: 64 requests in flight from the server's end of one model host, which shares runs in proven sizes. Baseline: the same with DEEPHEALTH_NATIVE=off.",
    bound: { min: 1.5 },
    unit: 'ratio',
    async measure(context) {
      const [withAddon, without] = [await mlpHost(context), await mlpHost(context, { DEEPHEALTH_NATIVE: 'off' })];
      try {
        const measure = (child) => () =>
          child.call('fullQueue', { bytes: 30 * 4, inFlight: 64, seconds: context.seconds });
        const [subject, baseline] = [measure(withAddon), measure(without)];
        await baseline();
        await subject();
        const { rounds, say } = context;
        const pick = ({ perSecond }) => perSecond;
        const { value, interval, noise, ratios, subjects, baselines } = await interleave({
          rounds,
          subject,
          baseline,
          pick,
          say,
        });
        const middle = (results) => rounded(median(results.map(pick)));
        const details = {
          rounds: ratios.map((ratio) => rounded(ratio)),
          perSecond: middle(subjects),
          perSecondWithout: middle(baselines),
        };
        return { value, interval, noise, details };
      } finally {
        for (const child of [withAddon, without]) {
          await child.call('close');
          await child.stop();
        }
      }
    },
  },
];

/** The server's end of a host with the MLP. */
async function mlpHost(context, env = {}) {
  const store = await context.storeOf('bench-mlp');
  const child = await Child.start({
    title: 'messages',
    module: new URL('../servers/messages-main.mjs', import.meta.url),
    execArgv: nodeFlagsOfCommand(),
    env,
  });
  await child.call('open', {
    ...{ store, name: 'bench-mlp', input: 'features', output: 'probability' },
    ...{ answerBytes: 4, maxBatchSize: 64 },
  });
  return child;
}
