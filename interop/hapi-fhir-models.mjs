// What is asked on behalf of the records in HAPI: the heart sample, and a regression, whose result is an Observation.
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { buildOnnxModel, buildTestPackage } from '@deephealth/sdk/testing';

const LOINC = 'http://loinc.org';
const OWN = 'https://deephealth.example/fhir/CodeSystem/haemodynamics';
const UNIT = 'mm[Hg]';

/** What the regression makes of a systolic and a diastolic pressure, as columns of a matrix. */
const PULSE = [1, -1];
const MEAN = [0.25, 0.75];

/** Writes both packages below `store`; gives their folders. */
export function writeCdsModels(root, store) {
  const heart = join(store, 'heart-disease-risk', '1.0.0');
  cpSync(join(root, 'samples', 'models', 'heart-disease-risk', '1.0.0'), heart, { recursive: true });
  const { folder } = buildTestPackage(store, pressures());
  return { heart, pressures: folder };
}

/** Two numbers of a patient to one number, and to two: one Observation has a value, the other has components. */
function pressures() {
  const vector = (values) => ({ dataType: 'FP32', shape: [1, values.length], values });
  const both = [PULSE, MEAN];
  const [systolic, diastolic] = [136, 80];
  const expected = both.map(([first, second]) => first * systolic + second * diastolic);
  const column = (name) => ({ name, type: 'number', unit: UNIT, validRange: [20, 300] });
  return {
    name: 'pressures',
    model: buildOnnxModel({
      inputs: [{ name: 'x', dataType: 'FP32', shape: ['batch', 2] }],
      outputs: [
        { name: 'pulse', dataType: 'FP32', shape: ['batch', 1] },
        { name: 'both', dataType: 'FP32', shape: ['batch', 2] },
      ],
      nodes: [
        { op: 'MatMul', inputs: ['x', 'one'], outputs: ['pulse'], name: 'to_one' },
        { op: 'MatMul', inputs: ['x', 'two'], outputs: ['both'], name: 'to_two' },
      ],
      initializers: [
        { name: 'one', dataType: 'FP32', shape: [2, 1], values: PULSE },
        { name: 'two', dataType: 'FP32', shape: [2, 2], values: [PULSE[0], MEAN[0], PULSE[1], MEAN[1]] },
      ],
    }),
    tensors: {
      inputs: [{ name: 'x', dataType: 'FP32', shape: [-1, 2] }],
      outputs: [
        { name: 'pulse', dataType: 'FP32', shape: [-1, 1] },
        { name: 'both', dataType: 'FP32', shape: [-1, 2] },
      ],
    },
    manifest: {
      title: 'Pressures computed of a blood pressure',
      inputs: [
        {
          name: 'patient',
          kind: 'table',
          feeds: 'x',
          columns: ['systolic', 'diastolic'].map(column),
          steps: [{ op: 'table_to_features', features: [{ column: 'systolic' }, { column: 'diastolic' }] }],
        },
      ],
      outputs: [
        {
          name: 'pulse_pressure',
          kind: 'regression',
          from: 'pulse',
          codes: [{ system: OWN, code: 'pulse-pressure' }],
          values: [{ label: 'pulse', unit: UNIT }],
        },
        {
          name: 'pressures',
          kind: 'regression',
          from: 'both',
          values: [
            { label: 'pulse', unit: UNIT },
            { label: 'mean', unit: UNIT },
          ],
        },
      ],
    },
    golden: [
      {
        id: 'one',
        inputs: {
          patient: {
            table: { systolic: { number: systolic, unit: UNIT }, diastolic: { number: diastolic, unit: UNIT } },
          },
        },
        expected: { pulse: vector(expected.slice(0, 1)), both: vector(expected) },
      },
    ],
    files: { 'bindings/cds-hooks.json': `${JSON.stringify(BINDING, null, 2)}\n` },
  };
}

function service(id, output) {
  const feature = (code) => ({ from: 'vitals', codes: [{ system: LOINC, code }], unit: UNIT, missing: 'refuse' });
  return {
    id,
    hook: 'patient-view',
    title: 'Pressures',
    description: 'Computes pressures of a blood pressure.',
    input: 'patient',
    output,
    prefetch: {
      patient: { query: 'Patient/{{context.patientId}}' },
      vitals: { query: `Observation?patient={{context.patientId}}&code=${LOINC}|85354-9` },
    },
    features: { systolic: feature('8480-6'), diastolic: feature('8462-4') },
    cards: {
      topic: { system: OWN, code: 'pressures', display: 'Pressures' },
      rules: [{ of: 'pulse', atLeast: 0, indicator: 'info', summary: { en: 'Pulse pressure {value} {unit}.' } }],
    },
  };
}

const BINDING = {
  schemaVersion: 1,
  services: [service('pulse-pressure', 'pulse_pressure'), service('pressures', 'pressures')],
};
