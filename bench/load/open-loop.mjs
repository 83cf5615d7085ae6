import { monitorEventLoopDelay } from 'node:perf_hooks';
import { status } from '@grpc/grpc-js';
import { quantile } from '../statistics.mjs';
import { WORKLOADS } from '../workloads/index.mjs';
import { checkAnswer } from './check-answer.mjs';
import { cpuSecondsSince } from './closed-loop.mjs';
import { connections } from './connections.mjs';
import { asBytes, encodedRequests } from './requests.mjs';

const TICK_MS = 1;
const MAX_CALLS = 1_000_000;

/**
 * Calls at a fixed rate, whether earlier ones are answered or not, as callers that do not know of
 * each other make them. Refused calls are counted, not failures of the measurement; a wrong answer
 * is one. Latency is from the moment of sending.
 *
 * @param {object} job
 * @param {string} job.address
 * @param {string} job.workload
 * @param {number[][]} [job.expected] by variant
 * @param {number} job.perSecond
 * @param {number} job.connections
 * @param {number} job.seconds
 * @param {number} job.deadlineMs of each call
 */
export async function openLoop({ address, workload, expected, perSecond, connections: count, seconds, deadlineMs }) {
  const clients = await connections(address, count);
  const { path } = WORKLOADS[workload].method;
  const [requests] = encodedRequests(workload);
  const stalls = monitorEventLoopDelay({ resolution: TICK_MS });
  stalls.enable();
  const cpu = process.cpuUsage();
  const started = performance.now();
  const end = started + seconds * 1000;
  const ok = [];
  const refused = [];
  const refusals = {};
  let lateAnswers = 0;
  let sent = 0;

  await new Promise((resolve, reject) => {
    let outstanding = 0;
    let failure;
    let isOver = false;
    const finishIfDone = () => {
      if (!isOver || outstanding > 0) return;
      if (failure === undefined) resolve();
      else reject(failure);
    };
    const send = () => {
      const variant = sent % requests.length;
      const client = clients[sent++ % count];
      const begun = performance.now();
      outstanding += 1;
      const settings = { deadline: Date.now() + deadlineMs };
      client.makeUnaryRequest(path, asBytes, asBytes, requests[variant], settings, (error, bytes) => {
        outstanding -= 1;
        const now = performance.now();
        if (error) {
          refused.push(now - begun);
          refusals[status[error.code]] = (refusals[status[error.code]] ?? 0) + 1;
        } else {
          if (now <= end) ok.push(now - begun);
          else lateAnswers += 1;
          try {
            checkAnswer(workload, bytes, expected?.[variant]);
          } catch (wrong) {
            failure ??= wrong;
          }
        }
        finishIfDone();
      });
    };
    const tick = () => {
      const now = Math.min(performance.now(), end);
      const due = Math.min(Math.floor(((now - started) / 1000) * perSecond), MAX_CALLS);
      while (sent < due) send();
      if (now >= end || failure !== undefined || sent >= MAX_CALLS) {
        isOver = true;
        finishIfDone();
      } else setTimeout(tick, TICK_MS);
    };
    tick();
  });

  stalls.disable();
  return {
    offered: sent,
    offeredRate: sent / seconds,
    rate: ok.length / seconds,
    ok: ok.length,
    p50Ms: quantile(ok, 0.5),
    p99Ms: quantile(ok, 0.99),
    refused: refused.length,
    refusals,
    refusedMs: { p50: quantile(refused, 0.5), p999: quantile(refused, 0.999), max: quantile(refused, 1) },
    lateAnswers,
    clientStallMs: stalls.max / 1e6,
    clientCpuSeconds: cpuSecondsSince(cpu),
    seconds: (performance.now() - started) / 1000,
  };
}
