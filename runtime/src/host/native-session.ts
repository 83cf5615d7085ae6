import {
  type EngineInput,
  type EngineResult,
  type EngineSession,
  openEngineSession,
  type RingOptions,
} from '@deephealth/native';
import {
  DeepHealthError,
  type PackagedGraph,
  type RawTensor,
  readOnnxGraph,
  type TensorSpec,
  toOnnxElementType,
} from '@deephealth/sdk';
import { loadFailure, runFailure } from './engine-failure.js';
import { engineLibrary } from './engine-library.js';
import type { ModelSession, SessionRun, StagedInputs, StagedRunOptions } from './model-session.js';
import { requireDeclared } from './require-declared.js';
import type { RunControl } from './run-control.js';

type Inputs = Readonly<Record<string, RawTensor>>;

/**
 * Loads a graph into the engine of the native addon: the same library with the same options as
 * onnxruntime-node's, and so the same bits, on a thread that no JavaScript runs on, and with runs
 * that can be stopped. Undefined where the addon is not there, or does not carry the graph: texts
 * and external data are onnxruntime-node's.
 *
 * Throws DH_MODEL_LOAD_FAILED or DH_MODEL_MEMORY_EXCEEDED.
 */
export function openNative(graph: PackagedGraph, intraOpThreads: number, isQuick = false): ModelSession | undefined {
  if (graph.externalData.length > 0 || carriesTexts(graph.onnx)) return undefined;
  const library = engineLibrary();
  if (library === undefined) return undefined;
  let session: EngineSession | undefined;
  try {
    session = openEngineSession(library, graph.onnx, intraOpThreads);
  } catch (cause) {
    throw loadFailure(cause);
  }
  return session === undefined ? undefined : new NativeSession(session, isQuick);
}

function carriesTexts(onnx: Uint8Array): boolean {
  const { inputs, outputs } = readOnnxGraph(onnx);
  return [...inputs, ...outputs].some(({ dataType }) => dataType === 'BYTES');
}

class NativeSession implements ModelSession {
  readonly engine: string;
  readonly provider = 'cpu';
  readonly concurrency = 1;
  readonly #session: EngineSession;
  /** For a graph that runs shorter than a message to another thread takes: without one. */
  readonly #isQuick: boolean;
  #nextId = 1;
  readonly stage?: (inputs: Inputs) => StagedInputs;

  constructor(session: EngineSession, isQuick: boolean) {
    this.#session = session;
    this.#isQuick = isQuick;
    this.engine = `onnxruntime/${session.version()}`;
    if (!isQuick) this.stage = (inputs) => this.#stage(inputs);
  }

  async run(inputs: Inputs, outputs: readonly TensorSpec[], control?: RunControl): Promise<SessionRun> {
    if (!this.#isQuick) return this.#queue(this.#nextId++, inputs, outputs, null, control);
    return toRun(this.#session.runNow(toEngineInputs(inputs), names(outputs)), outputs);
  }

  serveRing(options: RingOptions): boolean {
    if (this.#session.serveRing === undefined) return false;
    this.#session.serveRing(options);
    return true;
  }

  leaveRing(slot: number, generation: number): void {
    this.#session.leaveRing?.(slot, generation);
  }

  async release(): Promise<void> {
    this.#session.close();
  }

  #stage(inputs: Inputs): StagedInputs {
    const id = this.#nextId++;
    return {
      run: (outputs: readonly TensorSpec[], { deadlineMs }: StagedRunOptions, control?: RunControl) =>
        this.#queue(id, inputs, outputs, deadlineMs, control),
      revoke: () => this.#session.revoke(id),
      drop: () => undefined,
    };
  }

  async #queue(
    id: number,
    inputs: Inputs,
    outputs: readonly TensorSpec[],
    deadlineMs: number | null,
    control: RunControl | undefined,
  ): Promise<SessionRun> {
    const deadline = deadlineMs ?? Number.POSITIVE_INFINITY;
    const result = await new Promise<EngineResult>((resolve) => {
      this.#session.run(id, toEngineInputs(inputs), names(outputs), deadline, resolve);
      if (control !== undefined) control.onStop = () => this.#session.terminate(id);
    });
    return toRun(result, outputs);
  }
}

function names(outputs: readonly TensorSpec[]): string[] {
  return outputs.map(({ name }) => name);
}

function toEngineInputs(inputs: Inputs): EngineInput[] {
  const list: EngineInput[] = [];
  for (const name in inputs) {
    const { dataType, shape, data } = inputs[name] as RawTensor;
    list.push([name, toOnnxElementType(dataType), shape, data]);
  }
  return list;
}

function toRun(result: EngineResult, outputs: readonly TensorSpec[]): SessionRun {
  const [startedAtUs, inferenceUs, given] = result;
  if (typeof given === 'string') throw failure(given, result[3]);
  const tensors = new Map<string, RawTensor>();
  for (let index = 0; index < outputs.length; index++) {
    const spec = outputs[index] as TensorSpec;
    const [elementType, shape, data] = given[index] as (typeof given)[number];
    requireDeclared(spec, elementType === toOnnxElementType(spec.dataType), shape);
    tensors.set(spec.name, { dataType: spec.dataType, shape, data });
  }
  return { tensors, timing: { startedAtUs, inferenceUs } };
}

function failure(what: 'terminated' | 'expired' | 'failed', message: string | undefined): DeepHealthError {
  switch (what) {
    case 'terminated':
      return new DeepHealthError('DH_CANCELLED', 'The caller cancelled the call.');
    case 'expired':
      return new DeepHealthError('DH_DEADLINE_EXCEEDED', 'The deadline passed before the result was there.');
    case 'failed':
      return runFailure(message);
  }
}
