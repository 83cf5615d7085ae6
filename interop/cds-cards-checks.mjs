// The card of each call, beside what the model says of the row that the Python program made of the same resources.
import { randomUUID } from 'node:crypto';
import { cpSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expectEqual, expectTrue } from './check-report.mjs';
import { serveModels } from './served-runtime.mjs';

/** Single precision, and the last digit of a decimal. */
const CLOSE = 1e-6;

/**
 * @param {{ root: string, name: string, scratch: string, folder: string }} context `folder` is the package's
 * @param {object[]} cases with `service`, `prefetch` and `now`
 * @param {(object | null)[]} rows of the cases, by column; null where the model must not be asked
 */
export async function runCdsCardsChecks({ root, name, scratch, folder }, cases, rows, report) {
  const { createRuntimeClient, parseManifest } = await import('@deephealth/sdk');
  const { createClinicalDecisionSupportAdapter } = await import('@deephealth/adapter-clinical-decision-support');
  const store = join(scratch, 'cds-cards-store');
  cpSync(folder, join(store, 'heart-disease-risk', '1.0.0'), { recursive: true });
  const server = await serveModels(root, ['--models', store]);
  const client = createRuntimeClient({ address: server.address });
  let now = new Date();
  const adapter = await createClinicalDecisionSupportAdapter({
    runtime: client,
    packages: [folder],
    baseUrl: 'http://127.0.0.1:8081',
    trust: { mode: 'none' },
    stateFolder: join(scratch, 'cds-cards-state'),
    deadlineMs: 30_000,
    now: () => now,
  });
  const manifest = parseManifest(readFileSync(join(folder, 'model.json')));
  const { services } = JSON.parse(readFileSync(join(folder, 'bindings', 'cds-hooks.json'), 'utf8'));
  const hooks = new Map(services.map(({ id, hook }) => [id, hook]));
  const call = async ({ service, prefetch, now: at }) => {
    now = new Date(at);
    const response = await adapter.answer({
      method: 'POST',
      path: `/cds-services/${service}`,
      headers: { 'content-type': 'application/json' },
      body: Buffer.from(JSON.stringify(bodyOf(hooks.get(service), prefetch))),
    });
    return { status: response.status, ...JSON.parse(Buffer.from(response.body).toString('utf8')) };
  };
  try {
    let shown = 0;
    for (const [index, one] of cases.entries()) {
      const row = rows[index];
      await report.check(name, `the card of ${one.service}: ${one.name}`, async () => {
        const { status, cards = [] } = await call(one);
        const found = cards[0]?.extension['eu.deephealth.finding'];
        if (row === null) {
          expectTrue('refused, or without a number', status === 412 || found?.probability === undefined);
          return;
        }
        expectEqual('status', status, 200);
        const wanted = await ask(client, manifest, row);
        if (found === undefined) return;
        shown += 1;
        if (found.isAbstained) return;
        const difference = Math.abs(found.probability - wanted.get(found.label));
        expectTrue(`${found.probability} beside ${wanted.get(found.label)}`, difference <= CLOSE);
      });
    }
    await report.check(name, 'most cases that the model was asked about have a card', () => {
      const asked = rows.filter((row) => row !== null).length;
      expectTrue(`${shown} of ${asked}`, shown > asked / 2);
    });
  } finally {
    await adapter.close();
    client.close();
    await server.stop(1);
  }
}

function bodyOf(hook, prefetch) {
  const { patient, ...others } = prefetch;
  const bundled = Object.entries(others).map(([key, resources]) => [
    key,
    { resourceType: 'Bundle', type: 'searchset', entry: resources.map((resource) => ({ resource })) },
  ]);
  const context = { userId: 'Practitioner/1', patientId: patient[0].id, encounterId: 'e-1' };
  return {
    hook,
    hookInstance: randomUUID(),
    context,
    prefetch: { patient: patient[0], ...Object.fromEntries(bundled) },
  };
}

/** Probabilities by label, from the runtime itself. */
async function ask(client, { name, version, inputs }, row) {
  const [{ name: input, columns }] = inputs;
  const values = columns.map(({ name: column, type, unit }) => {
    const value = row[column];
    if (value === null) return { name: column, missing: 'MISSING_REASON_UNKNOWN' };
    if (type === 'number') return { name: column, number: value, unit };
    return typeof value === 'boolean' ? { name: column, boolean: value } : { name: column, category: value };
  });
  const request = { modelName: name, modelVersion: version, inputs: [{ name: input, table: { values } }] };
  const { findings } = await client.predict(request, { deadlineMs: 30_000 });
  return new Map(findings[0].classification.classes.map(({ label, probability }) => [label, probability]));
}
