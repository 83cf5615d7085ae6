// Thread of the model host that runs the engine: a run blocks it for its whole length, and the
// main thread stays free to receive, check and prepare what comes next. It is never terminated
// during a run, which would abort the process: the process ends with it.
import { parentPort } from 'node:worker_threads';
import { DeepHealthError, type RawTensor } from '@deephealth/sdk';
import { type EngineReply, type EngineRequest, type EngineRun, type EngineValue, TICKET } from './engine-messages.js';
import { monotonicUs } from './monotonic-clock.js';
import { describeEngine, OnnxSession } from './onnx-session.js';
import { toWireError } from './wire-error.js';

type RunRequest = Extract<EngineRequest, { readonly type: 'run' }>;
type Answered = Exclude<EngineRequest, { readonly type: 'stage' | 'drop' }>;

const port = parentPort;
if (port === null) throw new Error('the engine runs in a worker thread');

const sessions: (OnnxSession | undefined)[] = [];
const staged = new Map<number, Readonly<Record<string, RawTensor>>>();

function sessionOf(index: number): OnnxSession {
  const session = sessions[index];
  if (session === undefined) throw new Error('a run came for a session that is not open');
  return session;
}

function takeStaged(id: number): Readonly<Record<string, RawTensor>> {
  const inputs = staged.get(id);
  if (inputs === undefined) throw new Error('a run came without its inputs');
  staged.delete(id);
  return inputs;
}

async function answer(request: Answered): Promise<EngineValue> {
  switch (request.type) {
    case 'probe':
      return describeEngine();
    case 'open':
      return sessions.push(await OnnxSession.load(request.onnx, request.externalData, request.intraOpThreads)) - 1;
    case 'run':
      return run(request);
    case 'release':
      await sessionOf(request.session).release();
      sessions[request.session] = undefined;
      return undefined;
  }
}

async function run({ id, session, outputs, deadlineMs }: RunRequest): Promise<EngineRun> {
  const inputs = takeStaged(id);
  if (deadlineMs !== null && deadlineMs <= monotonicUs() / 1000) {
    throw new DeepHealthError('DH_DEADLINE_EXCEEDED', 'The deadline passed before the result was there.');
  }
  const startedAtUs = monotonicUs();
  const tensors = [...(await sessionOf(session).run(inputs, outputs))];
  return { tensors, startedAtUs, inferenceUs: monotonicUs() - startedAtUs };
}

/** True if the run may begin: nobody has taken it back. */
function begins({ ticket }: RunRequest): boolean {
  return Atomics.compareExchange(new Int32Array(ticket), 0, TICKET.waiting, TICKET.begun) === TICKET.waiting;
}

/** Buffers of results are handed over, not copied: the engine gave them to us alone. */
function transferable(value: EngineValue): ArrayBuffer[] {
  if (typeof value !== 'object' || !('tensors' in value)) return [];
  return value.tensors.flatMap(([, { data }]) =>
    data.byteLength === data.buffer.byteLength ? [data.buffer as ArrayBuffer] : [],
  );
}

// One after another, in the order in which they came.
let previous: Promise<void> = Promise.resolve();
port.on('message', (request: EngineRequest) => {
  if (request.type === 'stage') return void staged.set(request.id, request.inputs);
  if (request.type === 'drop') return void staged.delete(request.id);
  previous = previous.then(async () => {
    if (request.type === 'run' && !begins(request)) return;
    let reply: EngineReply;
    try {
      reply = { id: request.id, value: await answer(request) };
    } catch (thrown) {
      reply = { id: request.id, error: toWireError(thrown) };
    }
    port.postMessage(reply, 'value' in reply ? transferable(reply.value) : []);
  });
});
