import { DeepHealthError, type EcvlDataset } from '@deephealth/sdk';

/** Place of each class of the dataset in the model's list. */
export type ClassMap = readonly number[];

export interface ClassMapOptions {
  /** Pairs "dataset class=model class". */
  readonly pairs?: readonly string[];
  /** Take the classes of both in their order, whatever they are called. */
  readonly byPosition?: boolean;
}

/**
 * Finds each class of the dataset among those of the model: by name, as told, or by position if that was
 * asked for. Nothing is guessed: a class that is silently another one would make every number wrong.
 *
 * @throws DeepHealthError DH_CONFIG_INVALID naming both lists
 */
export function mapClasses({ classes }: EcvlDataset, labels: readonly string[], options: ClassMapOptions): ClassMap {
  if (options.byPosition) {
    if (classes.length === labels.length) return classes.map((_, index) => index);
    throw invalid(
      `The dataset has ${classes.length} classes, the model ${labels.length}, so they cannot be matched by position.`,
    );
  }
  const told = new Map((options.pairs ?? []).map(parsePair));
  const unknown = [...told.keys()].find((name) => !classes.includes(name));
  if (unknown !== undefined)
    throw invalid(`--class names ${JSON.stringify(unknown)}, which is no class of the dataset.`);
  const map = classes.map((name) => labels.indexOf(told.get(name) ?? name));
  const missing = classes.filter((_, index) => map[index] === -1);
  if (missing.length > 0) {
    throw invalid(
      `The model has no class for ${list(missing)} of the dataset. It has ${list(labels)}. Say which is which with --class dataset=model, or --classes-by-position.`,
    );
  }
  if (new Set(map).size < map.length) throw invalid('Two classes of the dataset are the same class of the model.');
  return map;
}

function parsePair(text: string): [string, string] {
  const at = text.indexOf('=');
  if (at < 1) throw invalid(`--class takes dataset=model, got ${JSON.stringify(text)}.`);
  return [text.slice(0, at), text.slice(at + 1)];
}

function list(names: readonly string[]): string {
  const shown = names.slice(0, 12).map((name) => JSON.stringify(name));
  return names.length > 12 ? `${shown.join(', ')} and ${names.length - 12} more` : shown.join(', ');
}

function invalid(message: string): DeepHealthError {
  return new DeepHealthError('DH_CONFIG_INVALID', message);
}
