import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Timeline } from '@deephealth/console';
import { afterAll, afterEach, expect, it } from 'vitest';
import { deephealthHere, endProcesses, startDeephealth } from './cli-process.js';
import { ask } from './console-server.js';
import { fileOf } from './platform-commands.js';
import { removeTemporaryFolders, temporaryFolder } from './temporary-folder.js';

afterEach(endProcesses);
afterAll(removeTemporaryFolders);

const LIMIT_MS = 420_000;
const BOUND = ['clinical-decision-support', 'expressif', 'piaf'];
const PATIENT = { age: 70, systolic: 150, sex: 'female', smokes: true };
/** The formula of samples/add/make-example.mjs. */
const SCORE = 0.08 * (PATIENT.age - 55) + 0.03 * (PATIENT.systolic - 130) - 0.8 + 0.9 - 0.45;

/** A call of CDS Hooks about the patient; the platform hands over what the service has asked for in advance. */
function callAbout({ age, systolic, sex, smokes }: typeof PATIENT): string {
  const subject = { reference: 'Patient/1' };
  const observed = (system: string, code: string, value: object) => ({
    resource: {
      ...{ resourceType: 'Observation', status: 'final', subject, code: { coding: [{ system, code }] } },
      ...{ effectiveDateTime: new Date(Date.now() - 3_600_000).toISOString(), ...value },
    },
  });
  const mmHg = { unit: 'mm[Hg]', code: 'mm[Hg]', system: 'http://unitsofmeasure.org' };
  const entry = [
    observed('http://loinc.org', '8480-6', { valueQuantity: { value: systolic, ...mmHg } }),
    observed('http://snomed.info/sct', '77176002', { valueBoolean: smokes }),
  ];
  const birthDate = `${new Date().getUTCFullYear() - age}-01-01`;
  return JSON.stringify({
    ...{ hook: 'patient-view', hookInstance: '6a1c0f52-64e7-4d3d-9a93-0c4a6c1f1f10' },
    context: { userId: 'Practitioner/1', patientId: '1' },
    prefetch: {
      patient: { resourceType: 'Patient', id: '1', gender: sex, birthDate },
      observations: { resourceType: 'Bundle', type: 'searchset', entry },
    },
  });
}

it(
  'the line of README leads its model through three platforms, serves it with their adapters, and ends by Ctrl-C',
  async () => {
    const folder = temporaryFolder();
    const samples = ['--samples', fileOf('samples/add/risk.csv'), '--platforms', 'all'];
    const line = ['add', fileOf('samples/add/risk.onnx'), ...samples, '--port', '0', '--http-port', '0'];
    const added = startDeephealth(line, { cwd: folder, env: { DEEPHEALTH_TTMIP: '' } });
    const [, hooks = ''] = await added.printed(/^CDS Hooks on (\S+) \(risk\)$/m);
    const [, origin = ''] = await added.printed(/^Console on (\S+)\/console\/$/m);
    await added.printed(/^Rule bases on \S+ \(risk\/1\.0\.0\/risk\)$/m);
    await added.printed(/^Processing chains on /m);
    await added.printed(/^Ready on /m);
    const headers = { 'content-type': 'application/json' };
    const answer = await fetch(`${hooks}/risk`, { method: 'POST', headers, body: callAbout(PATIENT) });
    const { cards } = (await answer.json()) as { cards: { summary: string; extension: Record<string, unknown> }[] };
    expect(cards[0]?.summary).toMatch(/% estimated for event, at or above the threshold/);
    const finding = cards[0]?.extension['eu.deephealth.finding'] as { probability: number };
    expect(finding.probability).toBeCloseTo(1 / (1 + Math.exp(-SCORE)), 5);

    const { json } = await ask(origin, '/console/api/v1/ttmip');
    const [timeline, ...others] = (json as { timelines: Timeline[] }).timelines;
    expect([timeline?.name, others]).toEqual(['risk', []]);
    expect(
      timeline?.platforms.map(({ platform, isInProduction, humanSteps }) => [platform, isInProduction, humanSteps]),
    ).toEqual(BOUND.map((platform) => [platform, true, 1]));

    added.send('SIGINT');
    const { exitCode, stdout, complaints } = await added.ended;
    expect({ exitCode, complaints }).toEqual({ exitCode: 0, complaints: '' });
    for (const platform of BOUND)
      expect(stdout).toMatch(new RegExp(`^${platform} +passed .*; (\\d+) of \\1 cases passed$`, 'm'));
    expect(stdout).toMatch(/^digital-pathology +not applicable +The model takes a table/m);
    const place = join(folder, 'models', 'risk', '1.0.0');
    const valid = await deephealthHere('validate', place, '--json');
    const checks = JSON.parse(valid.stdout).checks.map(({ name }: { name: string }) => name);
    expect(checks).toEqual(expect.arrayContaining(['golden', 'cds-hooks', 'expressif', 'processing-chain']));
    const card = readFileSync(join(place, 'MODEL_CARD.md'), 'utf8');
    expect(card).toContain('recorded from the model itself');
    expect(card).toContain('computed in float64 without the engine');
    expect(card).toMatch(/AUC \| 0\.\d{3} \(0\.\d{3} to 0\.\d{3}\)/);
  },
  LIMIT_MS,
);
