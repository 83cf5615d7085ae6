import { DeepHealthError } from '@deephealth/sdk';
import { fuzzParser, fuzzTimeoutMs, mutateJson } from '@deephealth/sdk/testing';
import { expect, it } from 'vitest';
import type { RuleBaseBinding } from '../bindings/expressif-binding.js';
import { parseBinding } from '../bindings/parse-binding.js';
import { parsePossibilisticRules } from '../possibilistic/parse-possibilistic-rules.js';
import { MODEL_MANIFEST } from '../testing/model-manifest.js';
import { modelInputs } from './model-inputs.js';
import { parseDecisionRequest } from './parse-decision-request.js';
import { ruleInputs } from './rule-inputs.js';

const USUAL = 150;
const NOW = Date.parse('2026-03-01T12:00:00Z');

const variables = {
  lactate: { unit: 'mmol/L', maxAgeS: 3600 },
  score: { unit: '1' },
  years: { unit: 'a', column: 'age' },
  gender: { unit: '1', column: 'sex', numbers: { female: 0, male: 1 } },
  risk: { unit: '%', model: { as: 'value', output: 'disease', label: 'present', unit: '1', scale: 100 } },
  rhythm: {
    unit: '1',
    model: { as: 'degrees', output: 'beat', terms: { ectopic: ['V', 'S'] }, transform: 'probability' },
  },
};
const binding = {
  schemaVersion: 1,
  ruleBases: [{ label: 'risk', title: 'Risk', rules: 'bindings/risk.fll', variables }],
};
const question = {
  values: {
    age: { value: 63, unit: 'a' },
    sex: 'male',
    smoker: true,
    lactate: { value: 2, unit: 'mmol/L', at: '2026-03-01T11:30:00Z' },
    score: { degrees: { high: 0.5 } },
  },
  inputs: { patient: { table: { age: { number: 63, unit: 'a' } } } },
  at: '2026-03-01T12:00:00Z',
  languages: ['en', 'fr'],
  requestId: 'r-1',
};
const bytesOf = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));
const refusedBy =
  (...codes: readonly string[]) =>
  (thrown: unknown): boolean =>
    thrown instanceof DeepHealthError && codes.includes(thrown.code);

it('a broken question is read or refused, and its values are numbers, degrees or absent', {
  timeout: fuzzTimeoutMs(USUAL),
}, async () => {
  const { inputs, refused } = await fuzzParser({
    ...{ parser: 'question to a rule base', seed: 930, usual: USUAL, corpus: [bytesOf(question)], mutate: mutateJson },
    read(bytes) {
      const request = parseDecisionRequest(bytes);
      const columns = new Set(['age', 'sex', 'smoker']);
      const found = ruleInputs({ variables } as unknown as RuleBaseBinding, columns, request, request.atMs ?? NOW);
      for (const value of found.values()) {
        if (typeof value === 'number') expect(value).toSatisfy(Number.isFinite);
      }
      modelInputs(MODEL_MANIFEST, request);
    },
    isRefusal: refusedBy('DH_REQUEST_MALFORMED', 'DH_UNIT_MISMATCH', 'DH_CATEGORY_UNKNOWN'),
  });
  expect(refused).toBeGreaterThan(inputs / 5);
});

it('a broken binding is sound or refused', { timeout: fuzzTimeoutMs(USUAL) }, async () => {
  const { inputs, refused } = await fuzzParser({
    ...{ parser: 'binding of rules', seed: 931, usual: USUAL, corpus: [bytesOf(binding)], mutate: mutateJson },
    read: (bytes) => parseBinding(bytes.toString(), MODEL_MANIFEST),
    isRefusal: refusedBy('DH_RULES_BINDING_INVALID'),
  });
  expect(refused).toBeGreaterThan(inputs / 5);
});

it('broken possibilistic rules are sound or refused', { timeout: fuzzTimeoutMs(USUAL) }, async () => {
  const rules = {
    format: 'deephealth.possibilistic-rules/1',
    name: 'triage',
    inputs: [{ name: 'fever', values: ['none', 'some', 'high'], given: 'possibility' }],
    outputs: [
      {
        name: 'urgency',
        values: ['low', 'high'],
        rules: [{ id: 'r1', if: [{ attribute: 'fever', in: ['high'] }], conclude: ['high'], s: 0.25, r: 0 }],
      },
    ],
  };
  await fuzzParser({
    ...{ parser: 'possibilistic rules', seed: 932, usual: USUAL, corpus: [bytesOf(rules)], mutate: mutateJson },
    read: (bytes) => parsePossibilisticRules(bytes.toString()),
    isRefusal: refusedBy('DH_RULES_MALFORMED', 'DH_RULES_INCONSISTENT'),
  });
});
