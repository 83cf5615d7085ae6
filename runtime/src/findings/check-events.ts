import {
  type EventsOutputSpec,
  isFloatingPoint,
  type Manifest,
  type SignalInputSpec,
  type TensorSpec,
} from '@deephealth/sdk';
import { manifestInvalid } from '../steps/manifest-invalid.js';

/** Checks that events can be made of a tensor: one probability for each row of a signal that is cut up. */
export function checkEvents(manifest: Manifest, spec: EventsOutputSpec, tensor: TensorSpec, pointer: string): void {
  const input = manifest.inputs.find(({ name }) => name === spec.input) as SignalInputSpec;
  const windows = input.steps.find((step) => step.op === 'window_signal');
  if (windows === undefined) {
    throw manifestInvalid(`${pointer}/input`, `names "${spec.input}", whose steps hold no window_signal. Add one.`);
  }
  if (windows.rows === 'windows_and_channels' && spec.consensus === undefined) {
    throw manifestInvalid(pointer, 'says not how the channels of a window agree. Add "consensus".');
  }
  if (windows.rows === 'windows' && spec.consensus !== undefined) {
    throw manifestInvalid(`${pointer}/consensus`, 'has no place where a window is one row. Remove it.');
  }
  const columns = tensor.shape.length === 1 ? 1 : (tensor.shape[1] as number);
  if (!isFloatingPoint(tensor.dataType) || tensor.shape.length > 2 || tensor.shape.length === 0) {
    throw manifestInvalid(
      `${pointer}/from`,
      `names "${tensor.name}", which is ${tensor.dataType} [${tensor.shape.join(', ')}]; events need a row of probabilities for each window.`,
    );
  }
  if (columns !== -1 && (spec.column ?? 0) >= columns) {
    throw manifestInvalid(`${pointer}/column`, `is ${spec.column}, but "${tensor.name}" has ${columns} columns.`);
  }
  if (spec.activation === 'softmax' && columns === 1) {
    throw manifestInvalid(`${pointer}/activation`, 'is softmax over one value, which is always 1. Use sigmoid.');
  }
  if (spec.smoothing !== undefined && spec.smoothing.endShare > spec.smoothing.startShare) {
    throw manifestInvalid(`${pointer}/smoothing/endShare`, 'is above startShare: the state would flutter. Lower it.');
  }
}
