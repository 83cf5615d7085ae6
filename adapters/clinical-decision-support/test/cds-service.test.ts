import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { sha256 } from '@deephealth/sdk';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BINDING, callBody, goldenCase, patientResources, searchset, writeHeartPackage } from './heart-package.js';
import { type RuntimeProcess, startRuntimeProcess } from './runtime-process.js';
import { type ServedAdapter, serveAdapter } from './served-adapter.js';
import { temporaryFolder } from './temporary-folder.js';

let runtime: RuntimeProcess;
let served: ServedAdapter;
let folder: string;

beforeAll(async () => {
  const store = temporaryFolder();
  folder = await writeHeartPackage(store);
  runtime = await startRuntimeProcess(store);
  served = await serveAdapter({ runtime: runtime.address, packages: [folder], languages: ['en', 'de'] });
});

afterAll(async () => {
  await served?.stop();
  await runtime?.stop();
});

const PROBABILITY_TOLERANCE = 1e-6;

describe('discovery', () => {
  it('lists each service of the package with what a platform has to know', async () => {
    const { status, json } = await served.get('/cds-services');
    expect(status).toBe(200);
    expect(json.services.map(({ id }: { id: string }) => id)).toEqual(BINDING.services.map(({ id }) => id));
    expect(json.services[0]).toMatchObject({
      hook: 'patient-view',
      title: 'Risk of coronary heart disease',
      description: 'Probability of a narrowed coronary vessel from an exercise test.',
      usageRequirements: 'Bodies of 5 MiB at most.',
      prefetch: {
        patient: 'Patient/{{context.patientId}}',
        findings: 'Observation?patient={{context.patientId}}',
      },
      extension: { 'eu.deephealth.model': { name: 'heart-disease-risk', version: '1.0.0', researchUseOnly: true } },
    });
  });

  it('answers the model card that the cards point to', async () => {
    const { status, headers, text } = await served.get('/models/heart-disease-risk/1.0.0');
    expect(status).toBe(200);
    expect(headers.get('content-type')).toBe('text/markdown; charset=utf-8');
    expect(text).toBe(readFileSync(join(folder, 'MODEL_CARD.md'), 'utf8'));
    expect((await served.get('/models/heart-disease-risk/9.9.9')).status).toBe(404);
  });
});

describe('a call with all data as prefetch', () => {
  it.each(['high-risk', 'above-threshold', 'below-threshold'])(
    'gives %s the very probability that the package states',
    async (id) => {
      const { status, json } = await served.post('/cds-services/heart-risk', callBody(id));
      expect(status).toBe(200);
      expect(json.cards).toHaveLength(1);
      const finding = json.cards[0].extension['eu.deephealth.finding'];
      expect(Math.abs(finding.probability - goldenCase(id).probability)).toBeLessThan(PROBABILITY_TOLERANCE);
    },
  );

  it('gives no card where the policy has none', async () => {
    const { status, json } = await served.post('/cds-services/heart-risk', callBody('low-risk'));
    expect({ status, json }).toEqual({ status: 200, json: { cards: [] } });
  });

  it('makes a card that says what, how sure, from what, by which model, and what it is not for', async () => {
    const { json } = await served.post('/cds-services/heart-risk', callBody('high-risk'));
    const [card] = json.cards;
    expect(card).toMatchObject({
      uuid: expect.stringMatching(/^[0-9a-f-]{36}$/),
      indicator: 'critical',
      source: {
        label: 'Risk of coronary heart disease (UCI Cleveland) 1.0.0',
        url: `${served.baseUrl}/models/heart-disease-risk/1.0.0`,
        topic: { code: 'coronary-risk' },
      },
      selectionBehavior: 'at-most-one',
      overrideReasons: [{ code: 'already-examined', display: 'Already examined' }],
    });
    expect(card.summary).toBe('Coronary risk 99.4 % (61.9 to 88.3 %): consider angiography.');
    expect(card.detail).toContain('in Serum or Plasma | 216 mg/dL | 2026-11-19 08:30 UTC | 2093-3 (LOINC) |');
    expect(card.detail).toContain('Of 36 people in the held-out data with a score of 0.4 to 1, 28 had the outcome');
    expect(card.detail).toContain('For research use only');
    expect(card.detail).toContain('Not clinically validated');
    const provenance = card.extension['eu.deephealth.provenance'];
    expect(provenance).toMatchObject({
      modelName: 'heart-disease-risk',
      modelVersion: '1.0.0',
      packageSha256: sha256(readFileSync(join(folder, 'SHA256SUMS'))),
      executionProvider: 'cpu',
      researchUseOnly: true,
    });
  });

  it('suggests an order for this very patient, without what the call does not know', async () => {
    const { json } = await served.post('/cds-services/heart-risk', callBody('high-risk'));
    expect(json.cards[0].suggestions).toEqual([
      {
        label: 'Order coronary angiography',
        uuid: expect.any(String),
        isRecommended: true,
        actions: [
          {
            type: 'create',
            description: 'Order coronary angiography',
            resource: {
              resourceType: 'ServiceRequest',
              status: 'draft',
              intent: 'proposal',
              code: { text: 'Coronary angiography' },
              subject: { reference: 'Patient/p-1' },
            },
          },
        ],
      },
    ]);
  });

  it('speaks the language that is asked for, if the operator offers it', async () => {
    const ask = async (language: string) =>
      (await served.post('/cds-services/heart-risk', callBody('high-risk'), { 'accept-language': language })).json
        .cards[0];
    const german = await ask('de-AT, en;q=0.5');
    expect(german.summary).toBe('Koronarrisiko 99,4 % (61,9 bis 88,3 %): Angiographie erwägen.');
    expect(german.detail).toContain('Nur für die Forschung');
    expect((await ask('fr, en;q=0.5')).summary).toContain('Coronary risk');
  });

  it('tells the model what is not known, and the reader that it was replaced', async () => {
    const { json } = await served.post('/cds-services/heart-risk', callBody('tests-withheld'));
    const [card] = json.cards;
    expect(card.detail).toContain('| major vessels | not known; replaced as the model card describes |');
    const { probability } = card.extension['eu.deephealth.finding'];
    expect(Math.abs(probability - goldenCase('tests-withheld').probability)).toBeLessThan(PROBABILITY_TOLERANCE);
    expect(card.extension['eu.deephealth.provenance'].warnings.map(({ kind }: { kind: string }) => kind)).toContain(
      'IMPUTED',
    );
  });

  it('holds no null, "", [] or {} but the lists that may be empty', async () => {
    for (const path of ['/cds-services/heart-risk', '/cds-services/heart-risk-abstaining']) {
      const { json } = await served.post(path, callBody('tests-withheld'));
      expect(json.cards).toHaveLength(1);
      expect(emptyThings(json)).toEqual([]);
    }
    expect(emptyThings((await served.get('/cds-services')).json)).toEqual([]);
  });

  it('computes and records for a service in shadow, and shows nothing', async () => {
    const calls = () => served.adapter.statistics()[0]?.calls ?? 0;
    const before = calls();
    const { status, json } = await served.post('/cds-services/heart-risk-shadow', callBody('high-risk'));
    expect({ status, json }).toEqual({ status: 200, json: { cards: [] } });
    expect(calls()).toBe(before + 1);
  });

  it('answers a private hook', async () => {
    const body = callBody('high-risk', { hook: 'eu.deephealth.exercise-test-reported' });
    const { status, json } = await served.post('/cds-services/heart-risk-reported', body);
    expect(status).toBe(200);
    expect(json.cards).toHaveLength(1);
  });
});

describe('values that cannot be used', () => {
  const withObservation = (id: string, change: (observation: Record<string, unknown>) => object | undefined) => {
    const { patient, observations } = patientResources(goldenCase('high-risk').table, 'p-1');
    const changed = observations.flatMap((one) => (one.id === `p-1-${id}` ? (change(one) ?? []) : [one]));
    return callBody('high-risk', { prefetch: { patient, findings: searchset(changed) } });
  };
  const cholesterol = (value: object) => withObservation('cholesterol', (one) => ({ ...one, ...value }));
  const quantity = (value: number, code: string) => ({
    valueQuantity: { value, unit: code, system: 'http://unitsofmeasure.org', code },
  });

  it.each([
    ['too old', cholesterol({ effectiveDateTime: '2020-01-01' })],
    ['out of range', cholesterol(quantity(5000, 'mg/dL'))],
    ['of a unit that does not convert', cholesterol(quantity(216, 'mm[Hg]'))],
    ['of a unit that nobody knows', cholesterol(quantity(216, 'mgs/dl'))],
    ['without a unit', cholesterol({ valueQuantity: { value: 216 } })],
    ['a bound only', cholesterol({ valueQuantity: { ...quantity(216, 'mg/dL').valueQuantity, comparator: '<' } })],
    ['not a result', cholesterol({ status: 'entered-in-error' })],
    ['absent', withObservation('cholesterol', () => undefined)],
  ])('refuses a value that is %s with 412, naming key, column and code', async (_what, body) => {
    const { status, json } = await served.post('/cds-services/heart-risk', body);
    expect(status).toBe(412);
    expect(json.resourceType).toBe('OperationOutcome');
    expect(json.issue).toHaveLength(1);
    expect(json.issue[0].diagnostics).toMatch(/"cholesterol".*http:\/\/loinc\.org\|2093-3.*"findings"/);
    expect(json.issue[0].details.coding.map(({ code }: { code: string }) => code)).toEqual([
      'DH_CDS_DATA_MISSING',
      '2093-3',
    ]);
    expect(JSON.stringify(json)).not.toMatch(/\b(216|5000)\b/);
  });

  it('shows a card without a number where the binding abstains', async () => {
    const body = cholesterol(quantity(5000, 'mg/dL'));
    const { status, json } = await served.post('/cds-services/heart-risk-abstaining', body);
    expect(status).toBe(200);
    const [card] = json.cards;
    expect(card).toMatchObject({ indicator: 'info', source: { topic: { code: 'coronary-risk' } } });
    expect(card.summary).toBe('Risk of coronary heart disease: no result, because data are missing or not usable.');
    const finding = card.extension['eu.deephealth.finding'];
    expect(finding).toMatchObject({ isAbstained: true, unusable: [{ column: 'cholesterol', why: 'out-of-range' }] });
    expect(finding.probability).toBeUndefined();
    expect(card.summary).not.toMatch(/\d/);
    expect(card.detail).not.toMatch(/Score of the model|5000/);
  });

  it('makes no number of a value that is there and cannot be used, though it could be replaced', async () => {
    const body = withObservation('major-vessels', (one) => ({ ...one, ...quantity(7, '1') }));
    const { status, json } = await served.post('/cds-services/heart-risk', body);
    expect(status === 412 || json.cards[0].extension['eu.deephealth.finding'].isAbstained).toBe(true);
  });

  it('makes no number beside a test that is too old, though without it there would be one', async () => {
    const body = withObservation('thallium-stress', (one) => ({ ...one, effectiveDateTime: '2020-01-01' }));
    const { status, json } = await served.post('/cds-services/heart-risk', body);
    expect(status).toBe(200);
    expect(json.cards[0].extension['eu.deephealth.finding']).toMatchObject({
      isAbstained: true,
      unusable: [{ column: 'thallium_stress', why: 'stale' }],
    });
    expect(JSON.stringify(json.cards[0])).not.toContain('probability":');
  });

  it('converts a unit that means the same', async () => {
    const { json } = await served.post('/cds-services/heart-risk', cholesterol(quantity(2.16, 'g/L')));
    const { probability } = json.cards[0].extension['eu.deephealth.finding'];
    expect(Math.abs(probability - goldenCase('high-risk').probability)).toBeLessThan(PROBABILITY_TOLERANCE);
  });
});

function emptyThings(content: unknown, place = '$'): string[] {
  if (content === null || content === '') return [place];
  if (typeof content !== 'object') return [];
  const entries = Object.entries(content);
  if (entries.length === 0) return [place];
  return entries.flatMap(([name, value]) => emptyThings(value, `${place}.${name}`));
}
