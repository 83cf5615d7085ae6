// Entry of the model host process: one model version.
import { Socket } from 'node:net';
import { Worker } from 'node:worker_threads';
import { encodeFrame, FrameReader } from './frame-codec.js';
import type { HostReply, HostRequest, LoadOrder } from './host-messages.js';
import type { ItemHost } from './item-host.js';

// ONNX Runtime latches this when its library initialises; nothing may load it earlier.
process.env.ORT_DISABLE_TELEMETRY = '1';

const CHANNEL_FD = 3;
const MEMORY_INTERVAL_MS = 1000;
const ENGINE_SCRIPT = new URL('./engine-worker.js', import.meta.url);
const channel = new Socket({ fd: CHANNEL_FD, readable: true, writable: true });

// No thread may keep the process from ending, and none is ended during a run: the process is.
const end = () => process.kill(process.pid, 'SIGKILL');

// Long work in this thread must not hide a lack of memory or a lost server, so another one watches.
new Worker(new URL('./host-watchdog.js', import.meta.url), {
  workerData: { memoryLimitBytes: Number(process.env.DEEPHEALTH_HOST_MEMORY_BYTES ?? 0), parentPid: process.ppid },
}).unref();

// Not corked: "started" must have left this process before a run that may end it begins.
const send = (reply: HostReply): void => {
  for (const part of encodeFrame(reply)) channel.write(part);
};

let host: ItemHost | undefined;

async function load(order: LoadOrder): Promise<void> {
  const { loadInHost } = await import('./load-in-host.js');
  const outcome = await loadInHost(order, ENGINE_SCRIPT, send);
  host = outcome.host;
  send(outcome.reply);
  reportMemory();
}

async function probe(): Promise<void> {
  const { EngineThread } = await import('./engine-thread.js');
  send({ type: 'probed', probe: await new EngineThread(ENGINE_SCRIPT).probe() });
}

function reportMemory(): void {
  let told = 0;
  setInterval(() => {
    const rssBytes = process.memoryUsage.rss();
    if (Math.abs(rssBytes - told) < told / 50) return;
    told = rssBytes;
    send({ type: 'memory', rssBytes });
  }, MEMORY_INTERVAL_MS).unref();
}

const reader = new FrameReader((message) => {
  const request = message as HostRequest;
  switch (request.type) {
    case 'probe':
      return void probe();
    case 'load':
      return void load(request);
    case 'cancel':
      return host?.cancel(request.id);
    case 'run':
      for (const item of request.items) void host?.take(item);
  }
});
channel.on('data', (chunk: Buffer) => reader.push(chunk));
// The server has closed its end or is gone: there is nobody left to answer.
channel.on('close', end);
channel.on('error', end);
