// Entry of the model host process: one model version.
import { type OnReadOpts, Socket, type SocketConstructorOpts } from 'node:net';
import { Worker } from 'node:worker_threads';
import { openSegment, sealProcess } from '@deephealth/native';
import { encodeFrame, FrameReader } from './frame-codec.js';
import type { HostReply, HostRequest, LoadOrder } from './host-messages.js';
import type { ItemHost } from './item-host.js';
import type { HostMemory } from './load-in-host.js';
import type { ModelSession } from './model-session.js';
import { readRegion } from './payload-slab.js';
import { ResultSlots, ringAnswers } from './shared-results.js';
import { type SlabRegion, viewRegion } from './slot-allocator.js';

// ONNX Runtime latches this when its library initialises; nothing may load it earlier.
process.env.ORT_DISABLE_TELEMETRY = '1';

// The launcher has done the rest; that one program more could start was for this one.
if (process.env.DEEPHEALTH_HOST_SEAL !== undefined) sealProcess();

const CHANNEL_FD = 3;
const INPUTS_FD = 4;
const RESULTS_FD = 5;
const BELL_FD = 6;
const MEMORY_INTERVAL_MS = 1000;
const ENGINE_SCRIPT = new URL('./engine-worker.js', import.meta.url);
// What arrives is copied to its frame at once, so that one buffer can receive everything.
const RECEIVE_BYTES = 256 * 1024;
const onread: OnReadOpts = {
  buffer: Buffer.alloc(RECEIVE_BYTES),
  callback: (bytes, buffer) => {
    reader.push(buffer.subarray(0, bytes));
    return true;
  },
};
const options: SocketConstructorOpts & { onread: OnReadOpts } = {
  fd: CHANNEL_FD,
  readable: true,
  writable: true,
  onread,
};
const channel = new Socket(options);

// No thread may keep the process from ending, and none is ended during a run: the process is.
const end = () => process.kill(process.pid, 'SIGKILL');

// Long work in this thread must not hide a lack of memory or a lost server, so another one watches.
new Worker(new URL('./host-watchdog.js', import.meta.url), {
  workerData: { memoryLimitBytes: Number(process.env.DEEPHEALTH_HOST_MEMORY_BYTES ?? 0), parentPid: process.ppid },
}).unref();

// Not corked: "started" must have left this process before a run that may end it begins.
const send = (reply: HostReply): void => {
  for (const part of encodeFrame(reply, (payload) => results?.write(payload))) channel.write(part);
};

const resultMemory = process.env.DEEPHEALTH_HOST_RESULTS === 'mapped' ? openSegment(RESULTS_FD, true) : undefined;
const results = resultMemory && new ResultSlots(resultMemory);

let host: ItemHost | undefined;
let session: ModelSession | undefined;

async function load(order: LoadOrder): Promise<void> {
  const { loadInHost } = await import('./load-in-host.js');
  const outcome = await loadInHost(order, ENGINE_SCRIPT, send, ringMemory());
  host = outcome.host;
  session = outcome.session;
  send(outcome.reply);
  reportMemory();
}

async function probe(): Promise<void> {
  const { EngineThread } = await import('./engine-thread.js');
  send({ type: 'probed', probe: await new EngineThread(ENGINE_SCRIPT).probe() });
}

function reportMemory(): void {
  let told = 0;
  const tell = () => {
    const rssBytes = process.memoryUsage.rss();
    if (Math.abs(rssBytes - told) < told / 50) return;
    told = rssBytes;
    send({ type: 'memory', rssBytes });
  };
  tell();
  setInterval(tell, MEMORY_INTERVAL_MS).unref();
}

const onMessage = (request: HostRequest) => {
  switch (request.type) {
    case 'probe':
      return void probe();
    case 'load':
      return void load(request);
    case 'cancel':
      return host?.cancel(request.id);
    case 'resume':
      return host?.resume(request.id);
    case 'leave-ring':
      return session?.leaveRing?.(request.slot, request.generation);
    case 'run':
      for (const item of request.items) void host?.take(item);
  }
};
const inputs = process.env.DEEPHEALTH_HOST_INPUTS === 'mapped' ? openSegment(INPUTS_FD, false) : undefined;
function ringMemory(): HostMemory | undefined {
  return inputs && resultMemory && { requests: inputs, answers: ringAnswers(resultMemory), bell: BELL_FD };
}
const readShared = (region: SlabRegion) =>
  inputs === undefined ? readRegion(INPUTS_FD, region) : viewRegion(inputs, region);
// The server is believed: the host's process is its own.
const reader = new FrameReader({ onMessage, read: (message) => message as HostRequest, readShared });
// The server has closed its end or is gone: there is nobody left to answer.
channel.on('close', end);
channel.on('error', end);
