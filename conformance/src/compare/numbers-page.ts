import { CLASSIFICATION_BOUNDS } from './compare-classification.js';
import { DETECTION_BOUNDS } from './compare-detections.js';
import { EPSILON, FACTORS, LEAST_SCALE, REDUCED_EPSILON } from './compare-numbers.js';
import { SEGMENTATION_BOUNDS } from './compare-segmentation.js';

/** A number as a power of two, as these constants are. */
function power(value: number): string {
  return `2^${Math.log2(value)}`;
}

/** docs/conformance/numbers.md, with the constants that the comparisons use. */
export function numbersPage(): string {
  const factors = Object.entries(FACTORS).map(
    ([name, { strict, standard }]) => `| ${name} | ${strict} | ${standard} |`,
  );
  const epsilons = Object.entries(EPSILON).map(([type, value]) => `${type} ${power(value)}`);
  return [
    '# How exact a result must be',
    '',
    '<!-- Written by conformance/bin/write-requirements.mjs. Do not edit: the constants come from conformance/src/compare. -->',
    '',
    'Element by element, a result `y` is held to the value `g` that the suite computes itself in float64:',
    '',
    '<!-- shown: a formula -->',
    '```text',
    '|y - g| <= c * eps * s',
    '```',
    '',
    `- \`s\` is the **size of the terms** that made the value: the sum of |a b| for products, 1 for bounded functions, and at least |g|; the oracle hands it on from operator to operator. A sum that cancels has a small value and large terms, and its error is as large as these: a bound that is relative to the value would fail every engine, one that is loose enough would find nothing. Nothing is smaller than ${power(LEAST_SCALE)}.`,
    `- \`eps\` is that of the tensor's type: ${epsilons.join(', ')}.`,
    '- `c` depends on what was computed and on the profile that the target claims:',
    '',
    '| computed | strict | standard |',
    '|---|---|---|',
    '| only moved, integers, booleans, texts | bit for bit | bit for bit |',
    ...factors,
    '',
    `The profile \`reduced\` is the standard one with an eps of at least ${power(REDUCED_EPSILON)}: a target that computes in TF32 or in half precision says so, and its badge does too. Nobody can set a tolerance.`,
    '',
    'Type and shape are compared before any value. NaN must be NaN, whatever its bits; infinities must be equal; where values are only moved, -0 is not 0.',
    '',
    '## Findings',
    '',
    '| finding | must |',
    '|---|---|',
    `| classification | every class once, in order; probabilities as above, with \`s\` at least 1; sums of exclusive classes within ${CLASSIFICATION_BOUNDS.sum} of 1; the manifest's thresholds; the decision that follows from the probabilities shown, and that of the reference, or, where the allowed error reaches another one, that one |`,
    '| regression | label and unit equal, text by text; values as above |',
    `| mask | size, spacing, origin, direction, unit and convention of the grid equal; labels equal for a model that only moves values, else Dice >= ${SEGMENTATION_BOUNDS.dice} for each class, and every changed sample within one sample of the reference's boundary. Two empty masks have Dice 1, an empty and another one 0 |`,
    `| detections | each matched with one of the same label at IoU >= ${DETECTION_BOUNDS.iou}; scores within ${DETECTION_BOUNDS.score}; coordinates in the unit and level of the reference's grid |`,
    '',
    '## How it is known that the bounds bite',
    '',
    'For every numeric case, an answer that is off by ten times the bound in one element must fail, and one that is off by a tenth must pass (`conformance/test/perturbations.test.ts`). Each comparison has pairs that must be told apart and pairs that must not (`conformance/src/compare/*.test.ts`). The constants are first proposals from one CPU and one engine.',
    '',
  ].join('\n');
}
