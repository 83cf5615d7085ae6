// Makes risk.onnx and risk.csv of this folder: a logistic regression that was written down and never trained, and rows
// that were drawn for it. There is no person behind them.
import { writeFileSync } from 'node:fs';
import { buildOnnxModel, seededRandom } from '@deephealth/sdk/testing';

const WEIGHTS = { age: 0.08, systolic: 0.03, female: -0.8, male: 0.8, isSmoker: 0.9 };
const CENTRE = { age: 55, systolic: 130 };
const bias = -WEIGHTS.age * CENTRE.age - WEIGHTS.systolic * CENTRE.systolic - 0.45;
const values = Object.values(WEIGHTS);

writeFileSync(
  new URL('risk.onnx', import.meta.url),
  buildOnnxModel({
    producer: { name: 'samples/add/make-example.mjs', version: '1' },
    inputs: [{ name: 'features', dataType: 'FP32', shape: ['rows', values.length] }],
    outputs: [{ name: 'probability', dataType: 'FP32', shape: ['rows', 1] }],
    nodes: [
      { op: 'Gemm', inputs: ['features', 'weights', 'bias'], outputs: ['score'] },
      { op: 'Sigmoid', inputs: ['score'], outputs: ['probability'] },
    ],
    initializers: [
      { name: 'weights', dataType: 'FP32', shape: [values.length, 1], values },
      { name: 'bias', dataType: 'FP32', shape: [1], values: [bias] },
    ],
  }),
);

const random = seededRandom(11);
const rows = Array.from({ length: 200 }, () => {
  const [age, systolic] = [30 + Math.floor(random() * 50), 100 + Math.floor(random() * 60)];
  const [sex, isSmoker] = [random() < 0.5 ? 'female' : 'male', random() < 0.3];
  const score =
    bias + WEIGHTS.age * age + WEIGHTS.systolic * systolic + WEIGHTS[sex] + (isSmoker ? WEIGHTS.isSmoker : 0);
  const label = random() < 1 / (1 + Math.exp(-1.5 * score)) ? 'event' : 'no-event';
  return [age, systolic, sex, isSmoker ? 'yes' : 'no', label].join(',');
});
const header = 'age [years],systolic [mmHg] {8480-6},sex,smoker {http://snomed.info/sct|77176002},outcome';
writeFileSync(new URL('risk.csv', import.meta.url), `${[header, ...rows].join('\n')}\n`);
