import {
  type InputSpec,
  isFloatingPoint,
  type Manifest,
  type MapOutputSpec,
  type MaskOutputSpec,
  maskValue,
  type TensorSpec,
} from '@deephealth/sdk';
import { manifestInvalid } from '../steps/manifest-invalid.js';
import { channelsOf, gridAxes, gridLayout } from './grid-channels.js';

const MOST_MULTILABEL = 16;

/** Checks that a mask or map can be made of its tensor and brought back to the grid of its input. */
export function checkGridOutput(
  manifest: Manifest,
  spec: MaskOutputSpec | MapOutputSpec,
  tensor: TensorSpec,
  pointer: string,
): void {
  const input = manifest.inputs.find(({ name }) => name === spec.input) as InputSpec;
  const layout = gridLayout(input);
  const channels = channelsOf(layout, tensor.shape, Array(gridAxes(input)).fill(-1));
  if (channels === undefined) {
    throw manifestInvalid(
      `${pointer}/from`,
      `names "${tensor.name}" with the shape [${tensor.shape.join(', ')}], which does not lie on the grid of "${spec.input}" (${layout}).`,
    );
  }
  if (spec.kind === 'mask') checkMask(spec, tensor, channels, pointer);
  else if (channels !== -1 && (spec.channel ?? 0) >= channels) {
    throw manifestInvalid(
      `${pointer}/channel`,
      `is ${spec.channel ?? 0}, but "${tensor.name}" has ${channels} channels.`,
    );
  }
}

function checkMask(spec: MaskOutputSpec, tensor: TensorSpec, channels: number, pointer: string): void {
  const wanted = spec.mode === 'labels' ? 1 : spec.classes.length;
  if (spec.mode === 'binary' && spec.classes.length !== 1) {
    throw manifestInvalid(
      `${pointer}/classes`,
      'lists other than one class, but binary decides for one. Use multiclass.',
    );
  }
  if (channels !== -1 && channels !== wanted) {
    throw manifestInvalid(
      `${pointer}/classes`,
      `needs ${wanted} channels, but "${tensor.name}" has ${channels}. List one class per channel.`,
    );
  }
  if (spec.mode !== 'labels' && !isFloatingPoint(tensor.dataType)) {
    throw manifestInvalid(
      `${pointer}/mode`,
      `is ${spec.mode}, but "${tensor.name}" is ${tensor.dataType}. Use labels.`,
    );
  }
  if (spec.mode === 'multilabel' && spec.classes.length > MOST_MULTILABEL) {
    throw manifestInvalid(`${pointer}/classes`, `has more than the ${MOST_MULTILABEL} classes that fit one mask.`);
  }
  const values = spec.classes.map((_, index) => maskValue(spec, index));
  spec.classes.forEach((declared, index) => {
    const field = `${pointer}/classes/${index}`;
    if (spec.mode === 'multilabel' && declared.value !== undefined) {
      throw manifestInvalid(
        `${field}/value`,
        'cannot be chosen for multilabel: it is the bit of the place. Remove it.',
      );
    }
    if (values.indexOf(values[index] as number) < index) {
      throw manifestInvalid(`${field}/value`, `is ${values[index]}, as of another class. Give each its own.`);
    }
    if (spec.mode === 'binary' && values[index] === 0)
      throw manifestInvalid(`${field}/value`, 'is 0, which is background.');
    if (declared.threshold !== undefined && (spec.mode === 'multiclass' || spec.mode === 'labels')) {
      throw manifestInvalid(`${field}/threshold`, `has no place in ${spec.mode}, where nothing is compared with it.`);
    }
  });
}
