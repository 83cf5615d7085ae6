// What the peer runs chains over: packages, studies and bindings.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Chains of the samples, one of each kind of item. */
export const SAMPLE_CHAINS = [
  ['heart-disease-risk', 'risk'],
  ['ecg-beat', 'beats'],
  ['hippocampus-volume', 'segment-series'],
  ['tissue-pixels', 'tissue-map'],
];

export const packageOf = (root, model) => join(root, 'samples', 'models', model, '1.0.0');

/** Golden patients of the heart sample as files, one a study; one of them is refused by the model. */
export function writePatients(root, folder) {
  const golden = join(packageOf(root, 'heart-disease-risk'), 'golden');
  const names = readdirSync(golden)
    .filter((name) => name.endsWith('.json'))
    .sort()
    .slice(0, 4);
  const rows = names.map((name) => JSON.parse(readFileSync(join(golden, name), 'utf8')).inputs.patient.table);
  rows.push({ ...rows[0], age: { number: 300, unit: 'a' } });
  return rows.map((row, index) => {
    const path = join(folder, `patient-${index}.json`);
    writeFileSync(path, JSON.stringify(Object.fromEntries(Object.entries(row).map(toColumn))));
    return path;
  });
}

const toColumn = ([name, { number, unit, category, boolean }]) => [
  name,
  number === undefined ? (category ?? boolean ?? null) : { value: number, unit },
];

/** The chain with all that a binding may ask of an engine, and every parameter of its kind. */
export function demandingChain({ manifest, packageSha256, binding }) {
  const resources = { ...binding.resources, gpus: 2, scratchMiB: 2048 };
  const parameters = {
    file: [
      { name: 'frame', default: 3, minimum: 0, maximum: 9 },
      { name: 'fromS', default: 0.0000001 },
      { name: 'lengthS' },
      { name: 'highlight', default: false },
    ],
    series: [{ name: 'highlight' }],
    slide: [
      { name: 'level', default: 0 },
      { name: 'micronsPerPixel', minimum: 0.05 },
    ],
  }[binding.item.kind];
  const container = 'registry.example/deephealth:0.1.0';
  return { manifest, packageSha256, binding: { ...binding, resources, parameters, container } };
}
