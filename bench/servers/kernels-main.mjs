// Times the kernels of one module of native/bench: each against its baseline, call by call.

import { interleave } from '../interleave.mjs';
import { answerCalls } from '../processes/answer-calls.mjs';
import { median, rounded } from '../statistics.mjs';

/** Nobody looks at fewer calls than these, however long they take. */
const FEWEST_CALLS = 5;

answerCalls({ measure });

/** @param {{ module: string, id: string, rounds: number, seconds: number }} wish a module of native/bench, by URL */
async function measure({ module, id, rounds, seconds }) {
  const { cases } = await import(module);
  const { kernel, baseline, skipped } = await cases.find((each) => each.id === id).prepare();
  if (skipped !== undefined) return { skipped };
  const time = (run) => () => timed(run, seconds);
  // What the compiler of JavaScript learns, it learns before the first round.
  await time(baseline)();
  await time(kernel)();
  const { value, interval, noise, ratios, subjects, baselines } = await interleave({
    rounds,
    subject: time(kernel),
    baseline: time(baseline),
    pick: (milliseconds) => 1 / milliseconds,
  });
  const details = {
    rounds: ratios.map((ratio) => rounded(ratio)),
    kernelMs: rounded(median(subjects)),
    baselineMs: rounded(median(baselines)),
  };
  return { value, interval, noise, details };
}

/** Median of the calls within so many seconds, in milliseconds. */
async function timed(run, seconds) {
  const times = [];
  const end = performance.now() + seconds * 1000;
  while (times.length < FEWEST_CALLS || performance.now() < end) {
    const start = performance.now();
    const pending = run();
    // Waiting for what is no promise would be counted.
    if (typeof pending?.then === 'function') await pending;
    times.push(performance.now() - start);
  }
  return median(times);
}
