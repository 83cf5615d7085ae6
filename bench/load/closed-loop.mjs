import { quantile } from '../statistics.mjs';
import { WORKLOADS } from '../workloads/index.mjs';
import { checkAnswer, isChecked } from './check-answer.mjs';
import { connections } from './connections.mjs';
import { asBytes, encodedRequests } from './requests.mjs';

const CALL_LIMIT_MS = 30_000;
const MAX_CALLS = 2_000_000;

/**
 * `inFlight` unary calls at a time, each followed by the next one as soon as it is answered.
 * Counts answers inside the time only. Rejects with the first failed call or wrong answer.
 *
 * @param {object} job
 * @param {string} job.address
 * @param {string} job.workload
 * @param {number[][]} [job.expected] by variant
 * @param {number} job.inFlight
 * @param {number} job.connections
 * @param {number} job.seconds
 * @param {'grpc-js' | 'wire'} [job.client]
 * @param {{ ca?: string, token?: string }} [job.secure]
 */
export async function closedLoop(job) {
  const { address, workload, expected, inFlight, connections: count, seconds } = job;
  const clients = await connections(address, count, job.client, job.secure);
  const { path } = WORKLOADS[workload].method;
  const [requests] = encodedRequests(workload);
  const cpu = process.cpuUsage();
  const started = performance.now();
  const end = started + seconds * 1000;
  const latencies = [];
  let sent = 0;
  let answered = 0;

  await new Promise((resolve, reject) => {
    let outstanding = 0;
    let failure;
    const finish = () => (failure === undefined ? resolve() : reject(failure));
    const next = (lane) => {
      const begun = performance.now();
      if (failure !== undefined || begun >= end || sent >= MAX_CALLS) {
        if (outstanding === 0) finish();
        return;
      }
      const variant = sent++ % requests.length;
      outstanding += 1;
      const settings = { deadline: Date.now() + CALL_LIMIT_MS };
      const onAnswer = (error, bytes) => {
        outstanding -= 1;
        const now = performance.now();
        if (error) failure ??= error;
        else {
          if (now <= end) latencies.push(now - begun);
          try {
            if (isChecked(workload, answered++)) checkAnswer(workload, bytes, expected?.[variant]);
          } catch (wrong) {
            failure ??= wrong;
          }
        }
        next(lane);
      };
      clients[lane % count].makeUnaryRequest(path, asBytes, asBytes, requests[variant], settings, onAnswer);
    };
    for (let lane = 0; lane < inFlight; lane++) next(lane);
  });

  return {
    rate: latencies.length / seconds,
    calls: answered,
    p50Ms: quantile(latencies, 0.5),
    p99Ms: quantile(latencies, 0.99),
    clientCpuSeconds: cpuSecondsSince(cpu),
    seconds: (performance.now() - started) / 1000,
  };
}

/** Processor seconds of this process since a reading of `process.cpuUsage()`. */
export function cpuSecondsSince(reading) {
  const { user, system } = process.cpuUsage(reading);
  return (user + system) / 1e6;
}
