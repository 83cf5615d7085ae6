import { normalizedLabels } from './class-labels.js';
import type { Inquiry } from './inquiry.js';
import { type ModelOutput, notPossible, type OutputMeaning } from './model-output.js';
import type { ProbedCandidate } from './probe.js';

const MEANINGS: readonly OutputMeaning[] = ['probabilities', 'logits', 'number'];
/** Different labels from which on they are measured and no classes. */
const MOST_CLASSES = 20;
const SUM_TOLERANCE = 1e-4;

/**
 * What the numbers of the output are, from the graph, the values or the labels; undefined where it has to be asked.
 *
 * @throws DH_ADD_NOT_POSSIBLE for several numbers at once
 */
export function outputMeaning(
  output: ModelOutput,
  probed: readonly ProbedCandidate[],
  labels: readonly string[] | undefined,
  inquiry: Inquiry,
): OutputMeaning | undefined {
  const meaning = output.meaning ?? meaningOfValues(output, probed, labels, inquiry);
  if (meaning === 'number' && output.width > 1) {
    throw notPossible(
      `Its output "${output.tensor}" gives ${output.width} numbers for each item, and a sample has one`,
    );
  }
  return meaning;
}

function meaningOfValues(
  { width }: ModelOutput,
  probed: readonly ProbedCandidate[],
  labels: readonly string[] | undefined,
  inquiry: Inquiry,
): OutputMeaning | undefined {
  const said = inquiry.override({ id: 'output.meaning', takes: 'text', options: MEANINGS });
  if (said !== undefined) return said as OutputMeaning;
  const distinct = labels === undefined ? [] : [...new Set(normalizedLabels(labels))];
  const isMeasured =
    distinct.length > MOST_CLASSES && distinct.every((label) => label !== '' && Number.isFinite(Number(label)));
  if (isMeasured && width === 1) {
    inquiry.infer('output.meaning', 'number', 'shown', `The labels are numbers, ${distinct.length} different ones.`);
    return 'number';
  }
  const rows = probed.flatMap((one) => one.rows).filter((row) => row !== null);
  if (width > 1 && rows.length > 0 && rows.every(isDistribution)) {
    inquiry.infer(
      'output.meaning',
      'probabilities',
      'shown',
      'In every answer the numbers are within 0 to 1 and sum to 1.',
    );
    return 'probabilities';
  }
  const isInUnit = rows.every((row) => row.every((value) => value >= 0 && value <= 1));
  inquiry.ask({
    id: 'output.meaning',
    ask: 'Are the numbers of the output probabilities, logits that a softmax or sigmoid turns into them, or a measured number?',
    why: 'No operator at the end of the graph says it.',
    takes: 'text',
    options: MEANINGS,
    isRequired: true,
    ...(!isInUnit && width > 1 && { suggested: 'logits' }),
  });
  return undefined;
}

function isDistribution(row: Float32Array): boolean {
  const sum = row.reduce((total, value) => total + value, 0);
  return row.every((value) => value >= 0 && value <= 1) && Math.abs(sum - 1) < SUM_TOLERANCE;
}
