// Whether a series stands still, and what a whole run is worth. Pure: the tests feed series of their own.

const MIB = 2 ** 20;
/** Growth below this is none, in any length of run: what an engine compiles and an allocator keeps. */
export const SMALLEST_GROWTH = { serverBytes: 12 * MIB, hostBytes: 16 * MIB, heapBytes: 8 * MIB, files: 6 };
/** Blocks that the samples are gathered in: neighbours in time are not independent of each other. */
const BLOCKS = 24;
const Z_95 = 1.6449;
/** In a run whose late part is shorter, what an engine compiles and an allocator keeps still shows. */
const WARM_S = 180;
const WARMING = 3;

const median = (values) => {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
};

/**
 * How much a series grew over its length: the Theil-Sen slope of the medians of its blocks, and its lower bound of
 * 95 % after Sen (one-sided, from the variance of Kendall's S). One outlier, or some, move neither.
 *
 * @param samples [seconds, value], in the order of time
 */
export function growthOf(samples, { reduce = median } = {}) {
  const size = Math.max(1, Math.floor(samples.length / BLOCKS));
  const blocks = [];
  for (let at = 0; at + size <= samples.length; at += size) {
    const block = samples.slice(at, at + size);
    blocks.push([median(block.map(([x]) => x)), reduce(block.map(([, y]) => y))]);
  }
  if (blocks.length < 5) return { growth: 0, atLeast: 0, isKnown: false };
  const slopes = [];
  for (let i = 0; i < blocks.length; i++) {
    for (let j = i + 1; j < blocks.length; j++) {
      const dx = blocks[j][0] - blocks[i][0];
      if (dx > 0) slopes.push((blocks[j][1] - blocks[i][1]) / dx);
    }
  }
  slopes.sort((a, b) => a - b);
  const n = blocks.length;
  const deviation = Math.sqrt((n * (n - 1) * (2 * n + 5)) / 18);
  const index = Math.floor((slopes.length - Z_95 * deviation) / 2);
  const span = blocks.at(-1)[0] - blocks[0][0];
  return {
    growth: median(slopes) * span,
    atLeast: (slopes[Math.max(0, index)] ?? 0) * span,
    isKnown: true,
  };
}

/** Samples after the warm-up: a third of the time, of the last server process alone and since it was ready. */
export function lateSamples(samples) {
  const last = samples.filter(({ epoch, isStarting }) => epoch === samples.at(-1)?.epoch && isStarting !== true);
  const [from, until] = [last[0]?.seconds ?? 0, last.at(-1)?.seconds ?? 0];
  return last.filter(({ seconds }) => seconds >= from + (until - from) / 3);
}

/**
 * The verdict on a run.
 *
 * @param run samples, tally (wrongCount, wrong, unexpectedCount, unexpected, asked, settled), accepted, lost (texts),
 *   serverEnds, leftOver, filesAtRest: {first, last}, hosts: {expected, last}, audit
 * @returns checks: name, isPassed, text
 */
export function judge(run) {
  const late = lateSamples(run.samples);
  const isShort = (late.at(-1)?.seconds ?? 0) - (late[0]?.seconds ?? 0) < WARM_S;
  const series = (of) =>
    late.filter((sample) => sample[of] !== undefined).map((sample) => [sample.seconds, sample[of]]);
  const grows = (name, of, usual, options) => {
    const smallest = isShort ? usual * WARMING : usual;
    const { growth, atLeast, isKnown } = growthOf(series(of), options);
    const mib = (bytes) => (smallest > 1000 ? `${(bytes / MIB).toFixed(1)} MiB` : bytes.toFixed(1));
    return {
      name,
      isPassed: isKnown && atLeast <= smallest,
      text: isKnown
        ? `${mib(growth)} over the run after warm-up, at least ${mib(atLeast)} (95 %); allowed ${mib(smallest)}`
        : 'too few samples to tell',
    };
  };
  const none = (name, texts, count = texts.length) => ({
    name,
    isPassed: count === 0,
    text: count === 0 ? 'none' : `${count}: ${texts.slice(0, 3).join(' | ')}`,
  });
  const { tally } = run;
  const unsettled = tally.asked - tally.settled;
  return [
    none('wrong answers', tally.wrong, tally.wrongCount),
    none('bad requests that were answered', run.accepted),
    none('failures that nothing explains', tally.unexpected, tally.unexpectedCount),
    none('requests without an end', unsettled === 0 ? [] : ['never answered'], unsettled),
    none('acknowledged requests that the server did not count', run.lost),
    ...(isShort ? [] : [none('what a soak has to do and did not', run.notDone ?? [])]),
    ...(run.audit === undefined
      ? []
      : [none('acknowledged requests without an audit record, and faults of its chain', run.audit)]),
    none('ends of the server that nobody asked for', run.serverEnds),
    none('processes left behind', run.leftOver.map(String)),
    {
      name: 'hosts at the end',
      isPassed: run.hosts.last === run.hosts.expected,
      text: `${run.hosts.last}, expected ${run.hosts.expected}`,
    },
    {
      name: 'open files at rest',
      isPassed: run.filesAtRest.last <= run.filesAtRest.first + SMALLEST_GROWTH.files,
      text: `${run.filesAtRest.first} after warm-up, ${run.filesAtRest.last} at the end`,
    },
    grows('memory of the server', 'serverBytes', SMALLEST_GROWTH.serverBytes),
    // What is garbage is no growth: the lowest of each block is what a collection left.
    grows('heap of the server', 'heapBytes', SMALLEST_GROWTH.heapBytes, { reduce: (values) => Math.min(...values) }),
    grows('memory of all hosts', 'hostBytes', SMALLEST_GROWTH.hostBytes),
    grows('open files of the server', 'files', SMALLEST_GROWTH.files),
  ];
}
