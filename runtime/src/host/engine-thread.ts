import { Worker } from 'node:worker_threads';
import type { PackagedGraph, RawTensor } from '@deephealth/sdk';
import { besideModel } from './beside-model.js';
import { type EngineReply, type EngineRequest, type EngineRun, type EngineValue, TICKET } from './engine-messages.js';
import { ENGINE } from './engine-types.js';
import type { ModelSession, SessionRun, StagedInputs } from './model-session.js';
import type { HostProbe } from './probe-host.js';
import { fromWireError } from './wire-error.js';

type Body<Request = EngineRequest> = Request extends EngineRequest ? Omit<Request, 'id'> : never;

/** The thread that runs the engine; one in a host, started when it is first needed. */
export class EngineThread {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, { resolve(value: EngineValue): void; reject(error: unknown): void }>();
  #nextId = 1;

  /** @param script the thread's entry; only an entry of the process knows where its like lie */
  constructor(script: URL) {
    this.#worker = new Worker(script);
    this.#worker.on('message', (reply: EngineReply) => {
      const waiting = this.#waiting.get(reply.id);
      this.#waiting.delete(reply.id);
      if ('error' in reply) waiting?.reject(fromWireError(reply.error));
      else waiting?.resolve(reply.value);
    });
    // The host is nothing without its engine; the server sees the exit and starts another host.
    this.#worker.on('error', (error) => {
      process.stderr.write(`${error.message}\n`);
      process.kill(process.pid, 'SIGKILL');
    });
  }

  async probe(): Promise<HostProbe> {
    return (await this.#ask({ type: 'probe' })) as HostProbe;
  }

  /** Loads a graph. Throws DH_MODEL_LOAD_FAILED or DH_MODEL_MEMORY_EXCEEDED. */
  async open(graph: PackagedGraph, intraOpThreads: number): Promise<ModelSession> {
    const session = (await this.#ask({
      type: 'open',
      onnx: graph.onnx,
      externalData: besideModel(graph),
      intraOpThreads,
    })) as number;
    return {
      engine: ENGINE,
      provider: 'cpu',
      concurrency: 1,
      run: (inputs, outputs) => this.#stage(session, inputs, false).run(outputs, { deadlineMs: null }),
      stage: (inputs) => this.#stage(session, inputs, true),
      release: async () => {
        await this.#ask({ type: 'release', session });
      },
    };
  }

  #stage(session: number, inputs: Readonly<Record<string, RawTensor>>, mayTake: boolean): StagedInputs {
    const id = this.#nextId++;
    const { owned, transfer } = ownedInputs(inputs, mayTake);
    this.#post({ type: 'stage', id, inputs: owned }, transfer);
    let ticket: Int32Array<SharedArrayBuffer> | undefined;
    return {
      run: async (outputs, { deadlineMs }): Promise<SessionRun> => {
        const shared = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT);
        ticket = new Int32Array(shared);
        const asked = this.#ask({ type: 'run', session, outputs, deadlineMs, ticket: shared }, id);
        const { tensors, ...timing } = (await asked) as EngineRun;
        return { tensors: new Map(tensors), timing };
      },
      revoke: () => {
        if (ticket === undefined) return false;
        const state = Atomics.compareExchange(ticket, 0, TICKET.waiting, TICKET.revoked);
        if (state !== TICKET.waiting) return false;
        this.#waiting.delete(id);
        return true;
      },
      drop: () => this.#post({ type: 'drop', id }),
    };
  }

  #ask(body: Body, id = this.#nextId++): Promise<EngineValue> {
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#post({ ...body, id } as EngineRequest);
    });
  }

  #post(request: EngineRequest, transfer: ArrayBuffer[] = []): void {
    this.#worker.postMessage(request, transfer);
  }
}

/**
 * Inputs as one aligned buffer each, which the engine's thread then owns: a view would be sent with
 * everything else in its buffer.
 */
function ownedInputs(
  inputs: Readonly<Record<string, RawTensor>>,
  mayTake: boolean,
): { owned: Record<string, RawTensor>; transfer: ArrayBuffer[] } {
  const transfer: ArrayBuffer[] = [];
  const owned: Record<string, RawTensor> = {};
  for (const [name, { dataType, shape, data }] of Object.entries(inputs)) {
    const bytes = mayTake && isAlone(data) ? data : Uint8Array.prototype.slice.call(data);
    transfer.push(bytes.buffer as ArrayBuffer);
    owned[name] = { dataType, shape, data: bytes };
  }
  return { owned, transfer };
}

/** True for bytes that share their buffer with nothing else. */
function isAlone({ buffer, byteLength }: Uint8Array): boolean {
  return buffer instanceof ArrayBuffer && buffer.byteLength === byteLength;
}
