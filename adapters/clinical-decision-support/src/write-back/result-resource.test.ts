import type { RegressionOutputSpec } from '@deephealth/sdk';
import type { Observation } from 'fhir/r4.js';
import { describe, expect, it } from 'vitest';
import { heartBinding, heartManifest } from '../../test/heart-disease.js';
import { problemsOf } from '../../test/validators.js';
import type { Outcome } from '../cards/score.js';
import type { CatalogService } from '../service/service-catalog.js';
import { resultBundle } from './result-bundle.js';
import { type ModelResult, resultResource } from './result-resource.js';

const [binding] = heartBinding().services;
const BASE = 'https://cds.example';

function resultOf(scores: Outcome['scores'], features: ModelResult['features'] = []): ModelResult {
  const output: RegressionOutputSpec = {
    name: 'volume',
    kind: 'regression',
    tensor: 'y',
    values: [...scores.values()].map(({ label, unit = '1' }) => ({ label, unit })),
  } as unknown as RegressionOutputSpec;
  const service = {
    binding,
    manifest: { ...heartManifest(), researchUseOnly: true },
    packageSha256: 'a'.repeat(64),
    output,
    modelCardUrl: `${BASE}/models/x/1.0.0`,
    modelCard: '# Card\n',
  } as unknown as CatalogService;
  return {
    service,
    outcome: {
      isAbstained: false,
      decision: [],
      scores,
      codes: [{ system: 'http://loinc.org', code: '8806-2' }],
      classes: [],
    },
    features,
    patientId: 'p-1',
    completedAt: '2026-11-20T10:00:00.000Z',
    identifiers: [{ system: `${BASE}/results`, value: 'b'.repeat(64) }],
    warnings: ['Input "age" is near the edge of the training data.'],
  };
}

describe('a result of a regression', () => {
  const one = new Map([['fraction', { label: 'fraction', value: 55.5, unit: '%', lower: 50, upper: 61 }]]);

  it('is an observation with its unit, its interval and the device that made it', () => {
    const features: ModelResult['features'] = [
      { kind: 'value', column: 'a', value: 1, reference: 'Observation/1/_history/2' },
      { kind: 'value', column: 'b', value: 2, reference: 'Observation/1/_history/2' },
      { kind: 'value', column: 'c', value: 3, reference: 'Patient/p-1' },
    ];
    const found = resultResource(resultOf(one, features), { reference: 'Device/m' }) as Observation;
    expect(found).toMatchObject({
      resourceType: 'Observation',
      status: 'preliminary',
      device: { reference: 'Device/m' },
      derivedFrom: [{ reference: 'Observation/1/_history/2' }],
      valueQuantity: {
        value: 55.5,
        code: '%',
        extension: [{ valueRange: { low: { value: 50, code: '%' }, high: { value: 61, code: '%' } } }],
      },
    });
    expect(found.component).toBeUndefined();
    expect(found.note?.map(({ text }) => text)).toEqual([
      'Computed by software. No person has confirmed it.',
      'For research only; not validated for clinical use.',
      'Input "age" is near the edge of the training data.',
    ]);
  });

  it('has a component for each of several values', () => {
    const two = new Map([
      ['edv', { label: 'edv', value: 120, unit: 'mL' }],
      ['esv', { label: 'esv', value: 50, unit: 'mL' }],
    ]);
    const found = resultResource(resultOf(two), { reference: 'Device/m' }) as Observation;
    expect(found.valueQuantity).toBeUndefined();
    expect(found.component?.map(({ code, valueQuantity }) => [code.text, valueQuantity?.value])).toEqual([
      ['edv', 120],
      ['esv', 50],
    ]);
  });

  it('is clean in both validators, as is the transaction that writes it', () => {
    const options = { modelCard: '# Card\n', baseUrl: BASE, now: new Date('2026-11-20T10:00:01Z') };
    const bundle = resultBundle(resultOf(one), options);
    // As a server does before it stores them.
    const types = bundle.entry?.map(({ fullUrl = '', resource }) => [fullUrl, `${resource?.resourceType}/1`] as const);
    const stored = (types ?? []).reduce(
      (text, [fullUrl, reference]) => text.replaceAll(`"reference":"${fullUrl}"`, `"reference":"${reference}"`),
      JSON.stringify(bundle),
    );
    expect(problemsOf(JSON.parse(stored))).toEqual([]);
    expect(bundle.entry?.map(({ request }) => [request?.url, request?.ifNoneExist !== undefined])).toEqual([
      ['Device', true],
      ['DocumentReference', true],
      ['Observation', true],
      ['Provenance', false],
    ]);
  });
});

describe('the validators', () => {
  it('see what is wrong', () => {
    const sound = resultResource(resultOf(new Map([['x', { label: 'x', value: 1, unit: 'mL' }]])), {
      reference: 'Device/m',
    }) as Observation;
    expect(problemsOf(sound)).toEqual([]);
    expect(problemsOf({ ...sound, status: 'done' } as never)).not.toEqual([]);
    expect(problemsOf({ ...sound, surplus: 1 } as never)).not.toEqual([]);
    const { code: _, ...without } = sound;
    expect(problemsOf(without as never)).not.toEqual([]);
    expect(
      problemsOf({
        resourceType: 'RiskAssessment',
        status: 'final',
        subject: { reference: 'Patient/1' },
        prediction: [{ probabilityDecimal: 150 }],
      }),
    ).not.toEqual([]);
  });
});
