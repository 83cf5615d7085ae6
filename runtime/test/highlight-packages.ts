import type { ClassificationOutputSpec, ExecutionSpec, ExplanationSpec, ImageInputSpec } from '@deephealth/sdk';
import { buildOnnxModel, pngFile, type TestPackageOptions } from '@deephealth/sdk/testing';

/** Extent of the square images. */
export const SIDE = 16;

/** Weights of a model that looks at one spot: rows 2 to 5, columns 8 to 11; logit = sum of weight * pixel - 2. */
export const SPOT_WEIGHTS = Array.from({ length: SIDE * SIDE }, (_, i) => {
  const [row, column] = [Math.floor(i / SIDE), i % SIDE];
  return row >= 2 && row < 6 && column >= 8 && column < 12 ? 0.5 : 0;
});
export const SPOT_BIAS = -2;

/** Grey levels 0 to 255 of a square image from a rule. */
export const pixels = (of: (row: number, column: number) => number, side = SIDE): number[] =>
  Array.from({ length: side * side }, (_, i) => of(Math.floor(i / side), i % side));

export const png = (levels: readonly number[], side = SIDE): Buffer =>
  pngFile({ width: side, height: side, depth: 8, colour: 'gray', bytes: [...levels] });

export const EXPLANATION: ExplanationSpec = {
  method: 'occlusion',
  input: 'photo',
  patch: [4, 4],
  stride: [2, 2],
  baseline: 0,
};

/** FP32 x [batch, 1, side, side] to the logit y [batch, 1] of a linear model. */
export function linearModel(weights: readonly number[], bias: number, batch: number | string = 'batch'): Uint8Array {
  return buildOnnxModel({
    inputs: [{ name: 'x', dataType: 'FP32', shape: [batch, 1, SIDE, SIDE] }],
    outputs: [{ name: 'y', dataType: 'FP32', shape: [batch, 1] }],
    nodes: [
      { op: 'Flatten', inputs: ['x'], outputs: ['flat'], attributes: { axis: { int: 1 } } },
      { op: 'Gemm', inputs: ['flat', 'w', 'b'], outputs: ['y'] },
    ],
    initializers: [
      { name: 'w', dataType: 'FP32', shape: [SIDE * SIDE, 1], values: weights },
      { name: 'b', dataType: 'FP32', shape: [1], values: [bias] },
    ],
  });
}

export interface PhotoOptions {
  readonly name: string;
  readonly weights?: readonly number[];
  readonly bias?: number;
  readonly explanation?: ExplanationSpec;
  readonly output?: Partial<ClassificationOutputSpec>;
  readonly input?: Partial<ImageInputSpec>;
  readonly execution?: ExecutionSpec;
  readonly golden?: TestPackageOptions['golden'];
}

/** A classifier of grey images: p = sigmoid(w x + b), x from 0 to 1. */
export function photoPackage(options: PhotoOptions): TestPackageOptions {
  const { name, weights = SPOT_WEIGHTS, bias = SPOT_BIAS, explanation = EXPLANATION } = options;
  return {
    name,
    model: linearModel(weights, bias),
    tensors: {
      inputs: [{ name: 'x', dataType: 'FP32', shape: [-1, 1, SIDE, SIDE] }],
      outputs: [{ name: 'y', dataType: 'FP32', shape: [-1, 1] }],
    },
    manifest: {
      inputs: [
        {
          name: 'photo',
          kind: 'image',
          feeds: 'x',
          mediaTypes: ['image/png'],
          maxPixels: 100_000,
          steps: [
            { op: 'decode_image', colour: 'gray' },
            { op: 'resize_image', width: SIDE, height: SIDE, interpolation: 'nearest' },
            { op: 'image_to_tensor', layout: 'CHW', scale: 1 / 255, mean: [0], std: [1] },
          ],
          ...options.input,
        },
      ],
      outputs: [
        {
          name: 'spot',
          kind: 'classification',
          from: 'y',
          activation: 'sigmoid',
          mode: 'binary',
          classes: [{ label: 'absent' }, { label: 'present' }],
          explanation,
          ...options.output,
        },
        { name: 'raw', kind: 'tensor', from: 'y' },
      ],
      ...(options.execution && { execution: options.execution }),
    },
    golden: options.golden ?? [
      {
        id: 'black',
        inputs: { photo: { image: { mediaType: 'image/png', base64: png(pixels(() => 0)).toString('base64') } } },
        expected: { y: { dataType: 'FP32', shape: [1, 1], values: [bias] } },
      },
    ],
  };
}
