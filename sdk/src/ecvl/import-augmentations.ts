import { quoteName } from '../onnx/quote-name.js';
import type { ImageStep } from '../package/manifest.js';
import { AugmentationParameters } from './augmentation-parameters.js';
import { toEcvlInterpolation } from './interpolation.js';
import { type AugmentationNode, augmentationInvalid, parseAugmentations } from './parse-augmentations.js';
import { randomAugmentationProblem } from './random-augmentations.js';

/** Something about an augmentation that a person should know; the steps are what ECVL computes all the same. */
export interface AugmentationNote {
  /** From 1. */
  readonly line: number;
  readonly message: string;
}

export interface ImportedAugmentations {
  /** Between `decode_image` and `image_to_tensor`, in the order of the text. */
  readonly steps: readonly ImageStep[];
  /** Type of the image after the last step; ECVL reads UINT8. */
  readonly dataType: 'UINT8' | 'FP32';
  readonly notes: readonly AugmentationNote[];
}

/**
 * The ECVL Augmentation Language as typed steps, with the semantics of ECVL 1.0.3: order, (w,h), types and
 * their truncation. Whatever ECVL computes is expressed exactly, with a note where it is hardly meant; what
 * it crashes on, and what is random and has no place in inference, is refused.
 *
 * @throws DeepHealthError DH_ECVL_FILE_INVALID with the line
 */
export function importAugmentations(text: string): ImportedAugmentations {
  const importer = new Importer();
  importer.add(parseAugmentations(text));
  return { steps: importer.steps, dataType: importer.dataType, notes: importer.notes };
}

class Importer {
  readonly steps: ImageStep[] = [];
  readonly notes: AugmentationNote[] = [];
  dataType: 'UINT8' | 'FP32' = 'UINT8';

  add(node: AugmentationNode): void {
    const parameters = new AugmentationParameters(node);
    const add = IMPORTERS.get(node.name);
    if (add === undefined) throw augmentationInvalid(node.line, randomAugmentationProblem(node));
    add(this, node, parameters);
    for (const name of parameters.unknown()) {
      this.note(node, `${node.name} has no parameter ${quoteName(name)}; ECVL ignores it. Check the spelling.`);
    }
  }

  note({ line }: AugmentationNode, message: string): void {
    this.notes.push({ line, message });
  }
}

type AddSteps = (to: Importer, node: AugmentationNode, parameters: AugmentationParameters) => void;

const IMPORTERS: ReadonlyMap<string, AddSteps> = new Map<string, AddSteps>([
  ['SequentialAugmentationContainer', addAll],
  ['OneOfAugmentationContainer', addOneOf],
  ['AugResizeDim', addResizeDim],
  ['AugResizeScale', addResizeScale],
  ['AugCenterCrop', addCenterCrop],
  ['AugToFloat32', addToFloat32],
  ['AugDivBy255', addDivBy255],
  ['AugNormalize', addNormalize],
  ['AugScaleTo', addScaleTo],
  ['AugScaleFromTo', addScaleFromTo],
  ['AugFlip', (to, node, parameters) => addByChance(to, node, parameters, { op: 'flip_image', direction: 'vertical' })],
  [
    'AugMirror',
    (to, node, parameters) => addByChance(to, node, parameters, { op: 'flip_image', direction: 'horizontal' }),
  ],
  ['AugTranspose', (to, node, parameters) => addByChance(to, node, parameters, { op: 'transpose_image' })],
  ['AugRotate', addRotate],
]);

function addAll(to: Importer, { children = [] }: AugmentationNode): void {
  for (const child of children) to.add(child);
}

function addOneOf(to: Importer, node: AugmentationNode, parameters: AugmentationParameters): void {
  const p = parameters.number('p', 'OneOfAugmentationContainer needs p.');
  const { children = [] } = node;
  if (p === 0) {
    to.note(node, 'OneOfAugmentationContainer with p=0 does nothing and was left out.');
    return;
  }
  if (p < 1 || children.length !== 1) {
    throw augmentationInvalid(
      node.line,
      'OneOfAugmentationContainer chooses by chance, which inference must not. Keep what the test set was given.',
    );
  }
  addAll(to, node);
}

function addResizeDim(to: Importer, node: AugmentationNode, parameters: AugmentationParameters): void {
  const dims = parameters.numbers('dims', 'vector', 'AugResizeDim needs dims=(width,height).') ?? [];
  const interpolation = toEcvlInterpolation(node, parameters.text('interp'));
  parameters.text('gt_interp');
  if (dims.length !== 2 || !dims.every(isSide)) {
    throw augmentationInvalid(
      node.line,
      'AugResizeDim: dims must be (width,height), whole numbers from 1 to 16384. Volumes are not expressed.',
    );
  }
  const [width = 0, height = 0] = dims;
  to.steps.push({ op: 'resize_image', width, height, interpolation });
}

function addResizeScale(to: Importer, node: AugmentationNode, parameters: AugmentationParameters): void {
  const scale = parameters.numbers('scale', 'vector', 'AugResizeScale needs scale=(x,y).') ?? [];
  const interpolation = toEcvlInterpolation(node, parameters.text('interp'));
  parameters.text('gt_interp');
  const [scaleX = 0, scaleY = 0] = scale;
  if (scale.length !== 2 || !(scaleX > 0 && scaleY > 0 && scaleX <= 64 && scaleY <= 64)) {
    throw augmentationInvalid(node.line, 'AugResizeScale: scale must be (x,y), above 0 and at most 64.');
  }
  to.steps.push({ op: 'resize_image_by', scaleX, scaleY, interpolation });
}

function addCenterCrop(to: Importer, node: AugmentationNode, parameters: AugmentationParameters): void {
  const size = parameters.numbers('size', 'vector');
  if (size === undefined) {
    to.steps.push({ op: 'crop_image' });
    return;
  }
  const [width = 0, height = 0] = size;
  if (size.length !== 2 || !size.every(isSide)) {
    throw augmentationInvalid(node.line, 'AugCenterCrop: size must be (width,height), whole numbers from 1 to 16384.');
  }
  to.steps.push({ op: 'crop_image', width, height });
}

function addToFloat32(to: Importer, node: AugmentationNode, parameters: AugmentationParameters): void {
  const divisor = parameters.number(
    'divisor',
    'AugToFloat32 without divisor crashes ECVL, whatever its documentation says. Write divisor=1 to convert only, divisor=255 for 0 to 1.',
  );
  const divisorOfMasks = parameters.number('divisor_gt');
  if (divisor === 0) throw augmentationInvalid(node.line, 'AugToFloat32: divisor is 0.');
  if (divisorOfMasks === undefined && divisor !== 1) {
    to.note(node, `AugToFloat32 without divisor_gt: ECVL divided the masks of the training by ${divisor} too.`);
  }
  if (to.dataType === 'UINT8') to.steps.push({ op: 'cast_image', dataType: 'FP32' });
  to.dataType = 'FP32';
  if (divisor !== 1) to.steps.push({ op: 'divide_image', divisor });
}

function addDivBy255(to: Importer, node: AugmentationNode): void {
  if (to.dataType === 'UINT8') {
    to.note(
      node,
      'AugDivBy255 on 8-bit pixels gives 0 everywhere but for 255, which gives 1: the model was trained on almost black images, or this is not how it was trained. AugToFloat32 divisor=255 is what is usually meant.',
    );
  }
  to.steps.push({ op: 'divide_image', divisor: 255 });
}

function addNormalize(to: Importer, node: AugmentationNode, parameters: AugmentationParameters): void {
  const mean = parameters.numberOrVector('mean');
  const std = parameters.numberOrVector('std');
  if (mean.isVector !== std.isVector || mean.numbers.length !== std.numbers.length) {
    throw augmentationInvalid(node.line, 'AugNormalize: mean and std must both be numbers, or vectors of one length.');
  }
  if (mean.numbers.length > 3 || std.numbers.some((value) => value === 0)) {
    throw augmentationInvalid(node.line, 'AugNormalize: up to 3 channels, and no std of 0.');
  }
  if (to.dataType === 'UINT8') to.note(node, `AugNormalize on 8-bit pixels ${TRUNCATES}`);
  to.steps.push({ op: 'normalize_image', mean: mean.numbers, std: std.numbers });
}

const TRUNCATES =
  'keeps whole numbers from 0 to 255 only: what is below 0 became 0, and fractions were cut off. Put AugToFloat32 before it if that is not how the model was trained.';

function addScaleTo(to: Importer, node: AugmentationNode, parameters: AugmentationParameters): void {
  const range = [
    parameters.number('new_min', 'AugScaleTo needs new_min.'),
    parameters.number('new_max', 'AugScaleTo needs new_max.'),
  ] as const;
  if (to.dataType === 'UINT8') to.note(node, `AugScaleTo on 8-bit pixels ${TRUNCATES}`);
  to.steps.push({ op: 'scale_image', to: range });
}

function addScaleFromTo(to: Importer, node: AugmentationNode, parameters: AugmentationParameters): void {
  const need = (name: string) => parameters.number(name, `AugScaleFromTo needs ${name}.`);
  const from = [need('old_min'), need('old_max')] as const;
  const range = [need('new_min'), need('new_max')] as const;
  if (!(from[0] < from[1])) throw augmentationInvalid(node.line, 'AugScaleFromTo: old_min must be below old_max.');
  if (to.dataType === 'UINT8') to.note(node, `AugScaleFromTo on 8-bit pixels ${TRUNCATES}`);
  to.steps.push({ op: 'scale_image', from, to: range });
}

/** Flips by a chance that is none: never or always. ECVL draws from [0, 1) and compares with at most p. */
function addByChance(to: Importer, node: AugmentationNode, parameters: AugmentationParameters, step: ImageStep): void {
  const p = parameters.number('p') ?? 0.5;
  if (p >= 1) to.steps.push(step);
  else if (p <= 0) to.note(node, `${node.name} with p=${p} does nothing and was left out.`);
  else
    throw augmentationInvalid(
      node.line,
      `${node.name} acts by chance (p=${p}), which inference must not. Take it out.`,
    );
}

function addRotate(to: Importer, node: AugmentationNode, parameters: AugmentationParameters): void {
  const angle = parameters.numbers('angle', 'range', 'AugRotate needs angle=[a,b].') ?? [];
  parameters.numbers('center', 'vector');
  const scale = parameters.number('scale') ?? 1;
  toEcvlInterpolation(node, parameters.text('interp'));
  parameters.text('gt_interp');
  if (angle[0] === 0 && angle[1] === 0 && scale === 1) {
    to.note(node, 'AugRotate by 0 degrees does nothing and was left out.');
    return;
  }
  throw augmentationInvalid(
    node.line,
    angle[0] === angle[1]
      ? 'AugRotate has no typed step. Rotate the images before they are sent.'
      : 'AugRotate by a random angle is for training. Take it out.',
  );
}

function isSide(value: number): boolean {
  return Number.isInteger(value) && value >= 1 && value <= 16_384;
}
