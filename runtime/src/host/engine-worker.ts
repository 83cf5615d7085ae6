// Thread of the model host that runs the engine: a run blocks it for its whole length, and the
// main thread stays free to receive, check and prepare what comes next. It is never terminated
// during a run, which would abort the process: the process ends with it.
import { parentPort } from 'node:worker_threads';
import type { EngineReply, EngineRequest, EngineValue } from './engine-messages.js';
import { describeEngine, OnnxSession } from './onnx-session.js';
import { toWireError } from './wire-error.js';

const port = parentPort;
if (port === null) throw new Error('the engine runs in a worker thread');

const sessions: (OnnxSession | undefined)[] = [];

function sessionOf(index: number): OnnxSession {
  const session = sessions[index];
  if (session === undefined) throw new Error('a run came for a session that is not open');
  return session;
}

async function answer(request: EngineRequest): Promise<EngineValue> {
  switch (request.type) {
    case 'probe':
      return describeEngine();
    case 'open':
      return sessions.push(await OnnxSession.load(request.onnx, request.externalData, request.intraOpThreads)) - 1;
    case 'run':
      return [...(await sessionOf(request.session).run(request.inputs, request.outputs))];
    case 'release':
      await sessionOf(request.session).release();
      sessions[request.session] = undefined;
      return undefined;
  }
}

/** Buffers of results are handed over, not copied: the engine gave them to us alone. */
function transferable(value: EngineValue): ArrayBuffer[] {
  if (!Array.isArray(value)) return [];
  return value.flatMap(([, { data }]) => (data.byteLength === data.buffer.byteLength ? [data.buffer] : []));
}

// One after another, in the order in which they came.
let previous: Promise<void> = Promise.resolve();
port.on('message', (request: EngineRequest) => {
  previous = previous.then(async () => {
    let reply: EngineReply;
    try {
      reply = { id: request.id, value: await answer(request) };
    } catch (thrown) {
      reply = { id: request.id, error: toWireError(thrown) };
    }
    port.postMessage(reply, 'value' in reply ? transferable(reply.value) : []);
  });
});
