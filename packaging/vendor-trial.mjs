// Runs in a project that holds nothing but the installed packages: the command, and one real request through the face
// of each platform. Prints one line of JSON for each check: { check, failure? }.
//   node vendor-trial.mjs <folder with models and inputs of the samples>
import { spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createAdapterClient } from '@deephealth/sdk';
import sharp from 'sharp';

const samples = process.argv[2];
const program = join('node_modules', '@deephealth', 'cli', 'bin', 'deephealth.mjs');
const START_LIMIT_MS = 120_000;

await check('the command says its version', () => {
  const { version } = JSON.parse(readFileSync(join('node_modules', '@deephealth', 'cli', 'package.json'), 'utf8'));
  equal(command('--version').trim(), version);
});
await check('the command verifies a package of a model', () => {
  const { checks } = JSON.parse(command('validate', join(samples, 'models', 'heart-disease-risk', '1.0.0'), '--json'));
  equal(
    checks.filter(({ status }) => /fail|problem/i.test(status)),
    [],
  );
  if (!(checks.length > 3)) throw new Error(`only ${checks.length} checks`);
});
await served('clinical-decision-support', ['--adapter-port', '0'], async ({ baseUrl }) => {
  const { services } = await json(`${baseUrl}/cds-services`);
  const { id } = services.find(({ hook }) => hook === 'eu.deephealth.exercise-test-reported');
  const { cards } = await patiently(() => json(`${baseUrl}/cds-services/${id}`, exerciseTest()));
  if (!(cards.length > 0 && cards[0].summary)) throw new Error('no card');
});
await served('expressif', ['--adapter-port', '0'], async ({ url, ruleBases }) => {
  const question = JSON.parse(readFileSync(join(samples, 'rules', 'question.json'), 'utf8'));
  const decision = await json(`${url}/v1/rule-bases/${ruleBases[0]}/decisions`, question);
  if (!/[0-9a-f]{64}/.test(JSON.stringify(decision))) throw new Error('no digest of the model behind the decision');
});
await served('piaf', ['--adapter-port', '0'], async ({ url, chains }) => {
  const chain = chains.find((one) => one.startsWith('heart-disease-risk/'));
  const form = new FormData();
  form.set('workflow_type', 'CWL');
  form.set('workflow_type_version', 'v1.2');
  form.set('workflow_url', chain);
  form.set('workflow_params', JSON.stringify({ studies: [{ class: 'File', location: 'a.json' }] }));
  const study = readFileSync(join(samples, 'inputs', 'heart-disease-risk', 'high-risk.json'));
  form.append('workflow_attachment', new Blob([study]), 'a.json');
  const runs = `${url}/ga4gh/wes/v1/runs`;
  const { run_id: id } = await answer(await fetch(runs, { method: 'POST', body: form }));
  let run;
  const deadline = Date.now() + START_LIMIT_MS;
  do {
    await new Promise((resolve) => setTimeout(resolve, 250));
    run = await json(`${runs}/${id}`);
  } while (!/COMPLETE|ERROR|CANCELED/.test(run.state) && Date.now() < deadline);
  equal(run.state, 'COMPLETE');
  const results = await (await fetch(`${runs}/${id}/artefacts/results.ndjson`)).text();
  equal(JSON.parse(results).status, 'predicted');
});
await served('digital-pathology', ['--adapter-contract-port', '0'], async ({ contractAddress, bindings }) => {
  const client = createAdapterClient({ address: contractAddress });
  try {
    // Eight micrometres a pixel: what the model looks at.
    const slide = await sharp(join(samples, 'inputs', 'whole', 'tissue-skin.png'))
      .tiff({ compression: 'none', tile: true, tileWidth: 256, tileHeight: 256, xres: 125, yres: 125 })
      .toBuffer();
    const { output } = await client.runBinding({ bindingId: bindings[0], input: slide, mediaType: 'image/tiff' });
    equal(Buffer.from(output).subarray(0, 2).toString(), 'PK');
  } finally {
    client.close();
  }
});

async function check(name, run) {
  let failure;
  try {
    await run();
  } catch (error) {
    failure = error.message;
  }
  process.stdout.write(`${JSON.stringify({ check: name, failure })}\n`);
}

/** A server with the adapter, asked, and stopped; it has to end with 0. */
function served(adapter, flags, ask) {
  return check(`${adapter} answers a request, and stops when it is told to`, async () => {
    const models = ['--models', join(samples, 'models'), '--port', '0', '--http-port', '0'];
    const args = [program, 'serve', ...models, '--adapter', adapter, ...flags, '--json'];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    const ended = new Promise((resolve) => child.on('close', (code, signal) => resolve(code ?? signal)));
    let log = '';
    child.stderr.setEncoding('utf8').on('data', (text) => (log += text));
    const limit = setTimeout(() => child.kill('SIGKILL'), START_LIMIT_MS);
    try {
      const { adapter: place, models: served } = await state(child.stdout, () => log);
      equal(
        served.filter(({ state }) => state !== 'READY'),
        [],
      );
      await ask(place);
    } finally {
      child.kill('SIGTERM');
    }
    const code = await ended;
    clearTimeout(limit);
    equal(code, 0);
  });
}

async function state(stdout, log) {
  let text = '';
  for await (const chunk of stdout.setEncoding('utf8').iterator({ destroyOnReturn: false })) {
    text += chunk;
    try {
      return JSON.parse(text);
    } catch {
      // Not all of it yet.
    }
  }
  throw new Error(`the server ended: ${log().slice(-2000)}`);
}

function command(...args) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...args], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`deephealth ${args[0]} ended with ${status}: ${stderr}${stdout}`);
  return stdout;
}

async function json(url, body) {
  const options = body && {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  };
  return answer(await fetch(url, options));
}

/** An answer that is not ready in time is not sent late, and a first one may take longer than is allowed. */
async function patiently(ask) {
  for (let left = 20; left > 0; left -= 1) {
    try {
      return await ask();
    } catch (error) {
      if (!error.message.startsWith('503')) throw error;
    }
  }
  return ask();
}

async function answer(response) {
  const text = await response.text();
  if (!response.ok) throw new Error(`${response.status}: ${text}`);
  return JSON.parse(text);
}

function equal(received, expected) {
  const [left, right] = [JSON.stringify(received), JSON.stringify(expected)];
  if (left !== right) throw new Error(`expected ${right}, received ${left}`);
}

/** What a record system sends once the report of an exercise test is there. */
function exerciseTest() {
  const values = JSON.parse(
    readFileSync(join(samples, 'inputs', 'heart-disease-risk', 'above-threshold.json'), 'utf8'),
  );
  const system = 'https://deephealth.example/fhir/CodeSystem/exercise-test';
  const at = new Date(Date.now() - 3_600_000).toISOString();
  const quantity = (value, unit) => ({
    valueQuantity: { value, unit, system: 'http://unitsofmeasure.org', code: unit },
  });
  const observed = (codeSystem, code, value) => ({
    resource: {
      ...{ resourceType: 'Observation', id: code, status: 'final', code: { coding: [{ system: codeSystem, code }] } },
      ...{ subject: { reference: 'Patient/p-1' }, effectiveDateTime: at, ...value },
    },
  });
  const measured = (code, value, unit) => observed('http://loinc.org', code, quantity(value, unit));
  const finding = ({ value, unit = '1' }) => {
    if (typeof value === 'boolean') return { valueBoolean: value };
    return typeof value === 'number'
      ? quantity(value, unit)
      : { valueCodeableConcept: { coding: [{ system, code: value }] } };
  };
  const bundle = (entry) => ({ resourceType: 'Bundle', type: 'searchset', entry });
  const { age, sex, resting_blood_pressure, cholesterol, fasting_blood_sugar_over_120, ...ofTest } = values;
  return {
    hook: 'eu.deephealth.exercise-test-reported',
    hookInstance: '8f0b5c6e-5b0a-4a52-9a3e-6c1d2f3e4a5b',
    context: { userId: 'Practitioner/d-1', patientId: 'p-1', encounterId: 'e-1' },
    prefetch: {
      patient: {
        ...{ resourceType: 'Patient', id: 'p-1', gender: sex.value },
        birthDate: `${new Date().getUTCFullYear() - age.value}-01-01`,
      },
      vitals: bundle([measured('8480-6', resting_blood_pressure.value, 'mm[Hg]')]),
      laboratory: bundle([
        measured('2093-3', cholesterol.value, 'mg/dL'),
        measured('1558-6', fasting_blood_sugar_over_120.value ? 138 : 94, 'mg/dL'),
      ]),
      exerciseTest: bundle(
        Object.entries(ofTest).map(([name, value]) => observed(system, name.replaceAll('_', '-'), finding(value))),
      ),
    },
  };
}
