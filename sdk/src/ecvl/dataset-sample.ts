import { describeYaml, isYamlMap, type YamlValue } from './dataset-document.js';
import type { EcvlLabel, EcvlSample } from './read-dataset.js';

type Outcome<T> = { readonly value: T } | { readonly problem: string };

const KEYS = new Set(['location', 'label', 'values']);

/** One entry of `images`: a path, a list of paths, or a map with location, label and values. */
export function readSample(
  entry: YamlValue,
  index: number,
  classes: readonly string[],
  features: readonly string[],
): EcvlSample {
  if (!isYamlMap(entry)) return ofLocations(index, readLocations(entry));
  const { entries } = entry;
  const unknown = [...entries.keys()].find((key) => !KEYS.has(key));
  const locations = readLocations(entries.get('location') ?? null);
  const label = readLabel(entries.get('label') ?? null, classes);
  const values = readValues(entries.get('values') ?? null, features);
  const sample = ofLocations(index, locations);
  const problem =
    unknown === undefined
      ? [locations, label, values].map((outcome) => ('problem' in outcome ? outcome.problem : undefined)).find(Boolean)
      : `It has the key ${describeYaml(unknown)}, which the format does not know.`;
  return {
    ...sample,
    ...('value' in label && label.value !== undefined ? { label: label.value } : {}),
    ...('value' in values ? { values: values.value } : {}),
    ...(problem === undefined ? {} : { problem }),
  };
}

interface Locations {
  /** As written, also where there is a problem, so that a report can name the sample. */
  readonly value: readonly string[];
  readonly problem?: string;
}

function ofLocations(index: number, { value, problem }: Locations): EcvlSample {
  return { index, locations: value, values: new Map(), ...(problem === undefined ? {} : { problem }) };
}

function readLocations(value: YamlValue): Locations {
  const list = Array.isArray(value) ? (value as readonly YamlValue[]) : [value];
  const written = list.filter((location) => typeof location === 'string');
  if (list.length === 0) return { value: [], problem: 'Its list of locations is empty.' };
  for (const location of list) {
    if (typeof location !== 'string' || location === '') {
      return { value: written, problem: `Its location is ${describeYaml(location)}; it must be a path.` };
    }
    const problem = locationProblem(location);
    if (problem !== undefined) return { value: written, problem };
  }
  return { value: written };
}

function locationProblem(location: string): string | undefined {
  // ECVL hands such a location to a shell; here nothing is fetched, whatever the scheme.
  if (/^[A-Za-z][A-Za-z0-9+.-]+:\/\//.test(location)) {
    return 'Its location is a URL, which is never fetched. Download the file and name its path.';
  }
  return location.includes('\u0000') ? 'Its location holds a NUL character.' : undefined;
}

function readLabel(value: YamlValue, classes: readonly string[]): Outcome<EcvlLabel | undefined> {
  if (value === null) return { value: undefined };
  if (isYamlMap(value))
    return { problem: 'Its label is a map; it must be a class, an index, a list of them, or a path.' };
  const list = Array.isArray(value) ? (value as readonly YamlValue[]) : [value];
  if (list.length === 0) return { value: { kind: 'classes', classes: [] } };
  const indices: number[] = [];
  for (const label of list) {
    if (typeof label !== 'string') return { problem: `Its label is ${describeYaml(label)}.` };
    const outcome = readClass(label, classes);
    if ('problem' in outcome) return outcome;
    if (outcome.value !== undefined) indices.push(outcome.value);
    else if (list.length === 1) return maskLabel(label);
    else
      return {
        problem: `Its label ${describeYaml(label)} is not a class; ECVL would drop its other labels and take this one for the path of a mask.`,
      };
  }
  if (new Set(indices).size < indices.length) return { problem: 'Its label names a class twice.' };
  return { value: { kind: 'classes', classes: indices } };
}

function maskLabel(location: string): Outcome<EcvlLabel> {
  const problem = locationProblem(location);
  return problem === undefined ? { value: { kind: 'mask', location } } : { problem };
}

/** The index of a class by number or name; undefined if it is neither. Numbers come first, as in ECVL. */
function readClass(label: string, classes: readonly string[]): Outcome<number | undefined> {
  if (/^[+-]?0[0-9xX]/.test(label) && /^[+-]?0([0-7]+|[xX][0-9a-fA-F]+)$/.test(label)) {
    return {
      problem: `Its label ${describeYaml(label)} has a leading zero, which ECVL reads as octal or hexadecimal. Write the plain index.`,
    };
  }
  if (/^[+-]?\d+$/.test(label)) {
    const index = Number(label);
    if (index >= 0 && index < classes.length) return { value: index };
    return { problem: `Its label is the index ${label}, but there are ${classes.length} classes, counted from 0.` };
  }
  const index = classes.indexOf(label);
  return { value: index === -1 ? undefined : index };
}

function readValues(value: YamlValue, features: readonly string[]): Outcome<ReadonlyMap<string, string>> {
  const values = new Map<string, string>();
  const entries: [string | undefined, YamlValue, string][] = isYamlMap(value)
    ? [...value.entries].map(([name, each]) => [features.includes(name) ? name : undefined, each, describeYaml(name)])
    : Array.isArray(value)
      ? (value as readonly YamlValue[]).map((each, place) => [
          features[place] ?? (each === null ? '' : `value ${place}`),
          each,
          `at place ${place}`,
        ])
      : [];
  if (value !== null && !isYamlMap(value) && !Array.isArray(value)) {
    return { problem: `Its values are ${describeYaml(value)}; they must be a list or a map.` };
  }
  for (const [name, each, asked] of entries) {
    // ECVL would write it over the first feature.
    if (name === undefined)
      return { problem: `It has a value for the feature ${asked}, which the dataset does not name.` };
    if (each === null) continue;
    if (typeof each !== 'string')
      return { problem: `Its value for ${asked} is ${describeYaml(each)}; it must be a text or a number.` };
    values.set(name, each);
  }
  return { value: values };
}
