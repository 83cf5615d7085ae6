import { parseBinding as parseCds } from '@deephealth/adapter-clinical-decision-support';
import { parseBinding as parseSlides } from '@deephealth/adapter-digital-pathology';
import { parseFll, parseBinding as parseRules } from '@deephealth/adapter-expressif';
import { parseBinding as parseChain } from '@deephealth/adapter-piaf';
import { type InputSpec, type Manifest, type OutputSpec, parseManifest } from '@deephealth/sdk';
import { describe, expect, it } from 'vitest';
import { Inquiry } from '../inquiry.js';
import type { Answers } from '../questions.js';
import { fhirSources } from './fhir-source.js';
import { PLATFORMS, planBindings } from './plan-bindings.js';

const TABLE: InputSpec = {
  name: 'record',
  kind: 'table',
  feeds: 'x',
  columns: [
    { name: 'age', type: 'number', unit: 'a', validRange: [0, 120], missing: 'refuse' },
    { name: 'sex', type: 'category', categories: ['female', 'male'], missing: 'refuse' },
    { name: 'cholesterol', type: 'number', unit: 'mg/dL', validRange: [50, 700], missing: 'refuse' },
  ],
  steps: [
    {
      op: 'table_to_features',
      features: [{ column: 'age' }, { column: 'sex', equals: 'female' }, { column: 'cholesterol' }],
    },
  ],
};
const picture = (colour: 'rgb' | 'gray', channels: number): InputSpec => ({
  name: 'image',
  kind: 'image',
  feeds: 'x',
  mediaTypes: ['image/png'],
  maxPixels: 1_000_000,
  steps: [
    { op: 'decode_image', colour },
    { op: 'image_to_tensor', layout: 'CHW', scale: 1, mean: Array(channels).fill(0), std: Array(channels).fill(1) },
  ],
});
const classes = (labels: readonly string[], threshold?: number): OutputSpec => ({
  name: 'finding',
  kind: 'classification',
  from: 'y',
  mode: labels.length === 2 ? 'binary' : 'multiclass',
  classes: labels.map((label, i) => ({ label, ...(threshold !== undefined && i === 1 && { threshold }) })),
});
const LENGTH: OutputSpec = { name: 'length', kind: 'regression', from: 'y', values: [{ label: 'length', unit: 'mm' }] };

function manifestOf(input: InputSpec, output: OutputSpec, shape: readonly number[]): Manifest {
  const manifest: Manifest = {
    ...{ schemaVersion: 1, name: 'my_model', version: '1.0.0', title: 't', intendedUse: 'u', limitations: ['l'] },
    ...{ license: 'CC0-1.0', researchUseOnly: true, onnx: { file: 'model.onnx', sha256: 'a'.repeat(64) } },
    tensors: {
      inputs: [{ name: 'x', dataType: 'FP32', shape }],
      outputs: [
        { name: 'y', dataType: 'FP32', shape: [-1, output.kind === 'classification' ? output.classes.length : 1] },
      ],
    },
    ...{ inputs: [input], outputs: [output] },
  };
  return parseManifest(Buffer.from(JSON.stringify(manifest)));
}

function planned(manifest: Manifest, answers: Answers) {
  const inquiry = new Inquiry(answers);
  const [input] = manifest.inputs;
  const sources = input?.kind === 'table' ? fhirSources(input.columns, [], inquiry) : new Map();
  const bindings = planBindings(PLATFORMS, {
    manifest,
    title: 'My model',
    fhirSources: sources,
    valueRange: [0, 300],
    inquiry,
  });
  return { inquiry, bindings, of: (platform: string) => bindings.find((one) => one.platform === platform) };
}
const PARSERS = {
  'bindings/cds-hooks.json': parseCds,
  'bindings/digital-pathology.json': parseSlides,
  'bindings/expressif.json': parseRules,
  'bindings/processing-chain.json': parseChain,
} as const;

describe('bindings that are written', () => {
  it.each<[string, InputSpec, OutputSpec, readonly number[], Answers, readonly string[]]>([
    [
      'two classes of a table',
      TABLE,
      classes(['no', 'yes'], 0.3),
      [-1, 3],
      { 'columns.cholesterol.code': '2093-3' },
      ['clinical-decision-support', 'expressif', 'piaf'],
    ],
    [
      'a threshold of 0',
      TABLE,
      classes(['no', 'yes'], 0),
      [-1, 3],
      { 'columns.cholesterol.code': '2093-3' },
      ['clinical-decision-support', 'expressif', 'piaf'],
    ],
    [
      'three classes of a table',
      TABLE,
      classes(['a', 'b: c', 'd']),
      [-1, 3],
      { 'columns.cholesterol.code': 'urn:x|chol' },
      ['clinical-decision-support', 'expressif', 'piaf'],
    ],
    [
      'a number',
      TABLE,
      LENGTH,
      [-1, 3],
      { 'columns.cholesterol.code': '2093-3' },
      ['clinical-decision-support', 'expressif', 'piaf'],
    ],
    ['a column without a code', TABLE, LENGTH, [-1, 3], { 'columns.cholesterol.code': 'none' }, ['expressif', 'piaf']],
    [
      'colour pictures',
      picture('rgb', 3),
      classes(['a', 'b']),
      [-1, 3, 64, 64],
      { 'cds.imageCode': '18748-4', 'pathology.micronsPerPixel': 0.5 },
      [...PLATFORMS],
    ],
    [
      'colour pictures of no slides',
      picture('rgb', 3),
      classes(['a', 'b']),
      [-1, 3, 64, 64],
      { 'cds.imageCode': 'none', 'pathology.micronsPerPixel': 0 },
      ['expressif', 'piaf'],
    ],
    [
      'grey pictures',
      picture('gray', 1),
      classes(['a', 'b']),
      [-1, 1, 64, 64],
      { 'cds.imageCode': 'none' },
      ['expressif', 'piaf'],
    ],
  ])('for %s are those that the adapters take', (_, input, output, shape, answers, expected) => {
    const manifest = manifestOf(input, output, shape);
    const { bindings, inquiry } = planned(manifest, answers);
    expect(bindings.filter(({ isApplicable }) => isApplicable).map(({ platform }) => platform)).toEqual(expected);
    expect(inquiry.questions.filter(({ isRequired }) => isRequired)).toEqual([]);
    for (const { platform, isApplicable, why, files } of bindings) {
      expect(why, platform).toMatch(/\.$/);
      expect(Object.keys(files).length > 0, platform).toBe(isApplicable);
      for (const [file, text] of Object.entries(files)) {
        if (file.endsWith('.fll')) expect(parseFll(text).inputs.length).toBeGreaterThan(0);
        else PARSERS[file as keyof typeof PARSERS](text, manifest);
      }
    }
  });

  it('of decision support inform, and refuse what is missing: how grave a score is, nobody has said', () => {
    const { of } = planned(manifestOf(TABLE, classes(['no', 'yes'], 0.3), [-1, 3]), {
      'columns.cholesterol.code': '2093-3',
    });
    const text = of('clinical-decision-support')?.files['bindings/cds-hooks.json'] ?? '';
    const [service] = JSON.parse(text).services;
    expect(service.cards.rules.map((rule: { indicator: string }) => rule.indicator)).toEqual(['info', 'info']);
    expect(Object.values(service.features).every((one) => (one as { missing: string }).missing === 'refuse')).toBe(
      true,
    );
    expect(service.features.cholesterol.codes).toEqual([{ system: 'http://loinc.org', code: '2093-3' }]);
  });
});

describe('a code', () => {
  it('is asked for and never made up', () => {
    const { inquiry } = planned(manifestOf(TABLE, LENGTH, [-1, 3]), {});
    const open = inquiry.questions.filter(({ isRequired }) => isRequired);
    expect(open.map(({ id }) => id)).toEqual(['columns.cholesterol.code']);
    expect(open[0]).not.toHaveProperty('suggested');
  });

  it.each(['cholesterol', '2093', 'x|y|z'])('that is %s is none', (code) => {
    expect(() => planned(manifestOf(TABLE, LENGTH, [-1, 3]), { 'columns.cholesterol.code': code })).toThrow(
      'must be a LOINC code',
    );
  });
});
