import type { runtimeV1 } from '@deephealth/proto';
import {
  checkBooleans,
  checkByteLength,
  checkFinite,
  DeepHealthError,
  decodeBytesElements,
  elementCount,
  fromContractDataType,
  type ImageInputSpec,
  type InputSpec,
  type Manifest,
  parseShape,
  type RawTensor,
  type SignalInputSpec,
  type TableInputSpec,
  type VolumeInputSpec,
} from '@deephealth/sdk';
import { type Prepared, prepareInputs } from '../oracle/prepare-inputs.js';
import { admitImage, admitVolume } from './admit-image.js';
import { admitSignal } from './admit-signal.js';
import { admitTable } from './admit-table.js';
import { MAX_IN_FLIGHT, MAX_TENSOR_ELEMENTS } from './reference-limits.js';
import { ReferenceStore } from './reference-store.js';
import type { ServedModel } from './served-model.js';

const REQUEST_ID = /^[\x20-\x7e]{0,128}$/;
const ITEM_ID = /^[\x20-\x7e]{1,128}$/;

/** What the reference takes, and how it refuses the rest. */
export class ReferenceAdmission extends ReferenceStore {
  /** The model that a request is for, once it is known that it may be run. */
  admit(request: runtimeV1.PredictRequest__Output): ServedModel {
    if (!REQUEST_ID.test(request.requestId)) {
      throw new DeepHealthError('DH_REQUEST_ID_INVALID', 'The request id is too long or holds other characters.');
    }
    const served = this.find(request.modelName, request.modelVersion);
    if (served.state === 'MODEL_STATE_QUARANTINED') {
      throw new DeepHealthError('DH_MODEL_QUARANTINED', 'The version was refused at verification.');
    }
    if (served.state !== 'MODEL_STATE_READY')
      throw new DeepHealthError('DH_MODEL_UNLOADED', 'The version was unloaded.');
    const expected = request.expectedPackageSha256;
    if (expected !== '' && expected !== served.packageSha256) {
      throw new DeepHealthError('DH_PACKAGE_DIGEST_MISMATCH', 'The package is another one than the request expects.');
    }
    const isStateful = served.model.state !== undefined;
    if (request.sequenceContext !== null && !isStateful) {
      throw new DeepHealthError('DH_FEATURE_UNSUPPORTED', 'The model keeps no state between requests.');
    }
    if (request.sequenceContext === null && isStateful) {
      throw new DeepHealthError('DH_SEQUENCE_ID_MISSING', 'The item names no sequence.');
    }
    if (request.highlights.length > 0) {
      throw new DeepHealthError('DH_FEATURE_UNSUPPORTED', 'The model declares no explanation for this output.');
    }
    return served;
  }

  admitInputs(served: ServedModel, inputs: runtimeV1.NamedInput__Output[]): Record<string, RawTensor> {
    const admitted = new Set<string>();
    const tensors: Record<string, RawTensor> = {};
    for (const input of inputs) {
      const details = { input: input.name };
      const spec = served.manifest.inputs.find(({ name }) => name === input.name);
      if (spec === undefined) {
        throw new DeepHealthError('DH_INPUT_UNKNOWN', 'The model declares no input of this name.', { details });
      }
      if (admitted.has(input.name)) {
        throw new DeepHealthError('DH_INPUT_DUPLICATE', 'The same input was sent twice.', { details });
      }
      const tensor = this.admitValue(served, spec, input);
      if (tensor !== undefined) tensors[spec.feeds] = tensor;
      admitted.add(input.name);
    }
    for (const { name } of served.manifest.inputs) {
      if (!admitted.has(name)) {
        throw new DeepHealthError('DH_INPUT_MISSING', 'An input was not sent.', { details: { input: name } });
      }
    }
    const isPrepared = served.manifest.inputs.every(({ kind }) => kind === 'tensor');
    return isPrepared ? tensors : { ...this.prepare(served, inputs).tensors, ...tensors };
  }

  /** What the steps of the manifest make of inputs that were admitted. */
  prepare({ manifest }: ServedModel, inputs: readonly runtimeV1.NamedInput__Output[]): Prepared {
    return prepareInputs(manifest.inputs, inputs);
  }

  /** Gives the tensor of an input that is one already. */
  admitValue(served: ServedModel, spec: InputSpec, input: runtimeV1.NamedInput__Output): RawTensor | undefined {
    const { name, kind, feeds } = spec;
    if (input.value === 'reference') this.admitReference(spec);
    if (input.value !== kind) {
      throw new DeepHealthError('DH_INPUT_KIND_MISMATCH', 'The input is of another kind.', {
        details: { input: name, expected: kind, received: input.value ?? 'nothing' },
      });
    }
    const declared = served.model.graph.inputs.find((tensor) => tensor.name === feeds);
    if (kind === 'tensor' && declared && input.tensor) return this.admitTensor({ ...declared, name }, input.tensor);
    if (kind === 'table' && input.table) this.admitTable(spec, input.table);
    if (kind === 'signal' && input.signal) this.admitSignal(spec, input.signal);
    if (kind === 'image' && input.image) this.admitImage(spec, input.image);
    if (kind === 'volume' && input.volume) this.admitVolume(spec, input.volume);
    return undefined;
  }

  /** No resolver is allowed, so nothing is fetched. */
  admitReference({ name }: InputSpec): void {
    throw new DeepHealthError('DH_REFERENCE_NOT_ALLOWED', 'The input is a reference. Send the data itself.', {
      details: { input: name },
    });
  }

  admitTable(spec: TableInputSpec, table: runtimeV1.Table__Output): void {
    admitTable(spec, table);
  }

  admitSignal(spec: SignalInputSpec, signal: runtimeV1.Signal__Output): void {
    admitSignal(spec, signal, MAX_TENSOR_ELEMENTS);
  }

  admitImage(spec: ImageInputSpec, image: runtimeV1.Image__Output): void {
    admitImage(spec, image);
  }

  admitVolume(spec: VolumeInputSpec, volume: runtimeV1.Volume__Output): void {
    admitVolume(spec, volume, MAX_TENSOR_ELEMENTS);
  }

  admitTensor(declared: ServedModel['model']['graph']['inputs'][number], tensor: runtimeV1.Tensor__Output): RawTensor {
    const { name } = declared;
    const dataType = fromContractDataType(tensor.dataType);
    if (dataType !== declared.dataType) {
      throw new DeepHealthError('DH_TENSOR_DATATYPE_MISMATCH', 'The tensor is of another type.', {
        details: { input: name, expected: declared.dataType, received: dataType ?? 'none' },
      });
    }
    const shape = parseShape(name, tensor.shape, MAX_TENSOR_ELEMENTS);
    const fits =
      shape.length === declared.shape.length &&
      shape.every((extent, axis) => declared.shape[axis] === -1 || declared.shape[axis] === extent);
    if (!fits) {
      throw new DeepHealthError('DH_TENSOR_SHAPE_MISMATCH', 'The tensor has another shape.', {
        details: { input: name, expected: `[${declared.shape}]`, received: `[${shape}]` },
      });
    }
    checkByteLength(name, dataType, shape, tensor.data.byteLength);
    if (dataType === 'BYTES') decodeBytesElements(name, tensor.data, elementCount(shape));
    if (dataType === 'BOOL') checkBooleans(name, tensor.data);
    if (declared.nonFinite !== 'allow') checkFinite(name, dataType, tensor.data);
    return { dataType, shape, data: tensor.data };
  }

  /** Throws for an item that the stream may not take now. */
  admitItem(itemId: string, unanswered: ReadonlySet<string>): void {
    if (!ITEM_ID.test(itemId)) throw new DeepHealthError('DH_ITEM_ID_INVALID', 'The item id is empty or too long.');
    if (unanswered.has(itemId)) throw new DeepHealthError('DH_ITEM_ID_DUPLICATE', 'An unanswered item has this id.');
    if (unanswered.size >= MAX_IN_FLIGHT) throw new DeepHealthError('DH_STREAM_LIMIT_EXCEEDED', 'Too many items.');
  }

  wantedOutputs(manifest: Manifest, wanted: readonly string[]): string[] {
    for (const name of wanted) {
      if (!manifest.outputs.some((output) => output.name === name)) {
        throw new DeepHealthError('DH_OUTPUT_UNKNOWN', 'The model declares no output of this name.', {
          details: { output: name },
        });
      }
    }
    return manifest.outputs.map(({ name }) => name).filter((name) => wanted.length === 0 || wanted.includes(name));
  }
}
