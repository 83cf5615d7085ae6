// Prepared numbers to a model, by the Open Inference Protocol: node infer.mjs <http url> <features.json>
import { readFileSync } from 'node:fs';

const [url, file] = process.argv.slice(2);
const data = JSON.parse(readFileSync(file, 'utf8'));
const response = await fetch(`${url}/v2/models/heart-disease-risk/infer`, {
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ inputs: [{ name: 'features', datatype: 'FP32', shape: [1, data.length], data }] }),
  signal: AbortSignal.timeout(30_000),
});
const answer = await response.json();
if (!response.ok) throw new Error(answer.error);
const [output] = answer.outputs;
console.log(`${output.name} ${output.data[0].toFixed(6)}`);
