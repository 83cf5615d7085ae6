// Entry of the model host process: one model version, one request at a time.
import { Socket } from 'node:net';
import { Worker } from 'node:worker_threads';
import { encodeFrame, FrameReader } from './frame-codec.js';
import type { HostReply, HostRequest } from './host-messages.js';
import type { LoadedModel } from './load-model.js';
import { toWireError } from './wire-error.js';

// ONNX Runtime latches this when its library initialises; nothing may load it earlier.
process.env.ORT_DISABLE_TELEMETRY = '1';

const CHANNEL_FD = 3;
const channel = new Socket({ fd: CHANNEL_FD, readable: true, writable: true });

// The main thread is deaf while a graph runs, so memory and parent are watched from another one.
new Worker(new URL('./host-watchdog.js', import.meta.url), {
  workerData: { memoryLimitBytes: Number(process.env.DEEPHEALTH_HOST_MEMORY_BYTES ?? 0), parentPid: process.ppid },
}).unref();

const send = (reply: HostReply): void => {
  for (const part of encodeFrame(reply)) channel.write(part);
};

let model: LoadedModel | undefined;

async function answer(request: HostRequest): Promise<HostReply> {
  if (request.type === 'probe') {
    const { describeEngine } = await import('./onnx-session.js');
    return { type: 'probed', probe: describeEngine() };
  }
  if (request.type === 'load') {
    // Imported only now: the import loads ONNX Runtime.
    const { loadModel } = await import('./load-model.js');
    const outcome = await loadModel(request.folder, request.intraOpThreads);
    if ('model' in outcome) {
      model = outcome.model;
      return { type: 'loaded', package: outcome.package };
    }
    return { type: 'load-failed', ...outcome };
  }
  try {
    if (model === undefined) throw new Error('a request came before the model');
    if (request.type === 'predict') {
      return { type: 'predicted', id: request.id, result: await model.predict(request.inputs, request.outputs) };
    }
    return { type: 'inferred', id: request.id, result: await model.infer(request.tensors, request.outputs) };
  } catch (thrown) {
    return { type: 'failed', id: request.id, error: toWireError(thrown) };
  }
}

let previous: Promise<void> = Promise.resolve();
const reader = new FrameReader((message) => {
  previous = previous.then(async () => send(await answer(message as HostRequest)));
});
channel.on('data', (chunk: Buffer) => reader.push(chunk));
// The server has closed its end or is gone: there is nobody left to answer.
channel.on('close', () => process.exit(0));
channel.on('error', () => process.exit(0));
