import { Worker } from 'node:worker_threads';
import type { PackagedGraph, RawTensor, TensorSpec } from '@deephealth/sdk';
import type { EngineReply, EngineRequest, EngineValue } from './engine-messages.js';
import { ENGINE } from './engine-types.js';
import type { ModelSession, SessionRun } from './model-session.js';
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
    const ask = (body: Body, transfer?: ArrayBuffer[]) => this.#ask(body, transfer);
    return {
      engine: ENGINE,
      provider: 'cpu',
      concurrency: 1,
      async run(inputs: Readonly<Record<string, RawTensor>>, outputs: readonly TensorSpec[]): Promise<SessionRun> {
        const { owned, transfer } = ownedInputs(inputs);
        const tensors = (await ask({ type: 'run', session, inputs: owned, outputs }, transfer)) as [
          string,
          RawTensor,
        ][];
        return { tensors: new Map(tensors) };
      },
      async release() {
        await ask({ type: 'release', session });
      },
    };
  }

  #ask(body: Body, transfer: ArrayBuffer[] = []): Promise<EngineValue> {
    return new Promise((resolve, reject) => {
      const id = this.#nextId++;
      this.#waiting.set(id, { resolve, reject });
      this.#worker.postMessage({ ...body, id } as EngineRequest, transfer);
    });
  }
}

/**
 * Inputs as one aligned buffer each, which the engine's thread then owns: a view would be sent with
 * everything else in its buffer.
 */
function ownedInputs(inputs: Readonly<Record<string, RawTensor>>): {
  owned: Record<string, RawTensor>;
  transfer: ArrayBuffer[];
} {
  const transfer: ArrayBuffer[] = [];
  const owned: Record<string, RawTensor> = {};
  for (const [name, { dataType, shape, data }] of Object.entries(inputs)) {
    const copy = Uint8Array.prototype.slice.call(data);
    transfer.push(copy.buffer as ArrayBuffer);
    owned[name] = { dataType, shape, data: copy };
  }
  return { owned, transfer };
}

/** External data by the names that the graph uses: relative to the folder of the model file. */
function besideModel({ file: onnxFile, externalData }: PackagedGraph): { file: string; data: Uint8Array }[] {
  const folder = onnxFile.slice(0, onnxFile.lastIndexOf('/') + 1);
  return externalData.map(({ file, data }) => ({
    file: file.startsWith(folder) ? file.slice(folder.length) : file,
    data: Uint8Array.prototype.slice.call(data),
  }));
}
