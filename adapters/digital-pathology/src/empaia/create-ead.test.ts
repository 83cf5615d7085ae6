import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Manifest, readModelPackage } from '@deephealth/sdk';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { beforeAll, describe, expect, it } from 'vitest';
import type { SlideAnalysis } from '../bindings/digital-pathology-binding.js';
import { createEad } from './create-ead.js';

const at = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const validate = new Ajv2020({ allErrors: true, strict: false }).compile(
  JSON.parse(readFileSync(at('schemas/empaia-ead.schema.json'), 'utf8')),
);

const ANALYSIS: SlideAnalysis = {
  ...{ label: 'tissue', title: 'Tissue', input: 'overview', outputs: ['tissue_probability'] },
  tile: { size: 64, micronsPerPixel: 8 },
};

interface Ead {
  readonly namespace: string;
  readonly classes: Readonly<Record<string, { readonly name: string }>>;
  readonly io: Readonly<Record<string, Record<string, unknown>>>;
  readonly modes: Readonly<Record<string, { readonly inputs: readonly string[]; readonly outputs: readonly string[] }>>;
  readonly rendering: { readonly annotations: readonly { readonly class_value: string }[] };
}

let manifest: Manifest;
/** With a classification of classes whose names EMPAIA does not take. */
let classifier: Manifest;
const OF_CLASSES: SlideAnalysis = { ...ANALYSIS, outputs: ['gleason'] };
beforeAll(async () => {
  ({ manifest } = await readModelPackage(at('../../samples/models/tissue-pixels/1.0.0')));
  const [output] = manifest.outputs;
  const classes = ['Pattern 3', 'Pattern 4+', '5'].map((label) => ({ label }));
  classifier = {
    ...manifest,
    outputs: [{ ...output, kind: 'classification', name: 'gleason', classes } as unknown as Manifest['outputs'][0]],
  };
});

const problems = (ead: object) => {
  validate(ead);
  return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
};

describe('the description of an app for EMPAIA', () => {
  it.each([true, false])('fits the schema, with regions of interest: %s', (regionsOfInterest) => {
    expect(problems(createEad(manifest, ANALYSIS, { regionsOfInterest }))).toEqual([]);
    expect(problems(createEad(classifier, OF_CLASSES, { namespace: 'org.empaia.my_lab.g1.v3.12' }))).toEqual([]);
  });

  it('has all that it refers to, and uses all that it has, as platforms check it', () => {
    for (const ead of [createEad(manifest, ANALYSIS), createEad(classifier, OF_CLASSES)] as Ead[]) {
      const used = new Set(Object.values(ead.modes).flatMap(({ inputs, outputs }) => [...inputs, ...outputs]));
      expect([...used].sort()).toEqual(Object.keys(ead.io).sort());
      const values = Object.keys(ead.classes).map((key) => `${ead.namespace}.classes.${key}`);
      expect(ead.rendering.annotations.map(({ class_value }) => class_value)).toEqual(values);
      const channels = Object.values(ead.io).flatMap(({ channel_classes = [] }) => channel_classes as string[]);
      expect(channels).toEqual(values);
      expect(ead.modes.preprocessing?.inputs).toEqual(['my_wsi']);
      expect(ead.modes.preprocessing?.outputs).toEqual(ead.modes.standalone?.outputs);
    }
  });

  it('has names of classes that EMPAIA takes, and the real ones for people', () => {
    expect((createEad(classifier, OF_CLASSES) as Ead).classes).toEqual({
      pattern_3: { name: 'Pattern 3' },
      pattern_4: { name: 'Pattern 4+' },
      class_5: { name: '5' },
    });
    const twins = structuredClone(classifier) as unknown as { outputs: { classes: { label: string }[] }[] };
    twins.outputs[0]?.classes.push({ label: 'pattern 4' });
    expect(() => createEad(twins as unknown as Manifest, OF_CLASSES)).toThrow(/cannot tell apart/);
  });

  it.each([
    'tumour',
    'org.empaia.lab.app.v2.0',
    'org.empaia.Lab.app.v3.0',
    'org.empaia.lab.app.v3',
    'org.empaia.lab.a-b.v3.0',
  ])('refuses the namespace %s', (namespace) => {
    expect(() => createEad(manifest, ANALYSIS, { namespace })).toThrow(/namespace/);
  });

  it('would not fit with an input too many, a class that is misspelt, or a field that nobody knows', () => {
    const ead = createEad(manifest, ANALYSIS) as Ead;
    expect(problems({ ...ead, more: 1 })).not.toEqual([]);
    expect(problems({ ...ead, namespace: 'org.empaia.x' })).not.toEqual([]);
    const preprocessing = { inputs: ['my_wsi', 'regions_of_interest'], outputs: [] };
    expect(problems({ ...ead, modes: { preprocessing } })).not.toEqual([]);
    expect(problems({ ...ead, io: { ...ead.io, p: { type: 'polygon' } } })).not.toEqual([]);
    expect(problems({ ...ead, io: { ...ead.io, p: { type: 'float', unit: 'mm2' } } })).not.toEqual([]);
  });
});
