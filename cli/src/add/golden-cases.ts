import type { GoldenCase, Manifest, TensorSpec } from '@deephealth/sdk';
import type { Addition } from './addition.js';
import { toProbabilities } from './score-candidates.js';

const MOST_CASES = 6;
/** A decision that rounding could turn around is no case: another machine would be refused for nothing. */
const LEAST_MARGIN = 1e-3;

/** What the values of the cases were held against besides the engine that gave them. */
export interface IndependentCheck {
  readonly isIndependent: boolean;
  readonly how: string;
}

/** Cases from samples, spread over what the model answers. */
export function goldenCases(addition: Addition, check: IndependentCheck): GoldenCase[] {
  const { manifest, source, settled } = addition;
  const [input] = manifest.inputs;
  const [output] = manifest.outputs;
  const tensor = output?.kind === 'tensor' ? undefined : output?.from;
  const declared = manifest.tensors.outputs.find(({ name }) => name === tensor) as TensorSpec;
  const shape = declared.shape.map((extent) => (extent === -1 ? 1 : extent));
  return chosenPlaces(addition).map((place, index): GoldenCase => {
    const row = settled.rows[place] as Float32Array;
    const decision = decisionOf(manifest, settled.meaning, row);
    return {
      schemaVersion: 1,
      id: `sample-${index + 1}`,
      description: `A sample that the model was added with. What is expected is what the model itself gave, not the truth.`,
      source: `Recorded from the model when it was added, by the engine that serves it. ${check.how}`,
      inputs: { [input?.name as string]: source.inputs[place] as GoldenCase['inputs'][string] },
      expected: {
        tensors: {
          [declared.name]: {
            ...{ dataType: 'FP32', shape, values: Array.from(row) },
            ...(settled.meaning === 'probabilities' && { scale: 1 }),
          },
        },
        ...(decision && { findings: { [output?.name as string]: { decision, abstained: false } } }),
      },
    };
  });
}

/** Places of samples in the order of what the model gave, spread evenly from the lowest to the highest. */
export function chosenPlaces({ manifest, settled }: Addition): number[] {
  const { rows, meaning } = settled;
  const scoreOf = (row: Float32Array) =>
    meaning === 'number' ? (row[0] as number) : (toProbabilities(row, meaning).at(-1) as number);
  const sure = rows.flatMap((row, place) => (marginOf(manifest, meaning, row) >= LEAST_MARGIN ? [place] : []));
  const places = (sure.length > 0 ? sure : rows.map((_, place) => place)).sort(
    (a, b) => scoreOf(rows[a] as Float32Array) - scoreOf(rows[b] as Float32Array),
  );
  const count = Math.min(MOST_CASES, places.length);
  const chosen = Array.from(
    { length: count },
    (_, index) => places[count === 1 ? 0 : Math.round((index * (places.length - 1)) / (count - 1))],
  );
  return [...new Set(chosen as number[])];
}

type Meaning = Addition['settled']['meaning'];

/** How far the answer is from another decision. */
function marginOf({ outputs }: Manifest, meaning: Meaning, row: Float32Array): number {
  const [output] = outputs;
  if (meaning === 'number' || output?.kind !== 'classification') return 1;
  const probabilities = toProbabilities(row, meaning);
  if (output.mode === 'binary') return Math.abs((probabilities[1] as number) - (output.classes[1]?.threshold ?? 0.5));
  const [first = 0, second = 0] = [...probabilities].sort((a, b) => b - a);
  return first - second;
}

function decisionOf({ outputs }: Manifest, meaning: Meaning, row: Float32Array): string[] | undefined {
  const [output] = outputs;
  if (meaning === 'number' || output?.kind !== 'classification') return undefined;
  const probabilities = toProbabilities(row, meaning);
  const decided =
    output.mode === 'binary'
      ? Number((probabilities[1] as number) >= (output.classes[1]?.threshold ?? 0.5))
      : probabilities.indexOf(Math.max(...probabilities));
  return [output.classes[decided]?.label as string];
}
