import { isDeepStrictEqual } from 'node:util';
import { firstDifference } from '../../compare/first-difference.js';
import { NotJudged, TargetFailure } from '../../run/case-result.js';
import type { PlatformFinding, PlatformValue } from '../../simulators/platform-simulator.js';
import { namedTensor } from '../../tensors/named-tensor.js';
import type { Probe } from '../probe.js';
import { abstainingAnswer, MADE_WARNINGS, madeAnswer } from './made-answers.js';
import { errorOf, findingsOf, predictOf, Sandwiched } from './sandwiched.js';

const EMPTY = Buffer.alloc(0);

/** What a case looks at, and how it shows in a finding; empty where a finding has none of it. */
const ASPECTS: Readonly<Record<string, (finding: PlatformFinding) => readonly unknown[]>> = {
  units: ({ values }) => values.filter(({ unit }) => unit !== '').map(({ label, unit }) => ({ label, unit })),
  codes: ({ codes, values }) => [...codes, ...values.flatMap((one) => one.codes)],
  values: ({ values }) => values.map(numbersOf),
  decisions: ({ decision, isAbstained }) => (decision === undefined ? [] : [decision, isAbstained ?? false]),
  grids: ({ grid }) => (grid === undefined ? [] : [grid]),
  levels: ({ grid }) => (grid === undefined ? [] : [{ level: grid.level, spacing: grid.spacing }]),
  samples: ({ samples }) =>
    samples === undefined ? [] : [samples.dataType, samples.shape, Buffer.from(samples.data).toString('hex')],
  texts: ({ text }) => (text === undefined ? [] : [text]),
};

function numbersOf({ label, value, lower, upper }: PlatformValue) {
  return { label, value, lower, upper };
}

/** Findings of every kind that the platform holds: `with.aspect` of each must be the runtime's. */
export const findingsAreKept: Probe = async (context) => {
  const sandwich = new Sandwiched(context);
  const aspect = ASPECTS[context.with.aspect as string];
  if (aspect === undefined) throw new RangeError(`findings have no aspect "${context.with.aspect}"`);
  const { response, platform } = madeAnswer((kind) => sandwich.platform.carries.has(kind));
  const shown = platform.filter((finding) => aspect(finding).length > 0);
  if (shown.length === 0) throw new NotJudged('notApplicable', `the platform has no place for ${context.with.aspect}`);
  const part = await sandwich.whileRuntime({ model: sandwich.model, answer: response }, () =>
    sandwich.ask(sandwich.event()),
  );
  const received = findingsOf(part);
  for (const finding of shown) {
    const same = received.find(({ name }) => name === finding.name);
    if (same === undefined) throw new TargetFailure(`the platform did not get the finding that is a ${finding.kind}`);
    const difference = firstDifference(aspect(finding), aspect(same));
    if (difference !== undefined) {
      throw new TargetFailure(`${context.with.aspect} of the ${finding.kind}: ${difference}`);
    }
  }
  return [`${context.with.aspect} as the runtime gave them: ${shown.map(({ kind }) => kind).join(', ')}`];
};

/** Every warning, with what it concerns. */
export const warningsAreKept: Probe = async (context) => {
  const sandwich = new Sandwiched(context);
  const { response } = madeAnswer((kind) => kind === 'classification');
  const part = await sandwich.whileRuntime({ model: sandwich.model, answer: response }, () =>
    sandwich.ask(sandwich.event()),
  );
  findingsOf(part);
  for (const { kind, field } of MADE_WARNINGS) {
    if (!part.warnings.some((warning) => warning.kind === kind && warning.field === field)) {
      throw new TargetFailure(`the platform did not get the warning ${kind}${field === '' ? '' : ` of ${field}`}`);
    }
  }
  return [`${MADE_WARNINGS.length} warnings reached the platform`];
};

/** A model that does not know decides nothing, and neither does the adapter. */
export const abstentionIsKept: Probe = async (context) => {
  const sandwich = new Sandwiched(context);
  const behaviour = { model: sandwich.model, answer: abstainingAnswer() };
  const part = await sandwich.whileRuntime(behaviour, () => sandwich.ask(sandwich.event()));
  const [finding] = findingsOf(part);
  if (finding?.isAbstained !== true) throw new TargetFailure('the platform was not told that the model abstained');
  if ((finding.decision ?? []).length > 0) {
    throw new TargetFailure(`the platform got the decision "${finding.decision?.join()}" of a model that gave none`);
  }
  if (!part.warnings.some(({ kind }) => kind === 'WARNING_KIND_ABSTAINED')) {
    throw new TargetFailure('the platform did not get the warning that the model abstained');
  }
  return ['the platform got the abstention, and no decision'];
};

/** Which model, version and package a result is from. */
export const provenanceIsKept: Probe = async (context) => {
  const sandwich = new Sandwiched(context);
  const { response } = madeAnswer((kind) => kind === 'classification');
  const part = await sandwich.whileRuntime({ model: sandwich.model, answer: response }, () =>
    sandwich.ask(sandwich.event()),
  );
  findingsOf(part);
  const made = sandwich.provenanceOf(sandwich.model);
  for (const field of ['modelName', 'modelVersion', 'packageSha256'] as const) {
    const received = part.provenance?.[field];
    if (received !== made[field]) {
      throw new TargetFailure(`${field}: expected ${made[field]}, got ${received ?? 'nothing'}`);
    }
  }
  return ['the platform got name, version and package digest of the model'];
};

/** What the platform gives is what the runtime gets, and what the runtime computes what the platform gets. */
export const inputsAreKept: Probe = async (context) => {
  const sandwich = new Sandwiched(context);
  const { platform } = sandwich;
  if (!platform.givesTensors || !platform.carries.has('tensor')) {
    throw new NotJudged('notApplicable', 'the platform has no tensors');
  }
  const x = namedTensor(context.with.tensor as string);
  const event = sandwich.event({ requests: [sandwich.request({ model: 'conformance-identity-fp32', inputs: { x } })] });
  const [finding] = findingsOf(await sandwich.ask(event));
  const received = predictOf(sandwich.asked()).inputs;
  const [input] = received;
  const isSent =
    received.length === 1 && input?.name === 'x' && Buffer.from(x.data).equals(input.tensor?.data ?? EMPTY);
  if (!isSent) throw new TargetFailure('the runtime got another input than the platform gave');
  if (!Buffer.from(x.data).equals(finding?.samples?.data ?? EMPTY)) {
    throw new TargetFailure('the platform got another tensor than the runtime gave');
  }
  return [`${x.data.byteLength} bytes went from the platform to the runtime and came back`];
};

/** The id that the runtime is asked under is in the result, and tells every event apart. */
export const requestIdLeadsBack: Probe = async (context) => {
  const sandwich = new Sandwiched(context);
  const parts = [await sandwich.ask(sandwich.event()), await sandwich.ask(sandwich.event())];
  const asked = sandwich.predicts().map((call) => predictOf(call).requestId);
  const told = parts.map(({ requestId }) => requestId);
  if (told.includes('')) throw new TargetFailure('a result does not say under which id the runtime was asked');
  if (!isDeepStrictEqual(asked, told)) {
    throw new TargetFailure(`the runtime was asked under ${shortly(asked)}, and the platform told of ${shortly(told)}`);
  }
  if (new Set(told).size !== told.length) throw new TargetFailure('two events were asked under one id');
  return ['each result names the id under which the runtime was asked'];
};

/** The package that a platform was approved with, right and wrong. */
export const expectedPackageIsKept: Probe = async (context) => {
  const sandwich = new Sandwiched(context);
  const right = context.models.find(({ model }) => model.name === sandwich.model)?.packageSha256 ?? '';
  const wrong = 'f'.repeat(64);
  const { choosesPackages } = sandwich.platform;
  for (const expectedPackageSha256 of choosesPackages ? [right, wrong] : [right]) {
    const event = sandwich.event({ requests: [sandwich.request({ expectedPackageSha256 })] });
    const part = await sandwich.ask(event);
    const asked = sandwich.predicts().at(-1);
    if (asked === undefined || predictOf(asked).expectedPackageSha256 !== expectedPackageSha256) {
      throw new TargetFailure('the runtime was not told which package the platform expects');
    }
    if (expectedPackageSha256 === right) {
      findingsOf(part);
    } else if (errorOf(part).reason !== 'PACKAGE_DIGEST_MISMATCH') {
      throw new TargetFailure(`expected the error PACKAGE_DIGEST_MISMATCH, got ${errorOf(part).reason}`);
    }
  }
  const other = choosesPackages ? ['another one was refused, and the platform told'] : [];
  return ['the expected package was answered', ...other];
};

function shortly(value: unknown): string {
  return JSON.stringify(value).slice(0, 160);
}
