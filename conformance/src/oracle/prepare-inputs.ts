import { modelRuntimeService, type runtimeV1 } from '@deephealth/proto';
import type { InputSpec, RawTensor } from '@deephealth/sdk';
import { preparePicture } from './prepare-picture.js';
import { prepareSignal } from './prepare-signal.js';
import { prepareTable } from './prepare-table.js';
import { prepareVolume } from './prepare-volume.js';
import { rawTensor } from './raw-tensor.js';

/** Where the samples of an input lie, and where the steps have put them. */
export interface Place {
  /** Extents of the input as it was sent, outermost first. */
  readonly size: readonly number[];
  /** For each sample of the input, row-major, its index in the tensor; -1 if the model does not see it. */
  readonly source: readonly number[];
  readonly grid: runtimeV1.Grid;
}

export interface Prepared {
  /** By the names of the graph's inputs. */
  readonly tensors: Readonly<Record<string, RawTensor>>;
  /** Of images and volumes, by the names of the manifest's inputs. */
  readonly places: Readonly<Record<string, Place>>;
}

/** A request as a server receives it: what was not sent is filled in, 64-bit numbers are texts. */
export function asReceived(request: runtimeV1.PredictRequest): runtimeV1.PredictRequest__Output {
  const { Predict } = modelRuntimeService();
  return Predict.requestDeserialize(Predict.requestSerialize(request)) as runtimeV1.PredictRequest__Output;
}

/**
 * The tensors that the manifest's steps make of inputs that are right, written down once more, without a
 * look at the runtime: what is exact there is exact here. Throws RangeError for what the suite's models
 * do not hold.
 */
export function prepareInputs(specs: readonly InputSpec[], sent: readonly runtimeV1.NamedInput__Output[]): Prepared {
  const tensors: Record<string, RawTensor> = {};
  const places: Record<string, Place> = {};
  for (const spec of specs) {
    const input = sent.find(({ name }) => name === spec.name);
    if (input === undefined) throw new RangeError(`the input "${spec.name}" was not sent`);
    const { tensor, place } = prepareInput(spec, input);
    tensors[spec.feeds] = tensor;
    if (place !== undefined) places[spec.name] = place;
  }
  return { tensors, places };
}

function prepareInput(
  spec: InputSpec,
  { tensor, table, signal, image, volume }: runtimeV1.NamedInput__Output,
): { readonly tensor: RawTensor; readonly place?: Place } {
  if (spec.kind === 'tensor' && tensor) return { tensor: rawTensor(tensor) };
  if (spec.kind === 'table' && table) return { tensor: prepareTable(spec, table) };
  if (spec.kind === 'signal' && signal) return { tensor: prepareSignal(spec, signal) };
  if (spec.kind === 'image' && image) return preparePicture(spec, image);
  if (spec.kind === 'volume' && volume) return prepareVolume(spec, volume);
  throw new RangeError(`the input "${spec.name}" is no ${spec.kind} that the oracle knows`);
}
