import {
  type DataTypeName,
  DeepHealthError,
  decodeBytesElements,
  elementCount,
  encodeBytesElements,
  type RawTensor,
  type TensorSpec,
  toBytes,
  toTypedArray,
} from '@deephealth/sdk';
import type { InferenceSession, Tensor } from 'onnxruntime-node';
import * as ort from 'onnxruntime-node';
import { loadFailure, runFailure } from './engine-failure.js';
import { ELEMENT_TYPES, ENGINE } from './engine-types.js';
import type { HostProbe } from './probe-host.js';
import { requireDeclared } from './require-declared.js';

if (process.env.ORT_DISABLE_TELEMETRY !== '1') {
  throw new Error('ONNX Runtime was about to load with its telemetry on');
}

/** What this process would run models with. */
export function describeEngine(): HostProbe {
  return {
    engine: ENGINE,
    providers: ort
      .listSupportedBackends()
      .filter((backend) => backend.bundled)
      .map((backend) => backend.name),
    isTelemetryOff: process.env.ORT_DISABLE_TELEMETRY === '1',
  };
}

/** A graph loaded on the CPU provider, run one call at a time. */
export class OnnxSession {
  readonly #session: InferenceSession;

  private constructor(session: InferenceSession) {
    this.#session = session;
  }

  /** Throws DH_MODEL_LOAD_FAILED or DH_MODEL_MEMORY_EXCEEDED. */
  static async load(
    onnx: Uint8Array,
    externalData: readonly { readonly file: string; readonly data: Uint8Array }[],
    intraOpThreads: number,
  ): Promise<OnnxSession> {
    try {
      const session = await ort.InferenceSession.create(onnx, {
        executionProviders: ['cpu'],
        graphOptimizationLevel: 'all',
        executionMode: 'sequential',
        intraOpNumThreads: intraOpThreads,
        interOpNumThreads: 1,
        // Engine messages hold node names and paths; ours say what a caller may know.
        logSeverityLevel: 4,
        extra: { session: { intra_op: { allow_spinning: '0' }, inter_op: { allow_spinning: '0' } } },
        ...(externalData.length > 0
          ? { externalData: externalData.map(({ file, data }) => ({ path: file, data })) }
          : {}),
      });
      return new OnnxSession(session);
    } catch (cause) {
      throw loadFailure(cause);
    }
  }

  /**
   * Runs the graph. Input bytes are only read; output bytes are owned by the caller.
   * Throws DH_MODEL_RUN_FAILED, DH_MODEL_MEMORY_EXCEEDED or DH_MODEL_OUTPUT_INVALID.
   */
  async run(
    inputs: Readonly<Record<string, RawTensor>>,
    outputs: readonly TensorSpec[],
  ): Promise<Map<string, RawTensor>> {
    const feeds = Object.fromEntries(
      Object.entries(inputs).map(([name, tensor]) => [name, toEngineTensor(name, tensor)]),
    );
    let results: InferenceSession.OnnxValueMapType;
    try {
      results = await this.#session.run(
        feeds,
        outputs.map((o) => o.name),
      );
    } catch (cause) {
      throw runFailure(cause);
    }
    return new Map(
      outputs.map((spec) => [spec.name, fromEngineTensor(spec, results[spec.name] as Tensor | undefined)]),
    );
  }

  async release(): Promise<void> {
    await this.#session.release();
  }
}

function toEngineTensor(name: string, tensor: RawTensor): Tensor {
  const type = ELEMENT_TYPES[tensor.dataType];
  if (type === undefined)
    throw new DeepHealthError('DH_GRAPH_UNSUPPORTED', `Input "${name}": the engine cannot carry ${tensor.dataType}.`);
  if (tensor.dataType === 'BYTES') {
    const decoder = new TextDecoder('utf-8', { fatal: true });
    try {
      const elements = decodeBytesElements(name, tensor.data, elementCount(tensor.shape)).map((bytes) =>
        decoder.decode(bytes),
      );
      // The engine's binding hands texts over as C strings, and would cut them there without a word.
      if (elements.some((text) => text.includes('\0'))) {
        throw new DeepHealthError(
          'DH_TENSOR_CONTENT_INVALID',
          `Input "${name}": an element holds a zero byte, which the inference engine cannot carry.`,
          { details: { input: name } },
        );
      }
      return new ort.Tensor('string', elements, [...tensor.shape]);
    } catch (cause) {
      if (cause instanceof DeepHealthError) throw cause;
      throw new DeepHealthError('DH_TENSOR_CONTENT_INVALID', `Input "${name}": an element is not text in UTF-8.`, {
        details: { input: name },
        cause,
      });
    }
  }
  // Aligned views are handed on without a copy; the engine only reads them.
  const data = toTypedArray(tensor.dataType as Exclude<DataTypeName, 'BYTES'>, tensor.data, { mayBorrow: true });
  return new ort.Tensor(type as 'float32', data as Float32Array, [...tensor.shape]);
}

function fromEngineTensor(spec: TensorSpec, tensor: Tensor | undefined): RawTensor {
  const shape = [...(tensor?.dims ?? [])];
  requireDeclared(spec, tensor?.type === ELEMENT_TYPES[spec.dataType], shape);
  if (tensor === undefined) throw new Error('a tensor that is not there has no type');
  const data =
    spec.dataType === 'BYTES'
      ? encodeBytesElements((tensor.data as string[]).map((text) => new TextEncoder().encode(text)))
      : toBytes(tensor.data as Float32Array);
  return { dataType: spec.dataType, shape, data };
}
