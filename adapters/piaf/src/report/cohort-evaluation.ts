import {
  type BootstrapOptions,
  type ClassificationMode,
  type ClassificationReport,
  type ClassifiedSample,
  DeepHealthError,
  type Estimate,
  FileRefusal,
  reportClassification,
  reportSegmentation,
  type SegmentedSample,
} from '@deephealth/sdk';
import type { ItemResult } from '../steps/run-folder.js';
import { type FindingDocument, findingsOf, finite } from './finding-document.js';
import { type LabelMap, readLabelMap } from './read-label-map.js';
import { type CohortLabels, labelsInvalid } from './read-labels.js';

/** What labels say of the results. */
export interface CohortEvaluation {
  readonly labelled: number;
  /** Items with a label and no result to compare with it. */
  readonly withoutResult: readonly string[];
  readonly bootstrap: BootstrapOptions & { readonly level: 0.95 };
  readonly classification?: Omit<ClassificationReport, 'samples'> & { readonly finding: string };
  readonly segmentation?: SegmentationEvaluation;
}

export interface SegmentationEvaluation {
  readonly finding: string;
  readonly classes: readonly {
    readonly label: string;
    readonly metrics: Readonly<Record<string, Estimate>>;
    /** In the order of the items. */
    readonly items: readonly { readonly item: string; readonly dice: number }[];
  }[];
}

export interface EvaluationFiles {
  /** Reads a file of the results, by its path there. */
  readonly openFile: (path: string) => Promise<Uint8Array>;
  /** Reads a mask of the labels. */
  readonly openMask: (path: string) => Promise<Uint8Array>;
}

const BOOTSTRAP = { resamples: 1000, seed: 1 } as const;
const TOLERANCE_MM = 1e-3;

/**
 * Results beside what is true: AUC, sensitivity, specificity and calibration of scores, overlap of masks, with
 * bootstrap intervals over items. The same results and labels give the same numbers on every machine.
 *
 * @throws DH_CHAIN_REQUEST_INVALID for a label of no item, a class that the model has not, a mask on another grid
 */
export async function evaluateCohort(
  results: readonly ItemResult[],
  labels: CohortLabels,
  { openFile, openMask }: EvaluationFiles,
): Promise<CohortEvaluation> {
  const items = new Set(results.map(({ item }) => item));
  const stranger = [...labels.keys()].find((item) => !items.has(item));
  if (stranger !== undefined) throw labelsInvalid(`${stranger} is no item of the run, which has ${items.size}`);
  const predicted = results.filter(({ status }) => status === 'predicted');
  const withResult = new Set(predicted.map(({ item }) => item));
  const classification = classify(predicted, labels);
  const segmentation = await segment(predicted, labels, openFile, openMask);
  return {
    labelled: labels.size,
    withoutResult: [...labels.keys()].filter((item) => !withResult.has(item)).sort(),
    bootstrap: { ...BOOTSTRAP, level: 0.95 },
    ...(classification === undefined ? {} : { classification }),
    ...(segmentation === undefined ? {} : { segmentation }),
  };
}

function classify(results: readonly ItemResult[], labels: CohortLabels): CohortEvaluation['classification'] {
  const told = new Set([...labels.values()].flatMap(({ classes }) => classes ?? []));
  if (told.size === 0) return undefined;
  const found = results.flatMap((result) => findingsOf(result).filter((one) => one.classification !== undefined));
  const candidates = new Map(found.map((one) => [one.name, one] as const));
  const labelsOf = (one: FindingDocument) => one.classification?.classes.map(({ label }) => label) ?? [];
  const finding = [...candidates.values()].find((one) => [...told].every((label) => labelsOf(one).includes(label)));
  if (finding === undefined) {
    const known = [...candidates.values()].map((one) => `${one.name}: ${labelsOf(one).slice(0, 12).join(', ')}`);
    throw labelsInvalid(
      `no classification of the results has all of its classes; they have ${known.join('; ') || 'none'}`,
    );
  }
  const classes = labelsOf(finding);
  const mode = finding.classification?.mode.replace(/^CLASSIFICATION_MODE_/, '').toLowerCase() as ClassificationMode;
  const samples = results.flatMap((result, index): ClassifiedSample[] => {
    const truth = labels.get(result.item)?.classes;
    const own = findingsOf(result).find(({ name }) => name === finding.name)?.classification;
    if (truth === undefined || own === undefined) return [];
    if (mode !== 'multilabel' && truth.length > 1) {
      throw labelsInvalid(`${result.item} has ${truth.length} classes, and the model gives one`);
    }
    const places = (list: readonly string[]) => list.map((label) => classes.indexOf(label)).sort((a, b) => a - b);
    return [
      {
        ...{ index, location: result.item, truth: places(truth), decision: places(own.decision) },
        probabilities: own.classes.map(({ probability }) => finite(probability) ?? 0),
        abstained: own.abstained,
      },
    ];
  });
  if (samples.length === 0) return undefined;
  const { samples: _, ...report } = reportClassification(samples, classes, mode, BOOTSTRAP);
  return { finding: finding.name, ...report };
}

async function segment(
  results: readonly ItemResult[],
  labels: CohortLabels,
  openFile: EvaluationFiles['openFile'],
  openMask: EvaluationFiles['openMask'],
): Promise<SegmentationEvaluation | undefined> {
  const counted = new Map<string, SegmentedSample[]>();
  let name: string | undefined;
  for (const [index, result] of results.entries()) {
    const path = labels.get(result.item)?.mask;
    const finding = findingsOf(result).find((one) => one.mask !== undefined);
    if (path === undefined || finding?.mask === undefined) continue;
    name ??= finding.name;
    const own = await readLabelMap(await openFile(finding.mask.labels.file));
    const truth = await truthMask(result.item, path, openMask);
    if (!isSameGrid(own, truth)) {
      throw labelsInvalid(
        `the mask of ${result.item} has ${truth.shape.join(' x ')} samples, or lies elsewhere; the result has ${own.shape.join(' x ')}`,
      );
    }
    for (const one of finding.mask.classes) {
      const counts = overlap(own, truth, inClass(finding.mask, one.value), inTruth(finding.mask, one.value));
      const list = counted.get(one.label) ?? [];
      list.push({ index, location: result.item, ...counts });
      counted.set(one.label, list);
    }
  }
  if (name === undefined) return undefined;
  return {
    finding: name,
    classes: [...counted].map(([label, samples]) => {
      const { overall, samples: scored } = reportSegmentation(samples, BOOTSTRAP);
      return { label, metrics: overall, items: scored.map(({ location, dice }) => ({ item: location, dice })) };
    }),
  };
}

async function truthMask(item: string, path: string, openMask: EvaluationFiles['openMask']): Promise<LabelMap> {
  try {
    return await readLabelMap(await openMask(path));
  } catch (cause) {
    if (cause instanceof DeepHealthError) throw cause;
    const why = cause instanceof FileRefusal ? cause.message : 'cannot be read';
    throw labelsInvalid(`the mask of ${item} ${why}`, cause);
  }
}

function isSameGrid(own: LabelMap, truth: LabelMap): boolean {
  return (
    String(own.shape) === String(truth.shape) &&
    (own.affine === undefined ||
      own.affine.every((value, i) => Math.abs(value - (truth.affine?.[i] ?? Number.NaN)) < TOLERANCE_MM))
  );
}

type Mask = NonNullable<FindingDocument['mask']>;

function inClass({ isMultilabel }: Mask, value: number): (label: number) => boolean {
  return isMultilabel ? (label) => (label & value) !== 0 : (label) => label === value;
}

/** Of a model with one class, whatever is not 0 is it: 1 and 255 are both usual. */
function inTruth(mask: Mask, value: number): (label: number) => boolean {
  return mask.classes.length === 1 ? (label) => label !== 0 : inClass(mask, value);
}

function overlap(
  own: LabelMap,
  truth: LabelMap,
  isFound: (label: number) => boolean,
  isTrue: (label: number) => boolean,
): Omit<SegmentedSample, 'index' | 'location'> {
  let [truePositives, falsePositives, falseNegatives] = [0, 0, 0];
  for (let i = 0; i < own.labels.length; i++) {
    const [found, is] = [isFound(own.labels[i] as number), isTrue(truth.labels[i] as number)];
    if (found && is) truePositives++;
    else if (found) falsePositives++;
    else if (is) falseNegatives++;
  }
  const trueNegatives = own.labels.length - truePositives - falsePositives - falseNegatives;
  return { truePositives, falsePositives, falseNegatives, trueNegatives };
}
