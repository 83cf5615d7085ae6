import type { runtimeV1 } from '@deephealth/proto';
import { DeepHealthError } from '@deephealth/sdk';
import { describe, expect, it } from 'vitest';
import type { CardRule } from '../bindings/cds-hooks-binding.js';
import type { Feature } from '../bindings/cds-request.js';
import type { CatalogService } from '../service/service-catalog.js';
import { type CardContext, makeCards } from './make-cards.js';

const RULE: CardRule = {
  of: 'volume',
  atLeast: 3,
  indicator: 'critical',
  summary: { en: '{label}: {value} {unit} ({low} to {high}).' },
};

/** A model that measures a volume. */
function contextOf(rule: CardRule, changes: Partial<CardContext> = {}): CardContext {
  const service = {
    binding: {
      id: 'volume',
      hook: 'patient-view',
      title: 'Volume',
      description: 'A volume.',
      input: 'patient',
      output: 'size',
      prefetch: {},
      cards: { topic: { system: 'urn:x', code: 'volume' }, rules: [rule] },
    },
    manifest: {
      name: 'volume',
      version: '1.0.0',
      title: 'Volume <b>of</b> something',
      intendedUse: 'Tests.',
      limitations: ['None | many.'],
      researchUseOnly: false,
    },
    packageSha256: 'a'.repeat(64),
    input: { name: 'patient', kind: 'table', feeds: 'x', columns: [], steps: [] },
    output: { name: 'size', kind: 'regression', from: 'y', values: [{ label: 'volume', unit: 'mL' }] },
    modelCardUrl: 'https://cds.example/models/volume/1.0.0',
  } as unknown as CatalogService;
  const request = { hook: 'patient-view', hookInstance: 'x', context: { patientId: 'p-1' }, prefetch: {} };
  return { service, request, features: [], requestId: 'r-1', languages: ['en'], newUuid: () => 'u-1', ...changes };
}

function answer(value: Partial<runtimeV1.RegressionValue__Output>): runtimeV1.PredictResponse__Output {
  const regression = { values: [{ label: 'volume', codes: [], value: 3.25, unit: 'mL', ...value }] };
  return {
    requestId: 'r-1',
    findings: [{ name: 'size', codes: [], regression, highlight: null }],
    provenance: null,
    warnings: [],
  };
}

describe('makeCards', () => {
  it('shows a measured value in its unit with the interval that the model gives', () => {
    const [card] = makeCards(contextOf(RULE), answer({ lower: 2.9, upper: 3.61, intervalLevel: 0.95 }));
    expect(card?.summary).toBe('volume: 3.25 mL (2.9 to 3.61).');
    expect(card?.detail).toContain('volume, 3.25 mL. Interval of the model (95 %): 2.9 – 3.61 mL.');
  });

  it('shows as a warning what nobody has approved as critical', () => {
    const approval = { by: 'A', role: 'B', date: '2026-11-01' };
    expect(makeCards(contextOf(RULE), answer({}))[0]?.indicator).toBe('warning');
    expect(makeCards(contextOf({ ...RULE, approval }), answer({}))[0]?.indicator).toBe('critical');
  });

  it.each([
    ['another unit than the manifest declares', { unit: 'L' }],
    ['no finite number', { value: Number.POSITIVE_INFINITY }],
    ['an interval that is none', { lower: Number.NaN }],
    ['another label', { label: 'area' }],
  ])('makes nothing of %s', (_what, value) => {
    expect(() => makeCards(contextOf(RULE), answer(value))).toThrow(DeepHealthError);
  });

  it('lets no text of others become markup', () => {
    const feature: Feature = {
      kind: 'value',
      column: 'x',
      value: '<script>|[a](javascript:b)',
      at: '2026-01-01 | x',
      code: { system: 'https://evil.example', code: '`c`' },
    };
    const [card] = makeCards(contextOf(RULE, { features: [feature] }), answer({}));
    expect(card?.detail).not.toMatch(/<script|<b>|[^\\]\[a\]|https:\/\/evil/);
    const row = card?.detail.split('\n').find((line) => line.startsWith('| x '));
    expect(row?.replace(/\\\|/g, '').split('|')).toHaveLength(6);
  });

  it('leaves out a link that the call has no value for', () => {
    const link = (url: string) => ({ label: { en: 'More' }, url, type: 'absolute' as const });
    const links = [link('https://a.example/{{context.patientId}}'), link('https://a.example/{{context.encounterId}}')];
    const [card] = makeCards(contextOf({ ...RULE, links }), answer({}));
    expect(card?.links).toEqual([{ label: 'More', url: 'https://a.example/p-1', type: 'absolute' }]);
  });
});
