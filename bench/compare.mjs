import { interleave, judge } from './interleave.mjs';
import { median, rounded } from './statistics.mjs';

/** Where a few parts in a hundred have to be told: one round tells no less than ten on a machine that others share. */
export const MANY_ROUNDS = { rounds: 24, seconds: 1.5 };

/**
 * One load on two servers in turns, after a run on each that does not count.
 *
 * @param {import('./context.mjs').BenchContext} context
 * @param {object} options
 * @param {() => Promise<object>} options.subject measures once
 * @param {() => Promise<object>} options.baseline measures once
 * @param {'rate' | 'p50Ms' | 'callsPerCpuSecond'} options.of the figure that is compared
 * @param {number} [options.rounds] where a small difference has to be told
 * @returns value, interval and noise of the ratio, with the figures behind it
 */
export async function compare(context, options) {
  const [measured] = await compareAll(context, { ...options, figures: [options.of] });
  return measured;
}

/** As {@link compare}: several figures of the same turns. */
export async function compareAll(context, { subject, baseline, figures: names, rounds = context.rounds }) {
  await baseline();
  await subject();
  const [first] = names;
  const turns = await interleave({
    ...{ rounds: context.quick ? context.rounds : rounds, subject, baseline, say: context.say },
    pick: (measured) => measured[first],
  });
  return names.map((name) => {
    const { value, interval, noise, ratios } = judge(turns, (measured) => measured[name]);
    return {
      ...{ value, interval, noise },
      details: {
        rounds: ratios.map((ratio) => rounded(ratio)),
        subject: figures(turns.subjects),
        baseline: figures(turns.baselines),
      },
    };
  });
}

/** Medians of the rounds. Processor time tells which side was the bottleneck. */
function figures(results) {
  const middle = (pick) => rounded(median(results.map(pick)));
  const optional = (name, pick) => (Number.isFinite(pick(results[0])) ? { [name]: middle(pick) } : {});
  return {
    perSecond: middle(({ rate }) => rate),
    ...optional('p50Ms', ({ p50Ms }) => p50Ms),
    ...optional('p99Ms', ({ p99Ms }) => p99Ms),
    ...optional('serverCpuUsPerCall', ({ serverCpuSeconds, calls }) => (serverCpuSeconds * 1e6) / calls),
    ...optional('serverCores', ({ serverCpuSeconds, seconds }) => serverCpuSeconds / seconds),
    ...optional('clientCores', ({ clientCpuSeconds, seconds }) => clientCpuSeconds / seconds),
  };
}

/**
 * A workload on the runtime against the same load on an echo of the runtime's own answer.
 *
 * @param {import('./context.mjs').BenchContext} context
 * @param {{ workload: string, model: string, job: string, load: object, of?: 'rate' | 'p50Ms' }} options
 */
export async function compareWithEcho(context, { workload, model, job, load, of = 'rate' }) {
  const runtime = await context.runtime(model);
  const echo = await context.echo();
  const expected = await context.answers(workload);
  const loader = await context.loader();
  const response = await loader.call('sampleAnswer', { address: runtime.address, workload });
  await echo.child.call('answerWith', { workload, response });
  const settings = { workload, seconds: context.seconds, ...load };
  return compare(context, {
    subject: () => context.load(loader, runtime, job, { ...settings, expected }),
    baseline: () => context.load(loader, echo, job, settings),
    of,
  });
}
