// The server's end of one model host and nothing else: how long a request takes there and back.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { HostProcess } from '../../runtime/dist/host/host-process.js';
import { answerCalls } from '../processes/answer-calls.mjs';
import { median } from '../statistics.mjs';

let host;
let nextId = 1;
/** Names of the tensors, and how many bytes the answer has; undefined where it has those of the request. */
let model;
const MOST_WAITING = 1024;
/** What waits for a reply, by the end of the item's id. No Map: an old one keeps the collector busy. */
const waiting = Array(MOST_WAITING).fill(undefined);
let onLoaded;

answerCalls({
  /** Starts a host with the package `<store>/<name>/1`. */
  async open({ store, name, input = 'x', output = 'y', answerBytes, maxBatchSize = 1 }) {
    model = { input, outputs: [output], answerBytes };
    host = new HostProcess({
      memoryLimitMiB: 4096,
      onReply,
      onExit: ({ exitCode, signal }) => process.exit(exitCode ?? signal),
      onOutput: () => undefined,
    });
    const loaded = new Promise((resolve, reject) => {
      onLoaded = (reply) =>
        reply.type === 'loaded' ? resolve() : reject(new Error(`${reply.error.message} ${reply.error.internal ?? ''}`));
    });
    host.send({ type: 'load', folder: join(store, name, '1'), intraOpThreads: 1, maxThreads: 1, maxBatchSize });
    await loaded;
  },

  /** Median of round trips of one request at a time, in microseconds. */
  async roundTrip({ bytes, seconds }) {
    const item = itemOf(bytes);
    for (let i = 0; i < 20; i++) await ask(item);
    const times = [];
    const end = performance.now() + seconds * 1000;
    while (performance.now() < end) {
      const start = performance.now();
      await ask(item);
      times.push((performance.now() - start) * 1000);
    }
    return { median: median(times) };
  },

  /** Median time of copying as many bytes there and back, in microseconds. */
  copy({ bytes, seconds }) {
    const [there, back] = [new Uint8Array(bytes).fill(1), new Uint8Array(bytes).fill(2)];
    const times = [];
    const end = performance.now() + seconds * 1000;
    while (performance.now() < end) {
      const start = performance.now();
      back.set(there);
      there.set(back);
      times.push((performance.now() - start) * 1000);
    }
    return { median: median(times) };
  },

  /** Processor time of this thread for a request, in microseconds, while `inFlight` are under way. */
  async fullQueue({ bytes, inFlight, seconds }) {
    const item = itemOf(bytes);
    let count = 0;
    let isEnding = false;
    const caller = async () => {
      while (!isEnding) {
        await ask(item);
        count++;
      }
    };
    const callers = Array.from({ length: inFlight }, caller);
    await new Promise((resolve) => setTimeout(resolve, 300));
    const [before, counted, started] = [threadCpuUs(), count, performance.now()];
    await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
    const usedUs = threadCpuUs() - before;
    const calls = count - counted;
    const elapsed = (performance.now() - started) / 1000;
    isEnding = true;
    await Promise.all(callers);
    return { perCall: usedUs / calls, perSecond: calls / elapsed };
  },

  close() {
    host?.close();
  },
});

/** Processor time of the main thread so far, in microseconds: the first number of its schedstat, in ns. */
function threadCpuUs() {
  return Number(readFileSync(`/proc/self/task/${process.pid}/schedstat`, 'utf8').split(' ')[0]) / 1000;
}

function itemOf(bytes) {
  const values = new Float32Array(bytes / 4).map((_, i) => (i % 100) / 100);
  return { dataType: 'FP32', shape: [1, values.length], data: new Uint8Array(values.buffer) };
}

function ask(tensor) {
  const id = nextId++;
  return new Promise((resolve, reject) => {
    waiting[id % MOST_WAITING] = { resolve, reject, bytes: model.answerBytes ?? tensor.data.byteLength };
    host.send({
      type: 'run',
      items: [
        {
          id,
          kind: 'infer',
          rank: 1,
          deadlineMs: null,
          alone: false,
          outputs: model.outputs,
          queuedAtUs: 0,
          tensors: { [model.input]: tensor },
        },
      ],
    });
  });
}

function onReply(reply) {
  if (reply.type === 'loaded' || reply.type === 'load-failed') onLoaded(reply);
  if (reply.type !== 'results') return;
  for (const { id, inference, error } of reply.results) {
    const { resolve, reject, bytes } = waiting[id % MOST_WAITING];
    waiting[id % MOST_WAITING] = undefined;
    if (error !== undefined) reject(new Error(`${error.message} ${error.internal ?? ''}`));
    else if (inference.tensors[0].data.byteLength !== bytes) reject(new Error('the answer has another length'));
    else resolve();
  }
}
