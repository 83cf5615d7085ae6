import { rounded, spread } from '../statistics.mjs';

const MODEL = 'bench-slow-milliseconds';
const OVERLOAD = 5;
/**
 * What an operator sets for a model of 5 ms whose callers wait a second: a full queue is 32 x 5 ms
 * = 0.16 s of work, so nothing that was accepted expires, and a burst of 32 is still taken. Every
 * request runs alone, as an image network does: the test model would run eight in the time of one.
 */
const LIMITS = { maxQueueLength: 32, maxBatchSize: 1 };
const ROUTINE_DEADLINE_MS = 1000;
/** Emergencies, a tenth of what the model can do. Their deadline only ends the measurement. */
const STAT_PER_SECOND = 20;
const STAT_DEADLINE_MS = 5000;
const CONNECTIONS = 8;
const WARM_UP_SECONDS = 3;
/** Enough to keep the model busy, and few enough for the queue. */
const PEAK_IN_FLIGHT = 16;

async function measureOnce(context) {
  const runtime = await context.runtime(MODEL, LIMITS);
  const expected = await context.answers('routine-predict');
  const flood = await context.loader();
  const emergencies = await context.loader();
  const lengths = context.quick ? { idle: 3, peak: 3, overload: 10 } : { idle: 20, peak: 10, overload: 60 };

  const peak = () =>
    context.load(flood, runtime, 'closedLoop', {
      workload: 'routine-predict',
      expected,
      inFlight: PEAK_IN_FLIGHT,
      connections: CONNECTIONS,
      seconds: lengths.peak,
    });
  const stat = (seconds) =>
    context.load(emergencies, runtime, 'openLoop', {
      workload: 'stat-predict',
      expected,
      perSecond: STAT_PER_SECOND,
      connections: 1,
      seconds,
      deadlineMs: STAT_DEADLINE_MS,
    });
  await peak();
  const idleBefore = await stat(lengths.idle);
  const peakBefore = await peak();
  context.say(`peak ${peakBefore.rate.toFixed(0)}/s; offering ${OVERLOAD} times that for ${lengths.overload} s ...`);
  const overload = (seconds) =>
    context.load(flood, runtime, 'openLoop', {
      workload: 'routine-predict',
      expected,
      perSecond: peakBefore.rate * OVERLOAD,
      connections: CONNECTIONS,
      seconds,
      deadlineMs: ROUTINE_DEADLINE_MS,
    });
  // Until client and server have compiled how calls are refused, a refusal takes each many times as long.
  await overload(WARM_UP_SECONDS);
  const [routine, urgent] = await Promise.all([overload(lengths.overload), stat(lengths.overload)]);
  const peakAfter = await peak();
  const idleAfter = await stat(lengths.idle);
  return { idleBefore, peakBefore, routine, urgent, peakAfter, idleAfter };
}

const shared = (context) => context.once('overload', () => measureOnce(context));

/** An emergency that was refused counts as one that waited until its deadline. */
function worstStatMs({ refused, ok, p99Ms }) {
  return refused > 0.01 * (refused + ok) ? STAT_DEADLINE_MS : p99Ms;
}

const how = `A model of about 5 ms that runs one request at a time, a queue of ${LIMITS.maxQueueLength} places; ROUTINE Predict calls at ${OVERLOAD} times the peak rate for 60 s, after ${WARM_UP_SECONDS} s of them that do not count, from one client on ${CONNECTIONS} connections, deadline ${ROUTINE_DEADLINE_MS / 1000} s, and ${STAT_PER_SECOND} STAT calls a second from another.`;

export const bars = [
  {
    id: 'serving.overload-goodput',
    title: 'right answers a second at five times the load that can be borne, against the peak',
    method: `${how} Right answers a second, ROUTINE and STAT, over the mean of the peak rates before and after (${PEAK_IN_FLIGHT} calls in flight). The noise is the difference of those two.`,
    bound: { min: 0.9 },
    unit: 'ratio',
    async measure(context) {
      const { peakBefore, peakAfter, routine, urgent } = await shared(context);
      return {
        value: (routine.rate + urgent.rate) / ((peakBefore.rate + peakAfter.rate) / 2),
        noise: spread([peakAfter.rate / peakBefore.rate]),
        details: {
          peakPerSecond: [rounded(peakBefore.rate), rounded(peakAfter.rate)],
          offeredPerSecond: rounded(routine.offeredRate + urgent.offeredRate),
          goodputPerSecond: rounded(routine.rate + urgent.rate),
          refusals: routine.refusals,
          serverCores: rounded(routine.serverCpuSeconds / routine.seconds),
          clientCores: rounded(routine.clientCpuSeconds / routine.seconds),
        },
      };
    },
  },
  {
    id: 'serving.overload-reject-ms',
    title: 'longest time until a call that is refused hears so',
    method: `${how} The longest time from sending a ROUTINE call to its refusal, as the client sees it, its own stalls included. The noise is the client's longest stall over the value.`,
    bound: { max: 100 },
    unit: 'ms',
    async measure(context) {
      const { routine } = await shared(context);
      if (routine.refused === 0) throw new Error('nothing was refused: the load was no overload');
      const { p50, p999, max } = routine.refusedMs;
      return {
        value: max,
        noise: routine.clientStallMs / max,
        details: {
          refused: routine.refused,
          p50Ms: rounded(p50),
          p999Ms: rounded(p999),
          longestStallOfClientMs: rounded(routine.clientStallMs),
        },
      };
    },
  },
  {
    id: 'serving.overload-stat-p99',
    title: 'emergencies under overload against an idle server',
    method: `${how} 99th percentile of the STAT calls over the mean of the same ones on the idle server before and after; a refused one counts ${STAT_DEADLINE_MS / 1000} s. The noise is the difference of the two idle runs.`,
    bound: { max: 3 },
    unit: 'ratio',
    async measure(context) {
      const { idleBefore, idleAfter, urgent } = await shared(context);
      const idleMs = (idleBefore.p99Ms + idleAfter.p99Ms) / 2;
      return {
        value: worstStatMs(urgent) / idleMs,
        noise: spread([idleAfter.p99Ms / idleBefore.p99Ms]),
        details: {
          idleP99Ms: [rounded(idleBefore.p99Ms), rounded(idleAfter.p99Ms)],
          overloadP50Ms: rounded(urgent.p50Ms),
          overloadP99Ms: rounded(urgent.p99Ms),
          calls: urgent.offered,
          refusals: urgent.refusals,
        },
      };
    },
  },
];
