// A Python program that was written from the binding's schema alone, against our mapping from FHIR to a model's row.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { runCdsCardsChecks } from './cds-cards-checks.mjs';
import { changedCases, goldenPrefetch, goldenRows, syntheaCases } from './cds-features-cases.mjs';
import { runPythonChecks } from './python-peer.mjs';

export async function runCdsFeaturesChecks(venvPython, { root, name, scratch }, report) {
  const sdk = await import('@deephealth/sdk');
  const { parseBinding, toFeatures } = await import('@deephealth/adapter-clinical-decision-support');
  const folder = join(root, 'samples', 'models', 'heart-disease-risk', '1.0.0');
  const manifestFile = join(folder, 'model.json');
  const bindingFile = join(folder, 'bindings', 'cds-hooks.json');
  const binding = parseBinding(readFileSync(bindingFile, 'utf8'), sdk.parseManifest(readFileSync(manifestFile)));

  const rows = goldenRows(folder);
  const cases = [...goldenPrefetch(rows), ...changedCases(rows.find(([id]) => id === 'high-risk'))];
  const synthea = join(dirname(root), 'shared', 'data', 'fhir');
  if (existsSync(synthea)) cases.push(...syntheaCases(synthea, rows));
  else report.skip(name, 'the patients of Synthea: ../shared/data/fhir is absent.');

  const compared = binding.services.flatMap((service) =>
    // What stands in the file is what both sides see: JSON has no undefined.
    cases.map((one) => {
      const { prefetch, ...about } = JSON.parse(JSON.stringify(one));
      const gathered = new Map(
        Object.entries(prefetch).map(([key, resources]) => [
          key,
          { kind: 'resources', resources, isFromFhirServer: false },
        ]),
      );
      const [patient] = prefetch.patient;
      const request = { hook: service.hook, hookInstance: 'x', context: { patientId: patient.id }, prefetch: {} };
      const features = toFeatures(service, gathered, request, one.now);
      return { ...about, service: service.id, prefetch, features };
    }),
  );
  const file = join(scratch, 'cds-features.json');
  writeFileSync(file, JSON.stringify(compared));
  const rowsFile = join(scratch, 'cds-rows.json');
  const args = ['--cases', file, '--binding', bindingFile, '--manifest', manifestFile, '--rows', rowsFile];
  report.add(await runPythonChecks(root, name, { venvPython, args }));
  const rowsInPython = JSON.parse(readFileSync(rowsFile, 'utf8'));
  await runCdsCardsChecks({ root, name, scratch, folder }, compared, rowsInPython, report);
}
