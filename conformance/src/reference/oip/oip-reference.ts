import type { inferenceV2, runtimeV1 } from '@deephealth/proto';
import {
  DeepHealthError,
  type GrpcFailure,
  isDataTypeName,
  type RawTensor,
  tensorFromValues,
  tensorValues,
  toContractTensor,
} from '@deephealth/sdk';
import { isSplit } from '../../oip/oip-answer.js';
import { contentsField } from '../../oip/prepare-infer.js';
import type { ReferenceRuntime } from '../reference-runtime.js';
import type { ServedModel } from '../served-model.js';

export interface OipInput {
  readonly name: string;
  readonly datatype: string;
  readonly shape: readonly string[];
  readonly data: Uint8Array;
}

export interface WantedOutput {
  readonly name: string;
  /** Best classes instead of the tensor. */
  readonly classes?: number;
}

/** An inference request, whatever face it came over. */
export interface OipRequest {
  readonly model: string;
  readonly version: string;
  readonly id: string;
  readonly inputs: readonly OipInput[];
  readonly outputs: readonly WantedOutput[];
}

export interface OipResult {
  readonly id: string;
  readonly model: string;
  readonly version: string;
  readonly outputs: readonly (RawTensor & { readonly name: string })[];
}

/**
 * The Open Inference Protocol in its plainest form, in front of the reference runtime: gRPC and, by
 * {@link ./oip-json.ts}, HTTP. Each behaviour is a method of its own, so that a mutant can change one.
 */
export class OipReference {
  readonly runtime: ReferenceRuntime;

  constructor(runtime: ReferenceRuntime) {
    this.runtime = runtime;
  }

  live(): boolean {
    return true;
  }

  ready(): boolean {
    return true;
  }

  /** Throws DH_MODEL_NOT_FOUND, DH_MODEL_VERSION_NOT_FOUND. */
  modelReady(name: string, version: string): boolean {
    return this.runtime.find(name, version).state === 'MODEL_STATE_READY';
  }

  /** Body of an HTTP answer about health. */
  healthBody(fields: Readonly<Record<string, unknown>>): unknown {
    return fields;
  }

  serverMetadata(): { name: string; version: string; extensions: string[] } {
    return {
      name: 'deephealth-conformance-reference',
      version: '0.1.0',
      extensions: ['binary_tensor_data', 'classification'],
    };
  }

  modelMetadata(name: string, version: string) {
    const served = this.runtime.find(name, version);
    const { model } = served;
    return {
      name: model.name,
      versions: this.versions(served),
      platform: 'float64_oracle',
      inputs: model.graph.inputs.map((tensor) => this.describe(tensor)),
      outputs: model.graph.outputs.map((tensor) => this.describe(tensor)),
    };
  }

  versions({ model }: ServedModel): string[] {
    return [model.version];
  }

  describe({ name, dataType, shape }: ServedModel['model']['graph']['inputs'][number]) {
    return { name, datatype: dataType as string, shape: [...shape] };
  }

  /** Throws what a request is refused for. */
  readMessage(message: inferenceV2.ModelInferRequest__Output): OipRequest {
    const { inputs, rawInputContents: raw } = message;
    const hasTyped = inputs.some(({ contents }) => Object.values(contents ?? {}).some((list) => list.length > 0));
    this.checkContents(hasTyped, raw.length, inputs.length);
    return {
      model: message.modelName,
      version: message.modelVersion,
      id: message.id,
      inputs: inputs.map((input, index) => ({
        name: input.name,
        datatype: input.datatype,
        shape: input.shape,
        data:
          raw.length > 0
            ? this.fromRaw(input.datatype, (raw[index] as Buffer | undefined) ?? Buffer.alloc(0))
            : this.fromTyped(input),
      })),
      outputs: message.outputs.map(({ name, parameters }) => {
        const classes = parameters.classification?.int64Param;
        return { name, ...(classes !== undefined && classes !== null && { classes: Number(classes) }) };
      }),
    };
  }

  checkContents(hasTyped: boolean, rawEntries: number, inputs: number): void {
    if (hasTyped && rawEntries > 0)
      throw malformed('contents field must not be specified when using raw_input_contents');
    if (rawEntries > 0 && rawEntries !== inputs) throw malformed('each input needs one raw entry');
  }

  fromTyped({ name, datatype, shape, contents }: inferenceV2.ModelInferRequest__Output['inputs'][number]): Uint8Array {
    const field = contentsField(datatype);
    const values = field === undefined ? [] : ((contents?.[field] ?? []) as (number | string | boolean | Uint8Array)[]);
    return this.fromElements(name, datatype, shape, values);
  }

  fromElements(
    name: string,
    datatype: string,
    shape: readonly string[],
    values: readonly (number | bigint | string | boolean | Uint8Array)[],
  ): Uint8Array {
    if (!isDataTypeName(datatype)) throw malformed(`"${datatype}" is no datatype`);
    try {
      return tensorFromValues(datatype, shape.map(Number), values).data;
    } catch {
      throw new DeepHealthError('DH_TENSOR_CONTENT_INVALID', 'The elements do not fit the shape and type.', {
        details: { input: name },
      });
    }
  }

  fromRaw(_datatype: string, data: Uint8Array): Uint8Array {
    return data;
  }

  toRaw({ data }: RawTensor): Uint8Array {
    return data;
  }

  async infer(request: OipRequest): Promise<OipResult> {
    const served = this.runtime.find(request.model, request.version);
    const inputs = this.runtime.admitInputs(
      served,
      request.inputs.map((input) => this.named(input)),
    );
    const wanted = this.runtime.wantedOutputs(
      served.manifest,
      request.outputs.map(({ name }) => name),
    );
    const context = { signal: new AbortController().signal, deadlineMs: Number.POSITIVE_INFINITY };
    const outputs = await this.runtime.run(served, inputs, context as Parameters<ReferenceRuntime['run']>[2]);
    return {
      id: request.id,
      model: served.model.name,
      version: served.model.version,
      outputs: wanted.map((name) => {
        const classes = request.outputs.find((output) => output.name === name)?.classes;
        const tensor = outputs[name] as RawTensor;
        return { name, ...(classes === undefined ? tensor : this.classify(tensor, classes)) };
      }),
    };
  }

  named({ name, datatype, shape, data }: OipInput): runtimeV1.NamedInput__Output {
    if (!isDataTypeName(datatype)) throw malformed(`"${datatype}" is no datatype`);
    const count = shape.reduce((product, extent) => product * Number(extent), 1);
    if (datatype === 'BYTES' && !isSplit(data, count)) {
      throw new DeepHealthError('DH_TENSOR_SIZE_MISMATCH', 'The lengths of the elements do not add up.');
    }
    const tensor = { ...toContractTensor({ dataType: datatype, shape: [], data }), shape: [...shape] };
    return { name, tensor, value: 'tensor' } as unknown as runtimeV1.NamedInput__Output;
  }

  /** The best classes of each row, `value:index`. */
  classify(tensor: RawTensor, count: number): RawTensor {
    const columns = tensor.shape.at(-1) ?? 1;
    const values = tensorValues(tensor).map(Number);
    const rows = values.length / columns;
    const texts = Array.from({ length: rows }, (_, row) => {
      const some = values.slice(row * columns, (row + 1) * columns);
      const order = [...some.keys()].sort((a, b) => (some[b] as number) - (some[a] as number));
      return order.slice(0, count).map((index) => `${some[index]}:${index}`);
    }).flat();
    return tensorFromValues('BYTES', [...tensor.shape.slice(0, -1), count], texts);
  }

  toMessage({ id, model, version, outputs }: OipResult): inferenceV2.ModelInferResponse {
    return {
      id,
      modelName: model,
      modelVersion: version,
      outputs: outputs.map(({ name, dataType, shape }) => ({ name, datatype: dataType, shape: [...shape] })),
      rawOutputContents: outputs.map((output) => Buffer.from(this.toRaw(output))),
    };
  }

  failure(thrown: unknown): GrpcFailure {
    return this.runtime.failure(thrown);
  }

  httpFailure(thrown: unknown): { readonly status: number; readonly body: string } {
    const { code, details } = this.runtime.failure(thrown);
    const status = { 3: 400, 5: 404, 9: 400, 12: 501 }[code as number] ?? 500;
    return { status, body: JSON.stringify({ error: details }) };
  }
}

export function malformed(message: string): DeepHealthError {
  return new DeepHealthError('DH_REQUEST_MALFORMED', message);
}
