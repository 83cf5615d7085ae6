import { randomUUID } from 'node:crypto';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { goldenPrefetch, goldenRows } from '../../interop/cds-features-cases.mjs';
import { quantile, rounded, spread } from '../statistics.mjs';

const SAMPLE = join(
  dirname(dirname(dirname(fileURLToPath(import.meta.url)))),
  'samples',
  'models',
  'heart-disease-risk',
);
const SERVICE = 'heart-disease-patient-view';
const PER_SECOND = 20;
const DEADLINE_MS = 450;
/** A card that comes later interrupts somebody who has gone on (CDS Hooks 2.0.1: 500 ms). */
const LIMIT_MS = 500;

/** Bodies of calls, each about another patient with the values of a golden case. */
function bodies() {
  const cases = goldenPrefetch(goldenRows(join(SAMPLE, '1.0.0')), new Date());
  return cases.map(({ prefetch }) => {
    const [patient] = prefetch.patient;
    const bundle = (resources) => ({
      resourceType: 'Bundle',
      type: 'searchset',
      entry: resources.map((resource) => ({ resource })),
    });
    const sent = Object.fromEntries(Object.entries(prefetch).map(([key, resources]) => [key, bundle(resources)]));
    return {
      hook: 'patient-view',
      context: { userId: 'Practitioner/1', patientId: patient.id },
      prefetch: { ...sent, patient },
    };
  });
}

/** Calls at a steady pace, whether or not those before are answered; times count from when each was due. */
async function openLoop(url, seconds) {
  const all = bodies();
  const startedMs = performance.now();
  const calls = Array.from({ length: PER_SECOND * seconds }, async (_, index) => {
    const dueMs = startedMs + (index * 1000) / PER_SECOND;
    await delay(Math.max(0, dueMs - performance.now()));
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ ...all[index % all.length], hookInstance: randomUUID() }),
    });
    const { cards } = await response.json();
    return { tookMs: performance.now() - dueMs, status: response.status, cards: cards?.length ?? 0 };
  });
  const results = await Promise.all(calls);
  const wrong = results.find(({ status }) => status !== 200);
  if (wrong !== undefined) throw new Error(`a call was answered with status ${wrong.status}`);
  if (!results.some(({ cards }) => cards > 0)) throw new Error('no call was answered with a card');
  return results.map(({ tookMs }) => tookMs);
}

async function measure(context) {
  const models = mkdtempSync(join(tmpdir(), 'deephealth-bench-store-'));
  cpSync(SAMPLE, join(models, 'heart-disease-risk'), { recursive: true });
  try {
    const child = await context.server('CDS Hooks', new URL('../servers/cds-main.mjs', import.meta.url));
    const packages = [join(models, 'heart-disease-risk', '1.0.0')];
    const base = await child.call('serve', { models, packages, deadlineMs: DEADLINE_MS });
    const url = `${base}/cds-services/${SERVICE}`;
    const rounds = [];
    for (let round = 0; round < context.rounds; round += 1) rounds.push(await openLoop(url, context.quick ? 5 : 20));
    await child.call('stop');
    const [all, p95s] = [rounds.flat(), rounds.map((times) => quantile(times, 0.95))];
    return {
      value: quantile(all, 0.95) / LIMIT_MS,
      noise: spread(p95s.map((p95) => p95 / quantile(all, 0.95))),
      details: {
        calls: all.length,
        p50Ms: rounded(quantile(all, 0.5)),
        p95Ms: rounded(quantile(all, 0.95)),
        p99Ms: rounded(quantile(all, 0.99)),
        longestMs: rounded(Math.max(...all)),
      },
    };
  } finally {
    rmSync(models, { recursive: true, force: true });
  }
}

export const bars = [
  {
    id: 'cds.p95-over-limit',
    title: `95th percentile of CDS Hooks calls, ${PER_SECOND} a second, in units of ${LIMIT_MS} ms`,
    method: `Calls of "${SERVICE}" with a whole prefetch, ${PER_SECOND} a second whether or not those before are answered, from when each was due to its cards; FHIR to features, model, record and AuditEvent on the disk included. Every call has to be answered with 200 by a deadline of ${DEADLINE_MS} ms, the first ones after the start too.`,
    bound: { max: 1 },
    unit: 'ratio',
    measure,
  },
];
