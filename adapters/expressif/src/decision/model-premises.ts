import type { runtimeV1 } from '@deephealth/proto';
import { DeepHealthError } from '@deephealth/sdk';
import type { ModelDegrees, ModelPremise, ModelValue, RuleBaseBinding } from '../bindings/expressif-binding.js';
import type { InputValue } from '../engine/input-value.js';
import { possibilityOf } from '../possibilistic/possibility-distribution.js';
import { toPossibility } from '../possibilistic/probability-transform.js';
import type { RelationDegrees } from '../spatial/spatial-relation.js';
import { relationDegrees } from './relation-premise.js';

/** How far from 1 the contract lets the probabilities of a MULTICLASS sum be (DH-R-016). */
const SUM_TOLERANCE = 1e-4;

/** What a variable takes of an answer of the model. */
export interface ModelPremiseValue {
  readonly value: InputValue;
  /** Of a relation: all three degrees, of which `value` holds one. */
  readonly relation?: RelationDegrees;
}

/**
 * The variables that the model gives, from its answer. What the model does not say, because it abstains or because a
 * grid has no spacing, is absent with its reason and never a number.
 *
 * @throws DH_RESPONSE_INVALID where the runtime's answer is not what the manifest says
 */
export function modelPremises(
  { variables }: RuleBaseBinding,
  { findings }: runtimeV1.PredictResponse__Output,
): Map<string, ModelPremiseValue> {
  const found = new Map<string, ModelPremiseValue>();
  for (const [name, { model }] of Object.entries(variables)) {
    if (model === undefined) continue;
    const finding = findings.find((one) => one.name === model.output);
    if (finding === undefined) throw invalid(model);
    found.set(name, premiseOf(model, finding));
  }
  return found;
}

function premiseOf(model: ModelPremise, finding: runtimeV1.Finding__Output): ModelPremiseValue {
  if (finding.classification?.abstained) return { value: { absent: 'abstained' } };
  switch (model.as) {
    case 'value':
      return { value: numberOf(model, finding) };
    case 'degrees':
      return { value: { degrees: degreesOf(model, finding) } };
    case 'relation': {
      if (finding.mask == null) throw invalid(model);
      const relation = relationDegrees(model, finding.mask);
      if (relation === undefined) return { value: { absent: 'not-measured' } };
      return { value: { degrees: { [model.term]: relation[model.measure] } }, relation };
    }
  }
}

function numberOf(model: ModelValue, finding: runtimeV1.Finding__Output): InputValue {
  const { label, scale = 1, offset = 0, unit } = model;
  const convert = (value: number): InputValue => (Number.isFinite(value) ? scale * value + offset : Number.NaN);
  const { classification, regression, mask } = finding;
  if (classification != null) return convert(probabilityOf(model, classification, label));
  if (regression != null) {
    const found = regression.values.find((one) => one.label === label);
    // A unit that the manifest did not promise would make a wrong number that looks right.
    if (found === undefined || found.unit !== unit) throw invalid(model);
    return convert(found.value);
  }
  if (mask == null) throw invalid(model);
  const found = mask.classes.find((one) => one.label === label);
  if (found?.extent == null) return { absent: 'not-measured' };
  if (found.extent.unit !== unit) throw invalid(model);
  return convert(found.extent.value);
}

function degreesOf(model: ModelDegrees, { classification }: runtimeV1.Finding__Output): Record<string, number> {
  if (classification == null) throw invalid(model);
  const probabilities = new Map(classification.classes.map(({ label, probability }) => [label, probability] as const));
  const degree = degreeOfClasses(model, probabilities);
  return Object.fromEntries(
    Object.entries(model.terms).map(([term, labels]) => {
      if (!labels.every((label) => probabilities.has(label))) throw invalid(model);
      return [term, degree(labels)];
    }),
  );
}

/** The degree of classes under the declared transform. */
function degreeOfClasses(
  model: ModelDegrees,
  probabilities: ReadonlyMap<string, number>,
): (labels: readonly string[]) => number {
  const { transform } = model;
  if (transform === 'antipignistic' || transform === 'minimum-specificity') {
    const given = Object.fromEntries(probabilities);
    const possibility = toPossibility([...probabilities.keys()], given, transform, { sumTolerance: SUM_TOLERANCE });
    if ('reason' in possibility) throw invalid(model);
    return (labels) => possibilityOf(possibility, labels);
  }
  // Rounding of probabilities that sum to 1 is no degree above 1.
  const sum = (labels: readonly string[]) =>
    Math.min(
      1,
      labels.reduce((total, label) => total + (probabilities.get(label) ?? 0), 0),
    );
  return transform === 'probability' ? sum : (labels) => piecewise(transform.piecewise, sum(labels));
}

function piecewise(points: readonly (readonly [number, number])[], x: number): number {
  const after = Math.max(
    1,
    points.findIndex(([at]) => at >= x),
  );
  const [x0, y0] = points[after - 1] as readonly [number, number];
  const [x1, y1] = points[after] as readonly [number, number];
  return y0 + ((y1 - y0) * (x - x0)) / (x1 - x0);
}

function probabilityOf(model: ModelPremise, { classes }: runtimeV1.Classification__Output, label: string): number {
  const found = classes.find((one) => one.label === label);
  if (found === undefined) throw invalid(model);
  return found.probability;
}

function invalid({ output }: ModelPremise): DeepHealthError {
  return new DeepHealthError(
    'DH_RESPONSE_INVALID',
    `The runtime's answer lacks what the manifest promises of the output "${output}". Nothing was concluded.`,
    { details: { field: output } },
  );
}
