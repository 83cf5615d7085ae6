// The clients of samples/clients/ on a server with the sample model: every language gives what the contract's own
// client gives, in terms of medicine and as a tensor.
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createRuntimeClient, readInputFile } from '@deephealth/sdk';
import { expectEqual, expectTrue } from './check-report.mjs';
import { CLIENTS } from './client-programs.mjs';
import { runProcess } from './run-process.mjs';
import { serveModels } from './served-runtime.mjs';

const RUN_LIMIT_MS = 120_000;
const MODEL = 'heart-disease-risk';

/** What Predict.cs uses of the messages that protoc makes for C#. */
const CSHARP_NAMES = {
  Table: ['Values'],
  TableValue: ['Name', 'Number', 'Category', 'Boolean', 'Unit'],
  NamedInput: ['Name', 'Table'],
  PredictRequest: ['ModelName', 'Inputs'],
  PredictResponse: ['Findings', 'Warnings', 'Provenance'],
  Finding: ['Classification'],
  Classification: ['Decision', 'Classes'],
  ClassProbability: ['Label', 'Probability'],
  Warning: ['Message'],
  Provenance: ['ModelName', 'ModelVersion'],
};

export const clientPrograms = (language, title) => ({
  title: `the sample client in ${title}`,
  install: CLIENTS[language],
  run: (built, context, report) => checkClient(language, built, context, report),
  lane: 'any',
});

async function checkClient(language, built, { root, name, scratch }, report) {
  const store = join(scratch, name, 'models');
  mkdirSync(store, { recursive: true });
  cpSync(join(root, 'samples', 'models', MODEL), join(store, MODEL), { recursive: true });
  const patient = join(root, 'samples', 'inputs', MODEL, 'high-risk.json');
  const empty = join(scratch, name, 'empty.json');
  writeFileSync(empty, '{}');
  const server = await serveModels(root, ['--models', store, '--state-folder', join(scratch, name, 'state')]);
  try {
    const expected = await ask(server.address, patient);
    if (built.predict !== undefined) {
      const predict = (file) => run([...built.predict, server.address, file, ...(built.predictMore ?? [])]);
      await report.check(name, 'gives classes, decision, warnings and provenance in terms of medicine', async () => {
        expectEqual('lines', await predict(patient), { code: 0, lines: expected.lines });
      });
      await report.check(name, 'says why a patient without values is refused, and fails', async () => {
        const { code, stderr } = await predict(empty);
        expectEqual('exit code', code, 1);
        expectTrue(`a status in ${JSON.stringify(stderr)}`, /invalid_?argument/i.test(stderr));
      });
    }
    await report.check(name, 'gives the same probability for the prepared numbers', async () => {
      const features = join(root, 'samples', 'clients', 'features.json');
      const { code, lines } = await run([...built.infer, `http://${server.httpAddress}`, features]);
      expectEqual('lines', { code, lines }, { code: 0, lines: [`probability ${expected.probability}`] });
    });
    if (language === 'csharp') await checkCsharpNames(root, name, built.generated, report);
  } finally {
    await server.stop(server.models.length);
  }
}

/** What the client of the sdk is told, as the programs print it. */
async function ask(address, patient) {
  const client = createRuntimeClient({ address, defaultDeadlineMs: RUN_LIMIT_MS });
  try {
    const model = await client.getModel(MODEL);
    const response = await client.predict({ modelName: MODEL, inputs: await readInputFile(patient, model) });
    const { decision, classes } = response.findings[0].classification;
    const shown = classes.map(({ label, probability }) => `${decision.join(', ')}: ${label} ${probability.toFixed(6)}`);
    const warnings = response.warnings.map(({ message }) => `warning: ${message}`);
    const by = `by ${response.provenance.modelName} ${response.provenance.modelVersion}`;
    return { lines: [...shown, ...warnings, by], probability: classes.at(-1).probability.toFixed(6) };
  } finally {
    client.close();
  }
}

async function run([command, ...args]) {
  const { code, stdout, stderr } = await runProcess(command, args, { limitMs: RUN_LIMIT_MS });
  const lines = stdout.trim().split(/\r?\n/);
  return code === 0 ? { code, lines } : { code, lines, stderr };
}

async function checkCsharpNames(root, name, generated, report) {
  const program = readFileSync(join(root, 'samples', 'clients', 'csharp', 'Predict.cs'), 'utf8');
  const files = readdirSync(generated).map((file) => readFileSync(join(generated, file), 'utf8'));
  await report.check(name, 'uses messages and properties that protoc makes for C#', () => {
    expectTrue('the namespace', program.includes('using Deephealth.Runtime.V1;'));
    for (const [message, properties] of Object.entries(CSHARP_NAMES)) {
      const declared = `public sealed partial class ${message} :`;
      const source = files.find((text) => text.includes(declared) && text.includes('namespace Deephealth.Runtime.V1'));
      expectTrue(`the message ${message}`, source !== undefined);
      const body = source.slice(source.indexOf(declared)).split(/\n {2}public sealed partial class /)[0];
      for (const property of properties) {
        expectTrue(`${message}.${property}`, new RegExp(`public \\S+ ${property} \\{`).test(body));
        expectTrue(`${property} in the program`, program.includes(property));
      }
    }
  });
}
