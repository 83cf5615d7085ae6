import type { SuiteModel } from '../models/suite-model.js';
import { namedTensor } from '../tensors/named-tensor.js';
import type { CdsBinding, CdsRule, CdsService } from './cds-binding.js';

export const LOINC = 'http://loinc.org';
export const SNOMED = 'http://snomed.info/sct';

/** Name of the model that every service asks. */
export const CDS_MODEL = 'conformance-cds';
/** Another one, so that two calls can be told apart by the model that they ask. */
export const CDS_OTHER_MODEL = 'conformance-cds-other';
/** Its output that cards are made of, and the class that they are about. */
export const CDS_OUTPUT = 'diagnosis';
export const CDS_CLASS = 'malignant';
/** Service that cases ask where they name none. */
export const CDS_VIEW = 'conformance-view';

/** From this probability on a card is of this kind; below the last there is none. Met exactly in binary. */
export const CDS_STEPS = [
  { atLeast: 0.75, indicator: 'critical' },
  { atLeast: 0.5, indicator: 'warning' },
  { atLeast: 0.25, indicator: 'info' },
] as const;

export const CODES = {
  systolic: { system: LOINC, code: '8480-6', display: 'Systolic blood pressure' },
  cholesterol: { system: LOINC, code: '2093-3', display: 'Cholesterol [Mass/volume] in Serum or Plasma' },
  glucose: { system: LOINC, code: '15074-8', display: 'Glucose [Moles/volume] in Blood' },
  smoking: { system: LOINC, code: '72166-2', display: 'Tobacco smoking status' },
  panel: { system: LOINC, code: '85354-9', display: 'Blood pressure panel' },
} as const;

function rule({ atLeast, indicator }: (typeof CDS_STEPS)[number]): CdsRule {
  return {
    of: CDS_CLASS,
    atLeast,
    indicator,
    summary: { en: 'The score of the conformance model is {percent}.' },
    detail: { en: 'Made for tests: it answers no medical question.' },
    suggestions: [
      {
        label: { en: 'Order another look' },
        creates: [
          {
            description: { en: 'An order for another look' },
            resource: {
              resourceType: 'ServiceRequest',
              status: 'draft',
              intent: 'proposal',
              subject: { reference: 'Patient/{{context.patientId}}' },
              code: { coding: [{ system: SNOMED, code: '185389009', display: 'Follow-up visit' }] },
            },
          },
        ],
      },
    ],
    links: [{ label: { en: 'What this is' }, url: 'https://guideline.conformance.example/score', type: 'absolute' }],
    ...(indicator === 'critical' && {
      approval: { by: 'Conformance suite', role: 'clinical safety officer', date: '2026-11-01' },
    }),
  };
}

function service(id: string, hook: string, title: string, over: Partial<CdsService> = {}): CdsService {
  const observations = (category: string) => `Observation?patient={{context.patientId}}&category=${category}`;
  return {
    id,
    hook,
    title,
    description: `${title}. Made for tests: it answers no medical question.`,
    input: 'patient',
    output: CDS_OUTPUT,
    prefetch: {
      patient: { query: 'Patient/{{context.patientId}}' },
      vitals: { query: observations('vital-signs') },
      labs: { query: observations('laboratory'), isRequired: false },
      social: { query: observations('social-history'), isRequired: false },
    },
    features: {
      age: {
        from: 'patient',
        fhirPath: 'Patient.birthDate',
        isAge: true,
        unit: 'a',
        range: [0, 130],
        missing: 'refuse',
      },
      sex: {
        from: 'patient',
        fhirPath: 'Patient.gender',
        categories: { female: 'female', male: 'male' },
        missing: 'refuse',
      },
      systolic: {
        from: 'vitals',
        codes: [CODES.systolic],
        unit: 'mm[Hg]',
        range: [50, 300],
        maximumAgeDays: 365,
        missing: 'refuse',
      },
      cholesterol: {
        from: 'labs',
        codes: [CODES.cholesterol],
        unit: 'mg/dL',
        molarMass: 386.65,
        range: [40, 800],
        maximumAgeDays: 3650,
        missing: 'abstain',
      },
      glucose: { from: 'labs', codes: [CODES.glucose], unit: 'mmol/L', range: [0.5, 60], missing: 'unknown' },
      smoking: {
        from: 'social',
        codes: [CODES.smoking],
        categories: {
          [`${SNOMED}|266919005`]: 'never',
          [`${SNOMED}|8517006`]: 'former',
          [`${SNOMED}|77176002`]: 'current',
        },
        missing: 'unknown',
      },
    },
    cards: {
      topic: { system: SNOMED, code: '225338004', display: 'Risk assessment' },
      rules: CDS_STEPS.map(rule),
      overrideReasons: [
        { system: 'https://deephealth.example/conformance', code: 'known', display: 'Known already' },
        { system: 'https://deephealth.example/conformance', code: 'other', display: 'Does not apply to this patient' },
      ],
    },
    ...over,
  };
}

/** What the suite's packages bind, by model: one hook each, and one service that is never shown. */
const BINDINGS: Readonly<Record<string, readonly CdsService[]>> = {
  [CDS_MODEL]: [
    service(CDS_VIEW, 'patient-view', 'Score when a patient is opened'),
    service('conformance-sign', 'order-sign', 'Score when orders are signed'),
    service('conformance-shadow', 'patient-view', 'Score that is recorded and not shown', { isShadow: true }),
  ],
  [CDS_OTHER_MODEL]: [service('conformance-other', 'patient-view', 'Another score when a patient is opened')],
};

export const CDS_SERVICES: readonly CdsService[] = Object.values(BINDINGS).flat();

/** Model that a service asks. */
export function cdsModelOf(serviceId: string): string {
  const found = Object.entries(BINDINGS).find(([, services]) => services.some(({ id }) => id === serviceId));
  if (found === undefined) throw new RangeError(`the suite binds no service "${serviceId}"`);
  return found[0];
}

/** Service that asks a model, and is shown. */
export function cdsServiceOf(model: string): CdsService {
  const [found] = BINDINGS[model] ?? [];
  if (found === undefined) throw new RangeError(`the suite binds no service of "${model}"`);
  return found;
}

/** Values of a patient, and a score of them. */
function scoreModel(name: string, title: string): SuiteModel {
  const binding: CdsBinding = { schemaVersion: 1, services: BINDINGS[name] ?? [] };
  return {
    name,
    version: '1',
    title,
    numericClass: 'network',
    files: { 'bindings/cds-hooks.json': `${JSON.stringify(binding, null, 2)}\n` },
    graph: {
      inputs: [{ name: 'features', dataType: 'FP32', shape: [-1, 6] }],
      outputs: [{ name: 'score', dataType: 'FP32', shape: [-1, 1] }],
      constants: { w: namedTensor('list(0.5,0.75,0.5,0.25,0.5,0.75)-6x1.fp32') },
      nodes: [
        { op: 'MatMul', inputs: ['features', 'w'], output: 'sum' },
        { op: 'Sigmoid', inputs: ['sum'], output: 'score' },
      ],
    },
    golden: [
      {
        patient: {
          table: {
            age: { number: 61, unit: 'a' },
            sex: { category: 'female' },
            systolic: { number: 132, unit: 'mm[Hg]' },
            cholesterol: { number: 210, unit: 'mg/dL' },
            glucose: { number: 5.25, unit: 'mmol/L' },
            smoking: { category: 'never' },
          },
        },
      },
    ],
    manifest: {
      inputs: [
        {
          name: 'patient',
          kind: 'table',
          description: 'Values of one patient.',
          feeds: 'features',
          columns: [
            { name: 'age', type: 'number', unit: 'a', validRange: [0, 130] },
            { name: 'sex', type: 'category', categories: ['female', 'male'] },
            { name: 'systolic', type: 'number', unit: 'mm[Hg]', validRange: [50, 300] },
            { name: 'cholesterol', type: 'number', unit: 'mg/dL', validRange: [40, 800] },
            { name: 'glucose', type: 'number', unit: 'mmol/L', validRange: [0.5, 60], missing: { impute: 5.5 } },
            {
              name: 'smoking',
              type: 'category',
              categories: ['never', 'former', 'current'],
              missing: { impute: 'never' },
            },
          ],
          steps: [
            {
              op: 'table_to_features',
              features: [
                { column: 'age' },
                { column: 'systolic' },
                { column: 'cholesterol' },
                { column: 'glucose' },
                { column: 'sex', equals: 'male' },
                { column: 'smoking', equals: 'current' },
              ],
            },
            { op: 'standardize', mean: [60, 130, 200, 5.5, 0, 0], std: [10, 20, 40, 1, 1, 1] },
          ],
        },
      ],
      outputs: [
        {
          name: CDS_OUTPUT,
          kind: 'classification',
          from: 'score',
          mode: 'binary',
          classes: [{ label: 'benign' }, { label: CDS_CLASS, threshold: 0.5 }],
        },
      ],
    },
  };
}

/** What services of decision support are asked about. */
export const CDS_MODELS: readonly SuiteModel[] = [
  scoreModel(CDS_MODEL, 'A score of values of a patient, as decision support shows it'),
  scoreModel(CDS_OTHER_MODEL, 'Another score of values of a patient'),
];
