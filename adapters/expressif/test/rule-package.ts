import type { Manifest } from '@deephealth/sdk';
import { buildTestPackage, identityModel, type TestPackage } from '@deephealth/sdk/testing';

/** Rules that read a patient's values, and two things of a model: a number and the possibility of classes. */
export const RULES = `Engine: triage
InputVariable: age
  range: 0 120
  term: old Ramp 60 80
InputVariable: lactate
  range: 0 20
  term: raised Ramp 1 4
InputVariable: risk
  range: 0 100
  term: high Ramp 20 60
InputVariable: rhythm
  range: 0 1
  term: ectopic Ramp 0 1
OutputVariable: urgency
  range: 0 100
  aggregation: Maximum
  defuzzifier: Centroid 100
  term: low Triangle 0 20 40
  term: high Triangle 60 80 100
RuleBlock: main
  conjunction: Minimum
  disjunction: Maximum
  implication: Minimum
  rule: if lactate is raised and risk is high then urgency is high
  rule: if age is old or rhythm is ectopic then urgency is low with 0.5
`;

export const BINDING = {
  schemaVersion: 1,
  ruleBases: [
    {
      label: 'triage',
      title: 'Triage (test)',
      rules: 'bindings/triage.fll',
      variables: {
        age: { unit: 'a', column: 'age' },
        lactate: { unit: 'mmol/L', maxAgeS: 3600 },
        risk: { unit: '%', model: { as: 'value', output: 'disease', label: 'present', unit: '1', scale: 100 } },
        rhythm: {
          unit: '1',
          model: { as: 'degrees', output: 'beat', terms: { ectopic: ['V', 'S'] }, transform: 'antipignistic' },
        },
      },
      outputs: { urgency: { unit: '%' } },
    },
  ],
};

/** Id of the rule base of {@link rulePackage}. */
export const TRIAGE = 'triage-model/1.0.0/triage';

/** A package with the rules; its graph is of no consequence, since the tests' runtime is none. */
export function rulePackage(
  store: string,
  { rules = RULES, binding = BINDING as object }: { rules?: string; binding?: object } = {},
): TestPackage {
  const tensor = (width: number) => ({ dataType: 'FP32', shape: [-1, width] }) as const;
  const golden = (width: number) => ({ dataType: 'FP32', shape: [1, width], values: Array(width).fill(0) }) as const;
  return buildTestPackage(store, {
    name: 'triage-model',
    version: '1.0.0',
    model: identityModel(),
    tensors: {
      inputs: [{ name: 'x', ...tensor(3) }],
      outputs: [
        { name: 'p', ...tensor(2) },
        { name: 'q', ...tensor(3) },
      ],
    },
    golden: [
      {
        id: 'one',
        inputs: { patient: { table: { age: { number: 50, unit: 'a' }, sex: { category: 'male' } } } },
        expected: { p: golden(2), q: golden(3) },
      },
    ],
    manifest: {
      inputs: [
        {
          name: 'patient',
          kind: 'table',
          feeds: 'x',
          columns: [
            { name: 'age', type: 'number', unit: 'a', validRange: [18, 100] },
            { name: 'sex', type: 'category', categories: ['female', 'male'] },
          ],
          steps: [
            {
              op: 'table_to_features',
              features: [{ column: 'age' }, { column: 'sex', equals: 'female' }, { column: 'sex', equals: 'male' }],
            },
          ],
        },
      ],
      outputs: [
        {
          name: 'disease',
          kind: 'classification',
          from: 'p',
          mode: 'binary',
          classes: [{ label: 'absent' }, { label: 'present', threshold: 0.4 }],
        },
        {
          name: 'beat',
          kind: 'classification',
          from: 'q',
          mode: 'multiclass',
          classes: [{ label: 'N' }, { label: 'V' }, { label: 'S' }],
        },
      ],
    } as unknown as Partial<Manifest>,
    files: { 'bindings/expressif.json': JSON.stringify(binding), 'bindings/triage.fll': rules },
  });
}
