import { DeepHealthError } from '@deephealth/sdk';
import type { TriedCandidate } from './add-plan.js';
import { classificationAgreement, type JudgedAgreement, regressionAgreement } from './agreement.js';
import { askClasses, classOrder, normalizedLabels } from './class-labels.js';
import type { Inquiry } from './inquiry.js';
import type { ModelOutput, OutputMeaning } from './model-output.js';
import type { Candidate, ProbedCandidate } from './probe.js';
import type { SampleSource } from './sample-source.js';
import { samplesInvalid } from './samples-invalid.js';
import {
  chooseReading,
  FEWEST_LABELLED,
  logLoss,
  meanOf,
  ordersOf,
  type ScoredReading,
  toProbabilities,
} from './score-candidates.js';

/** How the model is prepared and read, as far as that is known. */
export interface Settled {
  readonly candidate: Candidate;
  /** What the model gave for each sample, prepared so. */
  readonly rows: readonly Float32Array[];
  readonly meaning: OutputMeaning;
  /** Labels in tensor order, of a classification. */
  readonly classes?: readonly string[];
  readonly threshold?: number;
  readonly agreement?: JudgedAgreement;
  readonly tried: readonly TriedCandidate[];
}

interface Reading extends ScoredReading {
  readonly candidate: Candidate;
  readonly rows: readonly Float32Array[];
  readonly classes?: readonly string[];
}

const CLASSES = 'output.classes';

/**
 * Decides between the ways that were tried where the labels tell them apart, and asks otherwise.
 *
 * @throws DH_ADD_SAMPLES_DISAGREE for a model that does not tell the labels, DH_ADD_SAMPLES_INVALID
 */
export function settle(
  source: SampleSource,
  probed: readonly ProbedCandidate[],
  output: ModelOutput,
  meaning: OutputMeaning,
  inquiry: Inquiry,
): Settled | undefined {
  const labels = source.labels === undefined ? undefined : normalizedLabels(source.labels);
  const answered = source.candidates.flatMap((candidate, index) => {
    const { rows, refused } = probed[index] as ProbedCandidate;
    return refused === undefined ? [{ candidate, rows: rows as readonly Float32Array[] }] : [];
  });
  if (answered.length === 0) throw refusedByAll(source, probed);
  const order = meaning === 'number' ? undefined : classOrder(output, labels, source.names, inquiry);
  const orders = order === undefined ? [undefined] : order.fixed ? [order.fixed] : ordersOf(order.unordered);
  const readings = answered.flatMap(({ candidate, rows }) =>
    orders.flatMap((classes): Reading[] => {
      const isRead = classes === undefined ? meaning === 'number' : classes.length > 0;
      const losses = labels !== undefined && isRead ? lossesOf(rows, labels, meaning, classes, source.names) : [];
      const settings = { ...candidate.settings, ...(classes?.length ? { [CLASSES]: classes.join(', ') } : {}) };
      return [{ settings, losses, candidate, rows, ...(classes?.length ? { classes } : {}) }];
    }),
  );
  const tried = triedOf(source, probed, readings);
  const isJudged =
    labels !== undefined && labels.length >= FEWEST_LABELLED && readings.every(({ losses }) => losses.length > 0);
  const choice = isJudged ? chooseReading(readings) : { best: readings[0] as Reading, plausible: readings };
  const best = choice.best as Reading;
  const agreement = isJudged ? agreementOf(best, labels, meaning, source.skippedCount, 0.5) : undefined;
  const isTrusted =
    agreement?.verdict === 'agrees' || isAccepted(agreement, meaning, order?.fixed !== undefined, inquiry);
  decide(
    best,
    isTrusted && isJudged ? (choice.plausible as readonly Reading[]) : readings,
    readings,
    source,
    isJudged,
    inquiry,
  );
  if (order !== undefined && best.classes === undefined) {
    askClasses(output.width, order.unordered, whyNotShown(labels, isJudged), inquiry);
  }
  const threshold = meaning === 'number' ? undefined : thresholdOf(best, labels, meaning, inquiry);
  const shown =
    isJudged && threshold !== undefined
      ? agreementOf(best, labels, meaning, source.skippedCount, threshold)
      : agreement;
  const { candidate, rows, classes } = best;
  return {
    ...{ candidate, rows, meaning, tried },
    ...(classes && { classes }),
    ...(threshold !== undefined && { threshold }),
    ...(shown && { agreement: shown }),
  };
}

function whyNotShown(labels: readonly string[] | undefined, isJudged: boolean): string {
  if (labels === undefined) return 'The samples have no label that would show it.';
  if (labels.length < FEWEST_LABELLED && !isJudged)
    return `${labels.length} labelled samples are too few to show it (${FEWEST_LABELLED}).`;
  return 'The labels of the samples do not show it.';
}

function lossesOf(
  rows: readonly Float32Array[],
  labels: readonly string[],
  meaning: OutputMeaning,
  classes: readonly string[] | undefined,
  names: readonly string[],
): number[] {
  if (meaning === 'number') {
    const truth = numbersOf(labels, names);
    return rows.map((row, index) => ((row[0] as number) - (truth[index] as number)) ** 2);
  }
  return rows.map((row, index) =>
    logLoss(toProbabilities(row, meaning), (classes as readonly string[]).indexOf(labels[index] as string)),
  );
}

function numbersOf(labels: readonly string[], names: readonly string[]): number[] {
  return labels.map((label, index) => {
    const value = Number(label);
    if (label !== '' && Number.isFinite(value)) return value;
    throw samplesInvalid(`The label of ${names[index]} is no number, and the model gives one.`, {
      sample: names[index] ?? '',
    });
  });
}

/** For each setting: taken if only one value of it is left, else asked. */
function decide(
  best: Reading,
  plausible: readonly Reading[],
  all: readonly Reading[],
  source: SampleSource,
  isJudged: boolean,
  inquiry: Inquiry,
): void {
  for (const key of Object.keys(best.settings)) {
    const valuesIn = (readings: readonly Reading[]) => [
      ...new Set(readings.map(({ settings }) => settings[key] as string)),
    ];
    const [values, options] = [valuesIn(plausible), valuesIn(all)];
    if (options.length === 1) continue;
    const value = best.settings[key] as string;
    if (values.length === 1 && source.neverShown?.[key] !== value) {
      const loss = meanOf(best.losses).toPrecision(3);
      inquiry.infer(
        key,
        value,
        'shown',
        `Of ${all.length} readings that were tried on ${best.losses.length} labelled samples, the ones with it are clearly the best (mean loss ${loss}).`,
      );
      continue;
    }
    const why = isJudged
      ? `${values.length === 1 ? 'The samples speak for it and cannot prove it' : `The samples do not tell these apart: ${values.join(', ')}`}.`
      : whyNotShown(source.labels, isJudged);
    if (key === CLASSES) {
      askClasses(best.rows[0]?.length ?? 2, isJudged ? (best.classes ?? []) : [], why, inquiry);
      continue;
    }
    const { ask, why: danger } = source.settings[key] as SampleSource['settings'][string];
    inquiry.ask({
      ...{ id: key, ask, why: `${danger} ${why}`, takes: 'text', options, isRequired: true },
      ...(isJudged && { suggested: value }),
    });
  }
}

/** Whether a person has said that a model is to be added although its answers do not go with the labels. */
function isAccepted(
  agreement: JudgedAgreement | undefined,
  meaning: OutputMeaning,
  isOrderSaid: boolean,
  inquiry: Inquiry,
): boolean {
  if (agreement === undefined) return false;
  const options = ['accepted'];
  if (inquiry.override({ id: 'agreement', takes: 'text', options }) === 'accepted') return false;
  const hint =
    meaning === 'number'
      ? 'Is the label in the unit of the model, and is the table that of the training?'
      : `Is the label the truth that the model was trained on${isOrderSaid ? ', and are the classes in the order of the tensor' : ''}?`;
  throw new DeepHealthError(
    'DH_ADD_SAMPLES_DISAGREE',
    `On ${agreement.sampleCount} labelled samples, the model ${agreement.verdict === 'says the opposite' ? 'says the opposite of the labels' : 'is no better than chance'}, however it was prepared. ${hint} If it is to be added all the same, answer "agreement" with "accepted"; everything that labels would have shown is then asked.`,
    { details: { verdict: agreement.verdict } },
  );
}

function agreementOf(
  { rows, classes }: Reading,
  labels: readonly string[],
  meaning: OutputMeaning,
  skippedCount: number,
  threshold: number,
): JudgedAgreement {
  if (meaning === 'number') {
    return regressionAgreement(
      rows.map((row) => row[0] as number),
      labels.map(Number),
      skippedCount,
    );
  }
  const known = classes as readonly string[];
  return classificationAgreement(
    rows.map((row) => toProbabilities(row, meaning)),
    labels.map((label) => known.indexOf(label)),
    known,
    threshold,
    skippedCount,
  );
}

/** Cut of a binary classification; the best one on the samples is told, and never taken by itself. */
function thresholdOf(
  best: Reading,
  labels: readonly string[] | undefined,
  meaning: OutputMeaning,
  inquiry: Inquiry,
): number | undefined {
  if (Math.max(best.rows[0]?.length ?? 0, 2) !== 2) return undefined;
  const youden =
    labels === undefined || best.classes === undefined
      ? undefined
      : agreementOf(best, labels, meaning, 0, 0.5).youdenThreshold?.toPrecision(3);
  const answer = inquiry.ask({
    id: 'output.threshold',
    ask: 'From which probability on is the second class decided for?',
    why: `0.5 unless somebody says otherwise${youden === undefined ? '' : `; on these very samples ${youden} gives the largest sum of sensitivity and specificity, which is a guess for any others`}.`,
    takes: 'number',
    suggested: 0.5,
    isRequired: false,
  });
  return Number(answer);
}

function triedOf(
  source: SampleSource,
  probed: readonly ProbedCandidate[],
  readings: readonly Reading[],
): TriedCandidate[] {
  const refused = source.candidates.flatMap(({ settings }, index): TriedCandidate[] => {
    const reason = probed[index]?.refused;
    return reason === undefined ? [] : [{ settings, meanLoss: null, refused: `${reason.code}: ${reason.message}` }];
  });
  const scored = readings.map(({ settings, losses }) => ({
    settings,
    meanLoss: losses.length === 0 ? null : meanOf(losses),
  }));
  return [...scored.sort((a, b) => (a.meanLoss ?? 0) - (b.meanLoss ?? 0)), ...refused];
}

function refusedByAll(source: SampleSource, probed: readonly ProbedCandidate[]): DeepHealthError {
  const refused = probed[0]?.refused;
  const where = refused?.sample === undefined ? '' : ` (${source.names[refused.sample]})`;
  return new DeepHealthError(
    refused?.code ?? 'DH_MODEL_NOT_READY',
    `The model refuses the samples${where}: ${refused?.message ?? 'it could not be loaded'}`,
  );
}
