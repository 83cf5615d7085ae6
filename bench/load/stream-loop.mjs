import { quantile } from '../statistics.mjs';
import { WORKLOADS } from '../workloads/index.mjs';
import { checkAnswer, isChecked } from './check-answer.mjs';
import { cpuSecondsSince } from './closed-loop.mjs';
import { connections } from './connections.mjs';
import { findField } from './find-field.mjs';
import { asBytes, encodedRequests, itemId } from './requests.mjs';

const GRACE_MS = 30_000;
const MAX_ITEMS = 5_000_000;

/**
 * Bidirectional streams with `inFlight` unanswered items each; an answer is followed by the next
 * item. Counts answers inside the time only. Rejects with the first failed stream, refused item or
 * wrong answer.
 *
 * @param {object} job
 * @param {string} job.address
 * @param {string} job.workload
 * @param {number[][]} [job.expected] by variant
 * @param {number} job.streams
 * @param {number} job.inFlight
 * @param {number} job.connections
 * @param {number} job.seconds
 * @param {{ ca?: string, token?: string }} [job.secure]
 */
export async function streamLoop(job) {
  const { address, workload, expected, streams, inFlight, connections: count, seconds } = job;
  const clients = await connections(address, count, 'grpc-js', job.secure);
  const cpu = process.cpuUsage();
  const started = performance.now();
  const run = { workload, expected, inFlight, end: started + seconds * 1000, sent: 0, answered: 0, latencies: [] };
  await Promise.all(Array.from({ length: streams }, (_, index) => oneStream(clients[index % count], run)));
  return {
    rate: run.latencies.length / seconds,
    calls: run.answered,
    p50Ms: quantile(run.latencies, 0.5),
    p99Ms: quantile(run.latencies, 0.99),
    clientCpuSeconds: cpuSecondsSince(cpu),
    seconds: (performance.now() - started) / 1000,
  };
}

function oneStream(client, run) {
  const { method, stream: paths } = WORKLOADS[run.workload];
  const requests = encodedRequests(run.workload, run.inFlight);
  const laneOf = new Map(requests.map((_, lane) => [itemId(lane), lane]));
  const unanswered = new Map();
  const settings = { deadline: Date.now() + (run.end - performance.now()) + GRACE_MS };
  const call = client.makeBidiStreamRequest(method.path, asBytes, asBytes, settings);

  return new Promise((resolve, reject) => {
    const fail = (error) => {
      reject(error);
      call.cancel();
    };
    const send = (lane) => {
      const begun = performance.now();
      if (begun >= run.end || run.sent >= MAX_ITEMS) {
        if (unanswered.size === 0) call.end();
        return;
      }
      const variant = run.sent++ % requests[lane].length;
      unanswered.set(lane, { variant, begun });
      call.write(requests[lane][variant]);
    };
    const onAnswer = (bytes) => {
      if (paths.readyPath !== undefined && findField(bytes, paths.readyPath) !== undefined) return;
      const lane = laneOf.get(findField(bytes, paths.idPath)?.toString('latin1'));
      const item = unanswered.get(lane);
      if (item === undefined || findField(bytes, paths.answerPath) === undefined) {
        fail(new Error(`${run.workload}: a refused item: ${JSON.stringify(method.responseDeserialize(bytes))}`));
        return;
      }
      unanswered.delete(lane);
      const now = performance.now();
      if (now <= run.end) run.latencies.push(now - item.begun);
      try {
        if (isChecked(run.workload, run.answered++)) checkAnswer(run.workload, bytes, run.expected?.[item.variant]);
      } catch (wrong) {
        fail(wrong);
        return;
      }
      send(lane);
    };
    call.on('data', onAnswer);
    call.on('error', reject);
    call.on('status', ({ code, details }) => {
      if (code === 0) resolve();
      else reject(Object.assign(new Error(details), { code }));
    });
    for (const lane of requests.keys()) send(lane);
  });
}
