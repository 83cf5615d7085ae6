import type { runtimeV1 } from '@deephealth/proto';
import { compareTensor, type RawTensor, tensorValues } from '@deephealth/sdk';

/** What a model has answered: findings of the contract, or tensors of the Open Inference Protocol. */
export interface Answer {
  readonly findings?: readonly runtimeV1.Finding[];
  readonly tensors?: readonly (RawTensor & { readonly name: string })[];
}

/** How far two answers to the same request are apart. */
export interface Comparison {
  /** True if every classification has the same decision. */
  readonly hasSameDecisions: boolean;
  /** True if everything is the same within the numeric policy, profile "standard". */
  readonly hasSameValues: boolean;
  /** Of a probability or value; 0 where there are none. */
  readonly largestDifference: number;
  /** Outputs whose decision differs, or which only one of the two has. */
  readonly differing: readonly string[];
}

/** As `standard` of the numeric policy has it (docs/package-format.md): 64 epsilons of FP32. */
const TOLERANCE = 64 * 2 ** -23;
// Beyond it, a comparison of every element would take longer than the run that it is about.
const MOST_ELEMENTS = 1_000_000;

class Difference {
  hasSameDecisions = true;
  hasSameValues = true;
  largestDifference = 0;
  readonly differing: string[] = [];

  decision(output: string, isSame: boolean): void {
    if (isSame) return;
    this.hasSameDecisions = false;
    this.hasSameValues = false;
    this.differing.push(output);
  }

  value(a: number, b: number, scale: number): void {
    const difference = Math.abs(a - b);
    if (Object.is(a, b) || difference === 0) return;
    if (!(difference <= TOLERANCE * scale)) this.hasSameValues = false;
    // NaN against a number is a difference that has no size.
    if (difference > this.largestDifference) this.largestDifference = difference;
  }

  other(output: string): void {
    this.hasSameValues = false;
    this.differing.push(output);
  }
}

export function compareAnswers(answer: Answer, shadow: Answer): Comparison {
  const difference = new Difference();
  if (answer.findings !== undefined) pair(answer.findings, shadow.findings ?? [], difference, compareFinding);
  if (answer.tensors !== undefined) pair(answer.tensors, shadow.tensors ?? [], difference, compareTensors);
  return difference;
}

function pair<T extends { readonly name?: string }>(
  answers: readonly T[],
  shadows: readonly T[],
  difference: Difference,
  compare: (answer: T, shadow: T, difference: Difference) => void,
): void {
  const byName = new Map(shadows.map((one) => [one.name ?? '', one]));
  for (const answer of answers) {
    const name = answer.name ?? '';
    const shadow = byName.get(name);
    byName.delete(name);
    if (shadow === undefined) difference.other(name);
    else compare(answer, shadow, difference);
  }
  for (const name of byName.keys()) difference.other(name);
}

function compareFinding(answer: runtimeV1.Finding, shadow: runtimeV1.Finding, difference: Difference): void {
  const name = answer.name ?? '';
  if (answer.classification && shadow.classification) {
    compareClassification(name, answer.classification, shadow.classification, difference);
  } else if (answer.regression && shadow.regression) {
    const values = new Map((shadow.regression.values ?? []).map(({ label, value }) => [label, Number(value)]));
    for (const { label, value } of answer.regression.values ?? []) {
      const [a, b] = [Number(value), values.get(label)];
      if (b === undefined) difference.other(name);
      else difference.value(a, b, Math.max(Math.abs(a), Math.abs(b)));
    }
  } else if (!isSameValue(answer, shadow)) {
    difference.other(name);
  }
}

function compareClassification(
  name: string,
  answer: runtimeV1.Classification,
  shadow: runtimeV1.Classification,
  difference: Difference,
): void {
  const decided = ({ decision = [], abstained = false }: runtimeV1.Classification) =>
    JSON.stringify([[...decision].sort(), abstained]);
  difference.decision(name, decided(answer) === decided(shadow));
  const probabilities = new Map((shadow.classes ?? []).map((one) => [one.label, Number(one.probability)]));
  for (const { label, probability } of answer.classes ?? []) {
    const other = probabilities.get(label);
    if (other === undefined) difference.other(name);
    else difference.value(Number(probability), other, 1);
  }
}

/** Masks, maps, texts, events and tensors: all of them, or nothing. */
function isSameValue(answer: runtimeV1.Finding, shadow: runtimeV1.Finding): boolean {
  const comparable = ({ highlight: _, ...value }: runtimeV1.Finding) =>
    JSON.stringify(value, (_key, part) => (part?.type === 'Buffer' ? Buffer.from(part.data).toString('base64') : part));
  return comparable(answer) === comparable(shadow);
}

type NamedTensor = RawTensor & { readonly name: string };

function compareTensors(answer: NamedTensor, shadow: NamedTensor, difference: Difference): void {
  const isSameForm = answer.dataType === shadow.dataType && `${answer.shape}` === `${shadow.shape}`;
  if (isSameForm && Buffer.compare(answer.data, shadow.data) === 0) return;
  const isLarge = answer.shape.reduce((a, b) => a * b, 1) > MOST_ELEMENTS;
  if (!isSameForm || isLarge || answer.dataType === 'BYTES') {
    difference.other(answer.name);
    return;
  }
  const [a, b] = [tensorValues(answer), tensorValues(shadow)];
  const compared = compareTensor(
    { dataType: shadow.dataType, shape: shadow.shape, data: b },
    { dataType: answer.dataType, shape: answer.shape, values: a.map(toGolden) },
  );
  if (!compared.pass) difference.hasSameValues = false;
  for (let i = 0; i < a.length; i++) {
    const size = Math.abs(Number(a[i]) - Number(b[i]));
    if (size > difference.largestDifference) difference.largestDifference = size;
  }
}

/** As golden values are written. */
function toGolden(value: number | bigint | boolean | Uint8Array): number | boolean | string {
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value);
  return typeof value === 'boolean' ? value : String(value);
}
