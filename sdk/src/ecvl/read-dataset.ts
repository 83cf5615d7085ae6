import {
  datasetInvalid,
  describeYaml,
  isYamlMap,
  parseDatasetDocument,
  type YamlMap,
  type YamlValue,
} from './dataset-document.js';
import { readSample } from './dataset-sample.js';
import { readSplits } from './dataset-splits.js';

/** What a sample is labelled with. */
export type EcvlLabel =
  | { readonly kind: 'classes'; readonly classes: readonly number[] }
  | { readonly kind: 'mask'; readonly location: string };

export interface EcvlSample {
  /** Place in `images`, from 0, which is what splits name. */
  readonly index: number;
  /** Paths as written, relative to the YAML file unless absolute; several are the planes of one image. */
  readonly locations: readonly string[];
  readonly label?: EcvlLabel;
  /** By feature name; a value that is missing is not there. */
  readonly values: ReadonlyMap<string, string>;
  /** Why the sample cannot be used, as a sentence. */
  readonly problem?: string;
}

export interface EcvlDataset {
  readonly name: string;
  readonly description: string;
  readonly classes: readonly string[];
  readonly features: readonly string[];
  /** As ECVL decides: segmentation where there are no classes. */
  readonly task: 'classification' | 'segmentation';
  readonly samples: readonly EcvlSample[];
  /** Indices into `samples` by the name of the split. */
  readonly splits: ReadonlyMap<string, readonly number[]>;
  /** What a person should know, as sentences. */
  readonly notes: readonly string[];
}

const KEYS = new Set(['name', 'description', 'classes', 'features', 'images', 'split']);

/**
 * Reads the dataset format of ECVL and the DeepHealth toolkit. Nothing else is opened: paths stay as they
 * are written, and no location is ever fetched. What makes a single sample unusable is kept with that
 * sample, so that nothing drops out silently; what makes the file unusable is thrown.
 *
 * @throws DeepHealthError DH_ECVL_FILE_INVALID
 */
export function readEcvlDataset(bytes: Uint8Array): EcvlDataset {
  const root = parseDatasetDocument(bytes);
  if (!isYamlMap(root)) throw datasetInvalid(`must be a map with "images", but is ${describeYaml(root)}`);
  const notes: string[] = [];
  for (const key of root.entries.keys()) {
    if (!KEYS.has(key))
      notes.push(`The key ${describeYaml(key)} is not part of the format and was ignored. Check the spelling.`);
  }
  const classes = names(root, 'classes');
  const features = names(root, 'features');
  if (classes.some((name) => /^[+-]?\d+$/.test(name))) {
    notes.push(
      'Class names are numbers: ECVL takes a label that is a number for the index of a class, never for its name.',
    );
  }
  const images = root.entries.get('images');
  if (!Array.isArray(images)) throw datasetInvalid(`needs "images", a list; it is ${describeYaml(images)}`);
  const samples = images.map((entry: YamlValue, index) => readSample(entry, index, classes, features));
  noteDuplicates(samples, notes);
  noteMasks(samples, classes, notes);
  const splits = readSplits(root.entries.get('split'), samples.length, notes);
  return {
    name: text(root, 'name'),
    description: text(root, 'description'),
    classes,
    features,
    task: classes.length === 0 ? 'segmentation' : 'classification',
    samples,
    splits,
    notes,
  };
}

function text({ entries }: YamlMap, key: string): string {
  const value = entries.get(key);
  if (value === undefined || value === null) return '';
  if (typeof value === 'string') return value;
  throw datasetInvalid(`needs a text for "${key}"; it is ${describeYaml(value)}`);
}

function names({ entries }: YamlMap, key: string): string[] {
  const value = entries.get(key) ?? [];
  if (!Array.isArray(value)) throw datasetInvalid(`needs a list of names for "${key}"; it is ${describeYaml(value)}`);
  const list = value.map((name: YamlValue) => {
    if (typeof name === 'string' && name !== '') return name;
    throw datasetInvalid(`has an entry of "${key}" that is ${describeYaml(name)}; names are texts`);
  });
  const twice = list.find((name, index) => list.indexOf(name) < index);
  if (twice !== undefined) throw datasetInvalid(`names ${describeYaml(twice)} twice in "${key}"`);
  return list;
}

function noteDuplicates(samples: readonly EcvlSample[], notes: string[]): void {
  const seen = new Set<string>();
  let twice = 0;
  for (const { locations } of samples) {
    const key = locations.join('\u0000');
    if (seen.has(key)) twice += 1;
    seen.add(key);
  }
  if (twice > 0) notes.push(`${twice} samples have the locations of another sample; locations must be unique.`);
}

function noteMasks(samples: readonly EcvlSample[], classes: readonly string[], notes: string[]): void {
  if (classes.length === 0) return;
  const masks = samples.filter(({ label }) => label?.kind === 'mask').length;
  if (masks > 0) {
    notes.push(
      `${masks} labels are not names of classes, so ECVL takes them for paths of masks. Check the spelling of the classes.`,
    );
  }
}
