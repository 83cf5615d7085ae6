import { datasetInvalid, describeYaml, isYamlMap, type YamlValue } from './dataset-document.js';

/**
 * The splits of a dataset. An index that no sample has makes the file unusable; samples that are in two
 * splits are noted, since a test on samples of the training says nothing.
 */
export function readSplits(
  value: YamlValue | undefined,
  sampleCount: number,
  notes: string[],
): ReadonlyMap<string, readonly number[]> {
  const splits = new Map<string, readonly number[]>();
  if (value === undefined || value === null) return splits;
  if (!isYamlMap(value)) throw datasetInvalid(`needs a map of lists for "split"; it is ${describeYaml(value)}`);
  for (const [name, list] of value.entries) splits.set(name, readIndices(name, list, sampleCount, notes));
  noteOverlaps(splits, notes);
  return splits;
}

function readIndices(name: string, list: YamlValue, sampleCount: number, notes: string[]): number[] {
  if (list !== null && !Array.isArray(list)) {
    throw datasetInvalid(`needs a list of indices for the split ${describeYaml(name)}; it is ${describeYaml(list)}`);
  }
  const indices = ((list ?? []) as readonly YamlValue[]).map((entry) => {
    const isIndex = typeof entry === 'string' && /^(0|[1-9]\d*)$/.test(entry);
    if (isIndex && Number(entry) < sampleCount) return Number(entry);
    throw datasetInvalid(
      `has ${describeYaml(entry)} in the split ${describeYaml(name)}; indices are whole numbers from 0 to ${sampleCount - 1}`,
    );
  });
  const unique = [...new Set(indices)];
  if (unique.length < indices.length) {
    notes.push(
      `The split ${describeYaml(name)} names ${indices.length - unique.length} samples twice; each counts once.`,
    );
  }
  if (unique.length === 0) notes.push(`The split ${describeYaml(name)} is empty.`);
  return unique;
}

function noteOverlaps(splits: ReadonlyMap<string, readonly number[]>, notes: string[]): void {
  const lists = [...splits];
  lists.forEach(([name, indices], place) => {
    const set = new Set(indices);
    for (const [other, otherIndices] of lists.slice(place + 1)) {
      const shared = otherIndices.filter((index) => set.has(index)).length;
      if (shared === 0) continue;
      notes.push(
        `${shared} samples are in the split ${describeYaml(name)} and in ${describeYaml(other)}: results on the one say less about the other.`,
      );
    }
  });
}
