// The way from the server's process to a model host and back, with a model that only gives back.

import { nodeFlagsOfCommand } from '../context.mjs';
import { interleave } from '../interleave.mjs';
import { Child } from '../processes/child.mjs';
import { median, rounded, spread } from '../statistics.mjs';

// The bound of 16 MiB is the promise. Below, the time is that of waking two processes, not of copying;
// above, mostly that of the pages of a fresh result, which memcpy between two warm buffers does not have.
const SIZES = [
  ['64kib', '64 KiB', 65_536, 40],
  ['1mib', '1 MiB', 2 ** 20, 10],
  ['16mib', '16 MiB', 2 ** 24, 2.5],
  ['64mib', '64 MiB', 2 ** 26, 6],
];

async function withHost(context, size, run) {
  const model = `bench-identity-${size}`;
  const store = await context.storeOf(model);
  const child = await Child.start({
    title: 'messages',
    module: new URL('../servers/messages-main.mjs', import.meta.url),
    execArgv: nodeFlagsOfCommand(),
  });
  try {
    await child.call('open', { store, name: model });
    return await run(child);
  } finally {
    await child.call('close');
    await child.stop();
  }
}

/** Rounds of one figure: its median, and as noise the largest distance of two rounds in turn. */
async function rounds(context, measure, pick) {
  await measure();
  const results = [];
  for (let round = 0; round < 2 * context.rounds; round++) results.push(await measure());
  const figures = results.map(pick);
  const pairs = figures.slice(1).map((figure, i) => figure / figures[i]);
  return { value: median(figures), noise: spread(pairs), details: { rounds: figures.map((x) => rounded(x)) } };
}

export const bars = [
  ...SIZES.map(([id, title, bytes, max]) => ({
    id: `messages.${id}`,
    title: `${title} to a model host and back against memcpy`,
    method: `A request of ${title} to a host whose model is Identity and declares no range, and its answer of as many bytes: the median of one at a time over that of copying the bytes twice, there and back, within one process.`,
    bound: { max },
    unit: 'ratio',
    measure: (context) =>
      withHost(context, id, async (child) => {
        const { seconds, say, rounds: count } = context;
        const subject = () => child.call('roundTrip', { bytes, seconds: seconds / 3 });
        const baseline = () => child.call('copy', { bytes, seconds: seconds / 3 });
        await subject();
        const result = await interleave({ rounds: count, subject, baseline, say, pick: (each) => each.median });
        const middle = (results) => rounded(median(results.map((each) => each.median)));
        const details = {
          rounds: result.ratios.map((ratio) => rounded(ratio)),
          roundTripUs: middle(result.subjects),
          copyUs: middle(result.baselines),
        };
        return { value: result.value, noise: result.noise, details };
      }),
  })),
  {
    id: 'messages.256b-us',
    title: '256 bytes to a model host and back',
    method: 'A request of 256 bytes to a host whose model is Identity, one at a time; the median of the round trips.',
    bound: { max: 60 },
    unit: 'us',
    measure: (context) =>
      withHost(context, '256b', (child) =>
        rounds(
          context,
          () => child.call('roundTrip', { bytes: 256, seconds: context.seconds / 3 }),
          (result) => result.median,
        ),
      ),
  },
  {
    id: 'messages.queue-us',
    title: "processor time of the server's main thread for a request in a full queue",
    method:
      "256 requests of 256 bytes in flight to a host whose model is Identity; processor time of the main thread at the server's end, which does nothing else, over the requests. That of asking is in it.",
    bound: { max: 5 },
    unit: 'us',
    measure: (context) =>
      withHost(context, '256b', (child) =>
        rounds(
          context,
          () => child.call('fullQueue', { bytes: 256, inFlight: 256, seconds: context.seconds / 2 }),
          (result) => result.perCall,
        ),
      ),
  },
];
