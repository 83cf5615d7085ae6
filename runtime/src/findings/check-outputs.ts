import {
  type ClassificationOutputSpec,
  isFloatingPoint,
  type Manifest,
  type RegressionOutputSpec,
  type TensorSpec,
} from '@deephealth/sdk';
import { checkExplanation } from '../explanations/check-explanation.js';
import { manifestInvalid } from '../steps/manifest-invalid.js';
import { checkEvents } from './check-events.js';
import { checkGridOutput } from './check-grid-output.js';
import { DEFAULT_THRESHOLD } from './decide.js';
import { canBeOneRow, valuesPerRow } from './row-extent.js';

/**
 * Checks, without running the model, that every output of the manifest can be computed from the
 * tensor it names. Throws DH_MANIFEST_INVALID naming the JSON pointer of the first field at fault.
 */
export function checkOutputs(manifest: Manifest): void {
  manifest.outputs.forEach((spec, index) => {
    const pointer = `/outputs/${index}`;
    const tensor = manifest.tensors.outputs.find((declared) => declared.name === spec.from);
    if (tensor === undefined) {
      throw manifestInvalid(`${pointer}/from`, `names "${spec.from}", which is not in /tensors/outputs.`);
    }
    if (spec.kind === 'tensor') return;
    if (spec.kind === 'mask' || spec.kind === 'map') {
      checkGridOutput(manifest, spec, tensor, pointer);
      return;
    }
    if (spec.kind === 'events') {
      checkEvents(manifest, spec, tensor, pointer);
      return;
    }
    if (spec.kind === 'text') {
      checkText(tensor, pointer);
      return;
    }
    if (!canBeOneRow(tensor.shape)) {
      throw manifestInvalid(
        `${pointer}/from`,
        `names "${tensor.name}" with the shape [${tensor.shape.join(', ')}], which never holds a single row. Declare the output as a tensor.`,
      );
    }
    if (spec.kind === 'classification') {
      checkClassification(spec, tensor, pointer);
      checkExplanation(manifest, spec, pointer);
    } else checkRegression(spec, tensor, pointer);
  });
}

function checkText(tensor: TensorSpec, pointer: string): void {
  const { dataType, shape } = tensor;
  const isIds = dataType === 'INT64' || dataType === 'INT32';
  if (isIds && (shape.length === 1 || (shape.length === 2 && canBeOneRow(shape)))) return;
  throw manifestInvalid(
    `${pointer}/from`,
    `names "${tensor.name}", which is ${dataType} [${shape.join(', ')}]; a text needs token ids, INT64 or INT32, [1, tokens] or [tokens].`,
  );
}

function checkClassification(spec: ClassificationOutputSpec, tensor: TensorSpec, pointer: string): void {
  if (!isFloatingPoint(tensor.dataType)) {
    throw manifestInvalid(
      `${pointer}/from`,
      `names "${tensor.name}", which is ${tensor.dataType}; probabilities need a floating-point tensor.`,
    );
  }
  const classes = spec.classes.length;
  if (spec.mode === 'binary' && classes !== 2) {
    throw manifestInvalid(
      `${pointer}/classes`,
      `has ${classes} classes, but binary needs two: the negative one, then the positive one.`,
    );
  }
  const values = valuesPerRow(tensor.shape);
  const isLonePositive = spec.mode === 'binary' && values === 1;
  if (values !== -1 && values !== classes && !isLonePositive) {
    throw manifestInvalid(
      `${pointer}/classes`,
      `has ${classes} classes, but "${tensor.name}" holds ${values} values a row. List one class per value.`,
    );
  }
  checkActivation(spec, values, pointer);
  checkThresholds(spec, pointer);
  checkAbstention(spec, pointer);
}

function checkActivation(spec: ClassificationOutputSpec, values: number, pointer: string): void {
  const field = `${pointer}/activation`;
  if (spec.activation === 'softmax' && values === 1) {
    throw manifestInvalid(field, 'is softmax over one value, which is always 1. Use sigmoid.');
  }
  if (spec.activation === 'softmax' && spec.mode === 'multilabel') {
    throw manifestInvalid(
      field,
      'is softmax, but labels of multilabel do not exclude each other. Use sigmoid or multiclass.',
    );
  }
  if (spec.activation === 'sigmoid' && (spec.mode === 'multiclass' || (spec.mode === 'binary' && values > 1))) {
    throw manifestInvalid(
      field,
      'is sigmoid, but the classes exclude each other and must sum to 1. Use softmax or multilabel.',
    );
  }
}

function checkThresholds(spec: ClassificationOutputSpec, pointer: string): void {
  spec.classes.forEach(({ threshold }, index) => {
    if (threshold === undefined) return;
    const field = `${pointer}/classes/${index}/threshold`;
    if (spec.mode === 'multiclass') {
      throw manifestInvalid(
        field,
        'must go: in multiclass the highest probability decides. Use abstainBelow for a lowest one.',
      );
    }
    if (spec.mode === 'binary' && index === 0) {
      throw manifestInvalid(
        field,
        'must go: binary is decided by the threshold of the positive class, the second one.',
      );
    }
  });
}

function checkAbstention(spec: ClassificationOutputSpec, pointer: string): void {
  if (spec.abstainBelow !== undefined && spec.mode !== 'multiclass') {
    throw manifestInvalid(`${pointer}/abstainBelow`, `applies to multiclass only, and this output is ${spec.mode}.`);
  }
  if (spec.abstainBetween === undefined) return;
  const field = `${pointer}/abstainBetween`;
  if (spec.mode !== 'binary') throw manifestInvalid(field, `applies to binary only, and this output is ${spec.mode}.`);
  const [lowest, highest] = spec.abstainBetween;
  if (!(lowest >= 0 && lowest <= highest && highest <= 1)) {
    throw manifestInvalid(field, 'must be two probabilities, lowest first.');
  }
  const threshold = spec.classes[1]?.threshold ?? DEFAULT_THRESHOLD;
  if (threshold < lowest || threshold > highest) {
    throw manifestInvalid(
      field,
      `leaves out the threshold ${threshold}, so that certain cases would be abstained from and less certain ones decided.`,
    );
  }
}

const REGRESSION_TYPES: readonly string[] = [
  'FP16',
  'BF16',
  'FP32',
  'FP64',
  'UINT8',
  'UINT16',
  'UINT32',
  'INT8',
  'INT16',
  'INT32',
];

function checkRegression(spec: RegressionOutputSpec, tensor: TensorSpec, pointer: string): void {
  if (!REGRESSION_TYPES.includes(tensor.dataType)) {
    throw manifestInvalid(
      `${pointer}/from`,
      `names "${tensor.name}", which is ${tensor.dataType}; a regression needs numbers that FP64 holds exactly.`,
    );
  }
  const values = valuesPerRow(tensor.shape);
  if (values !== -1 && values !== spec.values.length) {
    throw manifestInvalid(
      `${pointer}/values`,
      `has ${spec.values.length} entries, but "${tensor.name}" holds ${values} values a row. List one per value.`,
    );
  }
  spec.values.forEach(({ validRange }, index) => {
    if (validRange !== undefined && validRange[0] > validRange[1]) {
      throw manifestInvalid(
        `${pointer}/values/${index}/validRange`,
        'has its lowest value above its highest. Swap them.',
      );
    }
  });
}
