import { seededRandom } from '@deephealth/sdk';
import { pngFile } from '@deephealth/sdk/testing';
import type { Entry, Plain, Question } from './decision.js';
import { RULE_MODELS, type RuleModel, ruleBase } from './expressif-models.js';
import { type OracleVariable, readRules } from './oracle/read-rules.js';

type Values = Readonly<Record<string, Plain | Entry>>;

/** Seed of the values that questions are made of. */
const SEED = 4711;
const RANDOM_QUESTIONS = 12;

/** Values of a question to `triage` that is right; everything is known. */
export const TRIAGE: Values = {
  lactate: { value: 2.75, unit: 'mmol/L' },
  map: { value: 64, unit: 'mm[Hg]' },
  ward: 'floor',
  awake: true,
};

/** Of the model of a table. */
export const PATIENT: Values = {
  glucose: { value: 112, unit: 'mg/dL' },
  weight: { value: 64, unit: 'kg' },
  sex: 'male',
};

/** Probabilities of the three classes, exact in FP32; they sum to 1. */
export const PROBABILITIES = {
  clear: [0.8125, 0.125, 0.0625],
  suspect: [0.1875, 0.3125, 0.5],
  equal: [0.25, 0.5, 0.25],
  torn: [0.375, 0.25, 0.375],
} as const;

/** A question to a rule base over the classes of a model. */
export function scored(probabilities: readonly number[], values: Values = {}): Question {
  return {
    values,
    inputs: { x: { tensor: { dataType: 'FP32', shape: [1, probabilities.length], values: [...probabilities] } } },
  };
}

/** A right question to `mixed`: about a woman of 61, and a picture. */
export function mixed(
  probabilities: readonly number[] = PROBABILITIES.suspect,
  age = 61,
  more: Partial<Question> = {},
): Question {
  return { ...scored(probabilities, { age: { value: age, unit: 'a' } }), ...more };
}

/** Questions that show what a rule base computes: ends and middles of its ranges, and some that nobody chose. */
export function numberQuestions(label: string): Question[] {
  if (label === 'triage') return triageQuestions();
  const { inputs } = readRules(ruleBase(label, RULE_MODELS.engine).text);
  const random = seededRandom(SEED);
  const at = ({ range: [low, high] }: OracleVariable, part: number) => low + (high - low) * part;
  const parts = label === 'activations' ? ACTIVATION_PARTS : NUMBER_PARTS;
  const chosen = parts.map((part) => inputs.map((_, index) => part[index] ?? part[0] ?? 0));
  // Degrees that are equal have no order.
  const others = Array.from({ length: RANDOM_QUESTIONS }, () => inputs.map(() => random()));
  return [...chosen, ...(label === 'terms' ? TERM_PARTS.map((one) => [one]) : []), ...others].map((some) => ({
    values: Object.fromEntries(inputs.map((input, index) => [input.name, at(input, some[index] ?? 0)])),
    explain: false,
  }));
}

const NUMBER_PARTS: readonly (readonly number[])[] = [
  [0.25, 0.75],
  [0.5, 0.5],
  [1, 0],
  [0, 1],
  [1, 1],
  [0, 0],
  [0.9, 0.4],
  [0.125, 0.5],
  [0.625, 0.375],
];
const ACTIVATION_PARTS: readonly (readonly number[])[] = [
  [0.25, 0.75],
  [0.5, 0.9],
  [0.9, 0.4],
  [0.125, 0.3],
];
/** Corners of the shapes. */
const TERM_PARTS = Array.from({ length: 21 }, (_, index) => index / 20);

function triageQuestions(): Question[] {
  const random = seededRandom(SEED);
  const round = (x: number) => Math.round(x * 1000) / 1000;
  const wards = ['home', 'floor', 'intensive'];
  return Array.from({ length: RANDOM_QUESTIONS }, (_, index) => ({
    values: {
      lactate: { value: round(20 * random() ** 2), unit: 'mmol/L' },
      map: { value: round(20 + 140 * random()), unit: 'mm[Hg]' },
      ward: wards[index % 3] as string,
      awake: index % 2 === 0,
    },
    explain: false,
  })).filter(({ values: { lactate } }) => lactate.value <= 20);
}

/** A picture of labels, row by row. */
export interface LabelPicture {
  readonly rows: readonly string[];
  /** Of rows and of columns, in mm. Without it the picture is of no size. */
  readonly spacingMm?: readonly [number, number];
}

/** An organ on the left, and a lesion above its right end; `1` and `2` as in PARTS. */
const PARTS_APART = ['........', '.....22.', '.....2..', '.11.....', '.1111...', '.11.....', '........'];
export const PICTURES: Readonly<Record<string, LabelPicture>> = {
  apart: { rows: PARTS_APART, spacingMm: [1, 1] },
  stretched: { rows: PARTS_APART, spacingMm: [3, 0.5] },
  touching: { rows: ['......', '.11222', '.11...', '......'], spacingMm: [2, 1.5] },
  unmeasured: { rows: PARTS_APART },
  'organ-alone': { rows: PARTS_APART.map((row) => row.replaceAll('2', '.')), spacingMm: [1, 1] },
};

export function pictured(name: string): Question {
  const { rows, spacingMm } = PICTURES[name] as LabelPicture;
  const size = [rows.length, (rows[0] as string).length] as const;
  const bytes = rows.flatMap((row) => [...row].map((label) => (label === '.' ? 0 : Number(label))));
  const file = pngFile({ width: size[1], height: size[0], depth: 8, colour: 'gray', bytes });
  const grid = spacingMm === undefined ? {} : { grid: { size, spacingMm } };
  return {
    values: {},
    inputs: { picture: { image: { mediaType: 'image/png', base64: file.toString('base64'), ...grid } } },
  };
}

/** How the voxels of a volume lie in the body. */
export interface BodyGrid {
  readonly spacingMm: readonly number[];
  readonly direction: readonly number[];
  readonly convention: 'LPS' | 'RAS';
}

/** Slices upwards, rows to the back, columns to the left of the body (in RAS, of which x is the right, to the right). */
const UPRIGHT = [0, 0, 1, 0, 1, 0, 1, 0, 0];
export const BODIES: Readonly<Record<string, BodyGrid>> = {
  upright: { spacingMm: [1, 1, 1], direction: UPRIGHT, convention: 'LPS' },
  stretched: { spacingMm: [5, 1, 0.5], direction: UPRIGHT, convention: 'LPS' },
  turned: { spacingMm: [2, 1, 1], direction: [1, 0, 0, 0, 0, -1, 0, 1, 0], convention: 'LPS' },
  'right-anterior': { spacingMm: [3, 1, 2], direction: UPRIGHT, convention: 'RAS' },
};
const BODY_SIZE = [3, 5, 6] as const;
/** Slice, row and column of each voxel that is not empty. */
const ORGAN = ['0,1,1', '0,1,2', '0,2,1', '1,1,1', '1,2,2'];
const LESION = ['1,2,4', '2,3,4', '2,3,5'];

export function scanned(name: string): Question {
  const grid = BODIES[name] as BodyGrid;
  const [depth, height, width] = BODY_SIZE;
  const values = Array.from({ length: depth * height * width }, (_, index) => {
    const place = `${Math.floor(index / (height * width))},${Math.floor(index / width) % height},${index % width}`;
    return ORGAN.includes(place) ? 1 : LESION.includes(place) ? 2 : 0;
  });
  return {
    values: {},
    inputs: {
      scan: {
        volume: {
          voxels: { dataType: 'INT16', shape: [...BODY_SIZE], values },
          grid: { ...grid, origin: [-20, 30, 5] },
          unit: '1',
        },
      },
    },
  };
}

/** A right question to a rule base that reads the model, about its usual input. */
export function usual(model: RuleModel): Question {
  switch (model) {
    case RULE_MODELS.table:
      return { values: PATIENT };
    case RULE_MODELS.picture:
    case RULE_MODELS.pictureRelations:
      return pictured('apart');
    case RULE_MODELS.volume:
    case RULE_MODELS.volumeRelations:
      return scanned('upright');
    default:
      return mixed();
  }
}
