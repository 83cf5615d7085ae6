import { setTimeout as delay } from 'node:timers/promises';
import { interleave } from '../interleave.mjs';
import { median, rounded } from '../statistics.mjs';

const MODEL = 'bench-slow-second';
const CHECKS_PER_SECOND = 200;
/** Runs that wait or run at a time, so that the model never rests. */
const RUNS_IN_FLIGHT = 2;
/** The background load needs this long to be under way. */
const SETTLE_SECONDS = 0.5;

async function measureOnce(context) {
  const runtime = await context.runtime(MODEL);
  const expected = await context.answers('second-predict');
  const checker = await context.loader();
  const background = await context.loader();
  const seconds = context.quick ? 2 : 5;
  const checks = {
    workload: 'health-check',
    expected: [[1]],
    perSecond: CHECKS_PER_SECOND,
    connections: 1,
    seconds,
    deadlineMs: 10_000,
  };
  const idle = () => context.load(checker, runtime, 'openLoop', checks);
  const busy = async () => {
    const runs = context.load(background, runtime, 'closedLoop', {
      workload: 'second-predict',
      expected,
      inFlight: RUNS_IN_FLIGHT,
      connections: RUNS_IN_FLIGHT,
      seconds: seconds + 2 * SETTLE_SECONDS,
    });
    await delay(SETTLE_SECONDS * 1000);
    const result = await idle();
    const { p50Ms } = await runs;
    return { ...result, runMs: p50Ms / RUNS_IN_FLIGHT };
  };
  await idle();
  const { say, rounds } = context;
  const result = await interleave({ rounds, subject: busy, baseline: idle, say, pick: ({ p99Ms }) => p99Ms });
  const refused = [...result.subjects, ...result.baselines].reduce((sum, each) => sum + each.refused, 0);
  if (refused > 0) throw new Error(`${refused} health checks were refused or late`);
  const middle = (results, pick) => rounded(median(results.map(pick)));
  return {
    ratio: result.value,
    noise: result.noise,
    p99Ms: median(result.subjects.map(({ p99Ms }) => p99Ms)),
    details: {
      rounds: result.ratios.map((ratio) => rounded(ratio)),
      busyP99Ms: middle(result.subjects, ({ p99Ms }) => p99Ms),
      idleP99Ms: middle(result.baselines, ({ p99Ms }) => p99Ms),
      modelRunMs: middle(result.subjects, ({ runMs }) => runMs),
    },
  };
}

const shared = (context) => context.once('health', () => measureOnce(context));

export const bars = [
  {
    id: 'serving.health-p99',
    title: 'health checks while a model runs against an idle server',
    method: `grpc.health.v1 Check ${CHECKS_PER_SECOND} times a second while a model runs about 1 s a time without a pause; the 99th percentile over that of the same server with nothing to do.`,
    bound: { max: 10 },
    unit: 'ratio',
    async measure(context) {
      const { ratio, noise, details } = await shared(context);
      return { value: ratio, noise, details };
    },
  },
  {
    id: 'serving.health-p99-ms',
    title: '99th percentile of health checks while a model runs',
    method: 'The same checks, in milliseconds. The noise is that of the ratio.',
    bound: { max: 50 },
    unit: 'ms',
    async measure(context) {
      const { p99Ms, noise, details } = await shared(context);
      return { value: p99Ms, noise, details };
    },
  },
];
