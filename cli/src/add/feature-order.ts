import { evaluateGraph, type ReferenceTensor, type TableInputSpec } from '@deephealth/sdk';
import { normalizedLabels } from './class-labels.js';
import { featureRows } from './feature-rows.js';
import type { Inquiry } from './inquiry.js';
import type { ModelFile } from './model-file.js';
import type { SampleSource } from './sample-source.js';
import { chooseReading, logLoss, meanOf, type ScoredReading, toProbabilities } from './score-candidates.js';
import type { Settled } from './settle.js';

/** Exchanges that are tried; more features than this are left to the header. */
const MOST_FEATURES = 40;
/** Exchanges that come closest; the others are further away still. */
const MOST_RIVALS = 40;
const MOST_SHOWN = 5;

/**
 * Whether the labels tell the order of the header from every order with two features exchanged. Where they do not, the
 * features that could be the other one are named. Computed in float64, since it takes hundreds of runs; graphs that
 * cannot be computed so are left to what is assumed.
 */
export function showFeatureOrder(
  model: ModelFile,
  source: SampleSource,
  settled: Settled,
  tensor: string,
  inquiry: Inquiry,
): void {
  const { candidate, agreement, meaning, classes } = settled;
  const { input } = candidate;
  const known = inquiry.inferences.find(({ field }) => field === 'input.layout');
  if (input.kind !== 'table' || source.labels === undefined || agreement?.verdict !== 'agrees') return;
  if (known === undefined || known.certainty === 'answered') return;
  const labels = normalizedLabels(source.labels);
  const rows = featureRows(input, source.inputs);
  const width = rows.shape[1] as number;
  if (width < 2 || width > MOST_FEATURES) return;
  const lossesOf = (features: ReferenceTensor): number[] | undefined => {
    const evaluated = evaluateGraph(model.onnx, new Map([[input.feeds, features]]));
    const values = 'outputs' in evaluated ? evaluated.outputs.get(tensor)?.values : undefined;
    if (values === undefined || values.length % labels.length !== 0) return undefined;
    const per = values.length / labels.length;
    return labels.map((label, index) => {
      const row = values.subarray(index * per, (index + 1) * per);
      if (meaning === 'number') return ((row[0] as number) - Number(label)) ** 2;
      return logLoss(toProbabilities(row, meaning), (classes as readonly string[]).indexOf(label));
    });
  };
  const losses = lossesOf(rows);
  if (losses === undefined) return;
  const names = featureNames(input);
  const exchanged: ScoredReading[] = [];
  for (let a = 0; a < width; a++) {
    for (let b = a + 1; b < width; b++) {
      const other = lossesOf(exchange(rows, a, b));
      if (other !== undefined) exchanged.push({ settings: { pair: `${names[a]} and ${names[b]}` }, losses: other });
    }
  }
  const order = chooseReading([{ settings: { pair: '' }, losses }, ...closest(exchanged)]);
  const isHeaderPlausible = order.plausible.some(({ settings }) => settings.pair === '');
  if (!isHeaderPlausible) {
    inquiry.ask({
      id: 'input.layout',
      ask: 'Is the header of the samples in the order of the training?',
      why: `The labels are explained clearly better with these exchanged: ${order.best.settings.pair}. If it is not, put the columns in the order of the training.`,
      ...{ takes: 'text', options: [known.value], isRequired: true },
    });
    return;
  }
  const doubtful = order.plausible.map(({ settings }) => settings.pair as string).filter((pair) => pair !== '');
  if (doubtful.length === 0) {
    const why = `Exchanging any two of the ${width} features explains the labels clearly worse (${exchanged.length} exchanges were tried).`;
    inquiry.infer('input.layout', known.value, 'shown', why);
    return;
  }
  const shown = doubtful.slice(0, MOST_SHOWN).join('; ');
  const more = doubtful.length > MOST_SHOWN ? ` and ${doubtful.length - MOST_SHOWN} more` : '';
  inquiry.infer(
    'input.layout',
    known.value,
    'assumed',
    `The header is taken to be in the order of the training. The labels do not tell apart, if they were exchanged: ${shown}${more}. Check these.`,
  );
}

function closest(readings: readonly ScoredReading[]): ScoredReading[] {
  return [...readings].sort((a, b) => meanOf(a.losses) - meanOf(b.losses)).slice(0, MOST_RIVALS);
}

function exchange({ shape, values }: ReferenceTensor, a: number, b: number): ReferenceTensor {
  const width = shape[1] as number;
  const changed = Float64Array.from(values);
  for (let start = 0; start < values.length; start += width) {
    changed[start + a] = values[start + b] as number;
    changed[start + b] = values[start + a] as number;
  }
  return { shape, values: changed };
}

function featureNames({ steps: [{ features }] }: TableInputSpec): string[] {
  return features.map(({ column, equals }) => (equals === undefined ? column : `${column}=${equals}`));
}
