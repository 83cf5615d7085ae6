import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Decision, EXPRESSIF_BINDING, type ModelPremise, parseBinding } from '@deephealth/adapter-expressif';
import type { runtimeV1 } from '@deephealth/proto';
import type { GoldenInput } from '@deephealth/sdk';
import type { CheckSession } from './check-session.js';
import type { AddedSample, PlatformAnswer } from './platform-check.js';
import { askJson } from './platform-request.js';

/** Puts a question to the rule base over HTTP, and looks at what its rules were told of the model. */
export async function checkExpressif(session: CheckSession, url: string, sample: AddedSample): Promise<PlatformAnswer> {
  const { manifest, packageFolder } = session;
  const binding = parseBinding(await readFile(join(packageFolder, EXPRESSIF_BINDING), 'utf8'), manifest);
  const [ruleBase] = binding.ruleBases;
  const inputs = await session.inputsOf(sample);
  const expected = await session.predict(inputs);
  const decision = await askJson<Decision>(
    `${url}/v1/rule-bases/${manifest.name}/${manifest.version}/${ruleBase?.label}/decisions`,
    { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(questionOf(inputs)) },
  );
  const differences: string[] = [];
  let premises = 0;
  for (const [name, { model }] of Object.entries(ruleBase?.variables ?? {})) {
    if (model === undefined || model.as === 'relation') continue;
    premises++;
    differences.push(...premiseDifferences(name, model, decision, expected));
  }
  if (premises === 0) differences.push('no variable of the rules comes from the model');
  const digest = expected.provenance?.packageSha256;
  if (decision.ruleBase.packageSha256 !== digest) differences.push('the decision names another package than the model');
  return { differences, shown: shownOf(decision) };
}

/** What the rules were told of the model, beside its answer to the contract. */
export function premiseDifferences(
  name: string,
  model: Exclude<ModelPremise, { as: 'relation' }>,
  decision: Decision,
  { findings }: runtimeV1.PredictResponse__Output,
): string[] {
  const given = decision.inputs[name];
  const finding = findings.find((one) => one.name === model.output);
  if (given === undefined || finding === undefined) return [`the decision says nothing of ${name}`];
  if (finding.classification?.abstained) {
    return 'absent' in given && given.absent === 'abstained' ? [] : [`the model abstains, and ${name} has a value`];
  }
  const probability = (label: string) =>
    finding.classification?.classes.find((one) => one.label === label)?.probability;
  if (model.as === 'value') {
    const own =
      probability(model.label) ?? finding.regression?.values.find(({ label }) => label === model.label)?.value;
    // The extent of a class of a mask is measured by the adapter.
    if (own === undefined) return 'value' in given ? [] : [`${name} has no value`];
    const value = (model.scale ?? 1) * own + (model.offset ?? 0);
    return 'value' in given && Object.is(given.value, value) ? [] : [`${name} is another number than the model says`];
  }
  if (!('degrees' in given)) return [`${name} has no degrees`];
  if (model.transform !== 'probability') return [];
  const wrong = Object.entries(model.terms).filter(([term, labels]) => {
    const sum = labels.reduce((total, label) => total + (probability(label) ?? Number.NaN), 0);
    return !Object.is(given.degrees[term], Math.min(1, sum));
  });
  return wrong.map(([term]) => `${name} is ${term} to another degree than the model says`);
}

/** Columns of a table under their names; any other input as it is. */
function questionOf(inputs: readonly runtimeV1.NamedInput[]): object {
  const values: Record<string, object> = {};
  const others: Record<string, GoldenInput> = {};
  for (const { name = '', table, image, signal } of inputs) {
    for (const { name: column = '', number, unit, category, boolean, missing } of table?.values ?? []) {
      if (missing) continue;
      values[column] = { value: number ?? category ?? boolean ?? null, ...(unit && { unit }) };
    }
    if (image?.data) {
      const { mediaType = '', data } = image;
      others[name] = { image: { mediaType, base64: Buffer.from(data as Uint8Array).toString('base64') } };
    }
    if (signal) others[name] = { signal: goldenSignal(signal) };
  }
  return { values, ...(Object.keys(others).length > 0 && { inputs: others }) };
}

function goldenSignal({ channels = [], samples, samplingRateHz }: runtimeV1.Signal) {
  const bytes = Buffer.from((samples?.data ?? []) as Uint8Array);
  const count = Number(samples?.shape?.at(-1) ?? 0);
  return {
    channels: channels.map(({ name = '', unit = '' }) => ({ name, unit })),
    samplingRateHz: Number(samplingRateHz),
    samples: channels.map((_, index) =>
      Array.from({ length: count }, (__, at) => bytes.readFloatLE(4 * (index * count + at))),
    ),
  };
}

function shownOf({ outputs, rules }: Decision): string {
  const said = Object.entries(outputs).map(([name, output]) =>
    output.status === 'determinate'
      ? `${name} ${Number(output.value.toPrecision(3))}`
      : `${name} indeterminate (${output.reason})`,
  );
  return `${said.join(', ')}; ${rules.filter(({ fired }) => fired).length} of ${rules.length} rules fired`;
}
