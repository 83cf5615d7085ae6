import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildOnnxModel, pngFile, seededRandom } from '@deephealth/sdk/testing';

const logistic = (x: number) => 1 / (1 + Math.exp(-x));

export interface RiskOptions {
  readonly seed?: number;
  readonly rows?: number;
  /** Header of the table. */
  readonly header?: string;
  /** The model takes (x - mean) / deviation of the two numbers. */
  readonly isStandardized?: boolean;
  /** Labels that say nothing, or the opposite. */
  readonly labels?: 'true' | 'random' | 'turned';
  /** The last operator is left out: the graph gives logits. */
  readonly isWithoutSigmoid?: boolean;
}

export const MEANS = [55, 130, 0, 0];
export const DEVIATIONS = [15, 20, 1, 1];

/** A logistic regression of age, blood pressure and sex, and a table of people who were drawn for it. */
export function writeRisk(
  folder: string,
  options: RiskOptions = {},
): { readonly model: string; readonly samples: string } {
  const { seed = 1, rows = 70, isStandardized = false, labels = 'true', isWithoutSigmoid = false } = options;
  const { header = 'age [years],systolic [mmHg] {8480-6},sex,outcome' } = options;
  const raw = [0.08, 0.03, 1.2, -1.2];
  const weights = isStandardized ? raw.map((weight, i) => weight * (DEVIATIONS[i] as number)) : raw;
  const bias = isStandardized ? 0 : -0.08 * 55 - 0.03 * 130;
  const head = isWithoutSigmoid ? 'p' : 's';
  const onnx = buildOnnxModel({
    inputs: [{ name: 'x', dataType: 'FP32', shape: ['n', 4] }],
    outputs: [{ name: 'p', dataType: 'FP32', shape: ['n', 1] }],
    nodes: [
      { op: 'Gemm', inputs: ['x', 'w', 'b'], outputs: [head] },
      ...(isWithoutSigmoid ? [] : [{ op: 'Sigmoid', inputs: ['s'], outputs: ['p'] }]),
    ],
    initializers: [
      { name: 'w', dataType: 'FP32', shape: [4, 1], values: weights },
      { name: 'b', dataType: 'FP32', shape: [1], values: [bias] },
    ],
  });
  const random = seededRandom(seed);
  const lines = Array.from({ length: rows }, () => {
    const age = 30 + Math.floor(random() * 50);
    const pressure = 100 + Math.floor(random() * 60);
    const sex = random() > 0.5 ? 'female' : 'male';
    const score = 0.08 * (age - 55) + 0.03 * (pressure - 130) + (sex === 'female' ? 1.2 : -1.2);
    const chance = labels === 'random' ? 0.5 : logistic(labels === 'turned' ? -2 * score : 2 * score);
    return `${age},${pressure},${sex},${random() < chance ? 'ill' : 'well'}`;
  });
  writeFileSync(join(folder, 'risk.onnx'), onnx);
  writeFileSync(join(folder, 'risk.csv'), `${[header, ...lines].join('\n')}\n`);
  return { model: join(folder, 'risk.onnx'), samples: join(folder, 'risk.csv') };
}

/** A linear model of a length in millimetres, and a table of what it was measured on. */
export function writeLength(folder: string): { readonly model: string; readonly samples: string } {
  const onnx = buildOnnxModel({
    inputs: [{ name: 'x', dataType: 'FP32', shape: ['n', 2] }],
    outputs: [{ name: 'y', dataType: 'FP32', shape: ['n', 1] }],
    nodes: [{ op: 'Gemm', inputs: ['x', 'w', 'b'], outputs: ['y'] }],
    initializers: [
      { name: 'w', dataType: 'FP32', shape: [2, 1], values: [0.5, 2] },
      { name: 'b', dataType: 'FP32', shape: [1], values: [10] },
    ],
  });
  const random = seededRandom(4);
  const lines = Array.from({ length: 60 }, () => {
    const [height, weight] = [150 + random() * 40, 50 + random() * 40];
    return `${height.toFixed(1)},${weight.toFixed(1)},${(10 + 0.5 * height + 2 * weight + 10 * (random() - 0.5)).toFixed(2)}`;
  });
  writeFileSync(join(folder, 'length.onnx'), onnx);
  writeFileSync(join(folder, 'length.csv'), `height [cm],weight [kg],target\n${lines.join('\n')}\n`);
  return { model: join(folder, 'length.onnx'), samples: join(folder, 'length.csv') };
}

const SIDE = 8;

/** A model of the mean colour of a picture that takes BGR from 0 to 1, and a folder of pictures for each label. */
export function writeColour(folder: string): { readonly model: string; readonly samples: string } {
  const onnx = buildOnnxModel({
    inputs: [{ name: 'x', dataType: 'FP32', shape: ['n', 3, SIDE, SIDE] }],
    outputs: [{ name: 'p', dataType: 'FP32', shape: ['n', 2] }],
    nodes: [
      { op: 'GlobalAveragePool', inputs: ['x'], outputs: ['g'] },
      { op: 'Flatten', inputs: ['g'], outputs: ['f'] },
      { op: 'Gemm', inputs: ['f', 'w', 'b'], outputs: ['s'] },
      { op: 'Softmax', inputs: ['s'], outputs: ['p'] },
    ],
    initializers: [
      { name: 'w', dataType: 'FP32', shape: [3, 2], values: [9, -9, 0, 0, -9, 9] },
      { name: 'b', dataType: 'FP32', shape: [2], values: [4, -4] },
    ],
  });
  const random = seededRandom(2);
  for (let i = 0; i < 60; i++) {
    const [red, blue] = [40 + random() * 200, 40 + random() * 200];
    const label = random() < logistic((18 * (red - blue)) / 255 - 8) ? 'inflamed' : 'pale';
    const bytes = Array.from({ length: SIDE * SIDE * 3 }, (_, k) => Math.round([red, 100, blue][k % 3] as number));
    mkdirSync(join(folder, 'pictures', label), { recursive: true });
    const picture = pngFile({ width: SIDE, height: SIDE, depth: 8, colour: 'rgb', bytes });
    writeFileSync(join(folder, 'pictures', label, `${i}.png`), picture);
  }
  writeFileSync(join(folder, 'colour.onnx'), onnx);
  return { model: join(folder, 'colour.onnx'), samples: join(folder, 'pictures') };
}
