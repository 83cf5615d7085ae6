// The CDS service on loopback, with HAPI as the FHIR server of its calls, of its results and of its audit.
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { goldenPrefetch, goldenRows } from './cds-features-cases.mjs';
import { expectEqual } from './check-report.mjs';
import { errorsOf } from './hapi-fhir-server.mjs';

/** Half of the interval that the runtime states with the one number of a regression. */
export const HALF_WIDTH = 2.5;
const SETTLE_LIMIT_MS = 60_000;
const VITAL_SIGNS = {
  coding: [{ system: 'http://terminology.hl7.org/CodeSystem/observation-category', code: 'vital-signs' }],
};

/** The golden rows as patients: { id, resources, now }. */
export function goldenPatients(folder) {
  return goldenPrefetch(goldenRows(folder)).map(({ now, prefetch }) => {
    const [patient] = prefetch.patient;
    const resources = Object.entries(prefetch).flatMap(([key, all]) =>
      all.map((one) => ({
        ...one,
        id: one === patient ? one.id : `${patient.id}-${one.id}`,
        // FHIR asks for it of every blood pressure, and HAPI's validator with it.
        ...(key === 'vitals' ? { category: [VITAL_SIGNS] } : {}),
      })),
    );
    return { id: patient.id, resources, now };
  });
}

/** The CDS service on loopback, which reads from, writes to and reports to one FHIR server. */
export async function serveCds({ models, address, fhir, fhirServer, stateFolder, patients }) {
  let settleLimitMs = SETTLE_LIMIT_MS;
  const { createRuntimeClient } = await import('@deephealth/sdk');
  const { createClinicalDecisionSupportAdapter } = await import('@deephealth/adapter-clinical-decision-support');
  const server = createServer((request, response) => adapter.listener(request, response));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const baseUrl = `http://127.0.0.1:${server.address().port}`;
  const client = createRuntimeClient({ address });
  const logged = [];
  const findings = new Map();
  const adapter = await createClinicalDecisionSupportAdapter({
    runtime: withInterval(client),
    packages: Object.values(models),
    baseUrl,
    trust: { mode: 'none' },
    stateFolder,
    fhirServers: [fhirServer],
    writeBack: { fhirServer, timeoutMs: SETTLE_LIMIT_MS },
    audit: { repository: fhirServer },
    deadlineMs: SETTLE_LIMIT_MS,
    now: () => patients[0].now,
    log: (entry) => logged.push(entry),
  });
  const linesOf = (file) => parsedLines(join(stateFolder, file));
  const told = () => logged.filter(({ event }) => event === 'write-back').map(({ result }) => result);
  const transaction = (requestId) =>
    linesOf('write-back.ndjson').find((line) => line.kind === 'due' && line.requestId === requestId).bundle;
  return {
    told,
    transaction,
    sent: (requestId) => transaction(requestId).entry,
    finding: (requestId) => findings.get(requestId),
    queryOf: (type, requestId) => `${type}?identifier=${encodeURIComponent(`${baseUrl}/requests`)}|${requestId}`,
    auditEvents: () => linesOf('audit.ndjson').flatMap(({ event }) => (event === undefined ? [] : [event])),
    /** Gives the id of the request if a card with a number came of it. */
    async call(serviceId, patientId) {
      const response = await fetch(`${baseUrl}/cds-services/${serviceId}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({
          hook: 'patient-view',
          hookInstance: crypto.randomUUID(),
          context: { userId: 'Practitioner/d-1', patientId, encounterId: 'e-1' },
          fhirServer,
          fhirAuthorization: { access_token: 'x', token_type: 'Bearer', expires_in: 300, scope: 'x', subject: 'cds' },
        }),
      });
      const answer = await response.json();
      expectEqual(`status of the call for ${patientId}: ${JSON.stringify(answer)}`, response.status, 200);
      const [extension] = answer.cards.map((card) => card.extension);
      const finding = extension?.['eu.deephealth.finding'];
      if (finding === undefined || finding.isAbstained) return undefined;
      const { requestId } = extension['eu.deephealth.provenance'];
      findings.set(requestId, finding);
      return requestId;
    },
    /** Resolves once HAPI has all that was to be written and all AuditEvents, or has refused it. */
    async settled() {
      const unsent = () => {
        const audited = linesOf('audit.ndjson');
        const sent = new Set(audited.flatMap(({ kind, number }) => (kind === 'sent' ? [number] : [])));
        return audited.flatMap(({ kind, number, event }) => (kind === 'event' && !sent.has(number) ? [event] : []));
      };
      const unwritten = () => {
        const kinds = linesOf('write-back.ndjson').map(({ kind }) => kind);
        return kinds.filter((kind) => kind === 'due').length - kinds.filter((kind) => kind === 'done').length;
      };
      const isSettled = () => unwritten() === 0 && unsent().length === 0;
      const deadline = Date.now() + settleLimitMs;
      while (!isSettled() && Date.now() < deadline) await delay(50);
      if (isSettled()) return;
      // What was not taken in that time will not be: later checks need not wait for it.
      settleLimitMs = 1_000;
      const [event] = unsent();
      const why = event === undefined ? [] : errorsOf((await fhir.ask('POST', 'AuditEvent', event)).resource);
      throw new Error(`${unwritten()} results and ${unsent().length} AuditEvents are not taken. ${why.join('; ')}`);
    },
    async stop() {
      server.closeAllConnections();
      server.close();
      await adapter.close();
      client.close();
    },
  };
}

/** Our own runtime states no interval with a number; another one may. */
function withInterval(client) {
  return {
    ...client,
    async predict(...args) {
      const response = await client.predict(...args);
      for (const { regression } of response.findings) {
        if (regression?.values.length !== 1) continue;
        const [only] = regression.values;
        Object.assign(only, { lower: only.value - HALF_WIDTH, upper: only.value + HALF_WIDTH, intervalLevel: 0.95 });
      }
      return response;
    },
  };
}

function parsedLines(path) {
  const lines = readFileSync(path, 'utf8').split('\n');
  // The last one may be half written.
  return lines.slice(0, -1).map((line) => JSON.parse(line));
}
