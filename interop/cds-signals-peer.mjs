// A Python program that reads SampledData, EDF and the MIT-BIH format itself, against our signals of the contract.
import { existsSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beatCases, edfCases, recordCases } from './cds-signals-cases.mjs';
import { runPythonChecks } from './python-peer.mjs';

const NOW = new Date('2026-11-23T12:00:00Z');

export async function runCdsSignalsChecks(venvPython, { root, name, scratch }, report) {
  const { parseEdf, readWfdbRecord } = await import('@deephealth/sdk');
  const adapter = await import('@deephealth/adapter-clinical-decision-support');
  const cases = beatCases(join(root, 'samples', 'models', 'ecg-beat', '1.0.0'));
  const data = join(dirname(root), 'shared', 'data');
  if (existsSync(join(data, 'ecg', 'mitbih'))) {
    cases.push(...(await recordCases(join(data, 'ecg', 'mitbih'), readWfdbRecord)));
  } else report.skip(name, 'records of the MIT-BIH database: ../shared/data/ecg/mitbih is absent.');
  if (existsSync(join(data, 'eeg'))) cases.push(...edfCases(join(data, 'eeg'), parseEdf));
  else report.skip(name, 'real files of EDF: ../shared/data/eeg is absent.');

  const compared = [];
  for (const one of cases) {
    // What stands in the file is what both sides see: JSON has no undefined.
    const seen = JSON.parse(JSON.stringify(one));
    compared.push({ ...seen, ...(await ours(seen, adapter)) });
  }
  const file = join(scratch, 'cds-signals.json');
  writeFileSync(file, JSON.stringify(compared));
  report.add(await runPythonChecks(root, name, { venvPython, args: ['--cases', file] }));
}

/** Our samples by channel, in the order of the manifest, or why there are none. */
async function ours({ spec, signal, resources }, { assertSamePatient, createReferenceReader, readRecording }) {
  const gathered = new Map([['ecg', { kind: 'resources', resources, isFromFhirServer: false }]]);
  const request = { hook: 'patient-view', hookInstance: 'x', context: { patientId: 'p1' }, prefetch: {} };
  assertSamePatient(gathered, request);
  const reading = { signal: AbortSignal.timeout(60_000), isAllowed: () => false, maxBytes: 1 };
  const read = createReferenceReader(gathered, request, reading);
  const { feature, toInput } = await readRecording({ input: 'ecg', signal }, spec, gathered, request, NOW, read);
  if (feature.kind === 'unusable') return { why: feature.why };
  const { samples, samplingRateHz } = toInput().signal;
  const [channels, count] = samples.shape;
  const value = (i) => samples.data.readFloatLE(i * 4);
  const rows = Array.from({ length: channels }, (_, row) =>
    Array.from({ length: count }, (_, i) => value(row * count + i)),
  );
  return { samples: rows, samplingRateHz };
}
