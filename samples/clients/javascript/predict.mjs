// One patient to a model, in terms of medicine: node predict.mjs <host:port> <patient.json> <folder with the contract>
import { readFileSync } from 'node:fs';
import grpc from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';

const [address, file, contract] = process.argv.slice(2);
const definition = loadSync('deephealth/runtime/v1/model_runtime.proto', { includeDirs: [contract], keepCase: true });
const { ModelRuntime } = grpc.loadPackageDefinition(definition).deephealth.runtime.v1;

const KINDS = { boolean: 'boolean', string: 'category', number: 'number' };
const patient = JSON.parse(readFileSync(file, 'utf8'));
const values = Object.entries(patient).map(([name, { value, unit }]) => ({ name, unit, [KINDS[typeof value]]: value }));
const request = { model_name: 'heart-disease-risk', inputs: [{ name: 'patient', table: { values } }] };

const client = new ModelRuntime(address, grpc.credentials.createInsecure());
client.Predict(request, { deadline: Date.now() + 30_000 }, (error, response) => {
  client.close();
  if (error) {
    console.error(`${grpc.status[error.code]}: ${error.details}`);
    process.exitCode = 1;
    return;
  }
  for (const { classification } of response.findings) {
    const decision = classification.decision.join(', ') || 'no decision';
    for (const { label, probability } of classification.classes) {
      console.log(`${decision}: ${label} ${probability.toFixed(6)}`);
    }
  }
  for (const { message } of response.warnings) console.log(`warning: ${message}`);
  console.log(`by ${response.provenance.model_name} ${response.provenance.model_version}`);
});
