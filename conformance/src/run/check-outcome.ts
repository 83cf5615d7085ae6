import type { runtimeV1 } from '@deephealth/proto';
import type { RawTensor } from '@deephealth/sdk';
import type { Expectation } from '../cases/case-types.js';
import { compareFinding } from '../compare/compare-finding.js';
import type { NumericProfile } from '../compare/compare-numbers.js';
import { type Digests, fieldAt, mismatch } from '../compare/match-fields.js';
import { suiteModel } from '../models/catalogue.js';
import { evaluate } from '../oracle/evaluate.js';
import { type ExpectedFinding, expectedFinding } from '../oracle/expected-finding.js';
import type { Place } from '../oracle/prepare-inputs.js';
import type { Value } from '../oracle/value.js';
import type { Outcome } from '../targets/target-client.js';
import { TargetFailure } from './case-result.js';
import { findLeak } from './find-leaks.js';

export interface Asked {
  /** Model of the suite that was asked, and what it was given. */
  readonly model?: string;
  /** Default: the newest. */
  readonly version?: string;
  readonly tensors?: Readonly<Record<string, RawTensor>>;
  /** Of images and volumes among the inputs. */
  readonly places?: Readonly<Record<string, Place>>;
  readonly digests: Digests;
  readonly profile: NumericProfile;
}

/** Gives the evidence that an outcome is as expected; throws TargetFailure for the first thing that is not. */
export function checkOutcome(outcome: Outcome, expect: Expectation, asked: Asked): string[] {
  const expected = expect.status ?? 'OK';
  const isOther = outcome.status !== expected;
  const isAllowed = isOther && expect.alsoAllowed?.some(({ status }) => status === outcome.status);
  if (isOther && !isAllowed) {
    const reason = expect.reason === undefined ? '' : ` / ${expect.reason}`;
    throw new TargetFailure(`expected ${expected}${reason}, got ${describe(outcome)}`);
  }
  if (outcome.status !== 'OK') return checkError(outcome, isAllowed ? {} : expect);
  return [`status ${outcome.status}`, ...checkResponse(outcome.response, expect, asked)];
}

function describe({ status, reason, message }: Outcome): string {
  return `${status}${reason === '' ? '' : ` / ${reason}`}${message === '' ? '' : ` "${message.slice(0, 160)}"`}`;
}

function checkError(outcome: Outcome, { reason, names = {}, withholds = [] }: Expectation): string[] {
  const evidence = [`status ${outcome.status}`];
  if (reason !== undefined) {
    if (outcome.reason !== reason) throw new TargetFailure(`expected reason ${reason}, got ${describe(outcome)}`);
    if (outcome.domain !== 'deephealth') throw new TargetFailure(`expected domain deephealth, got "${outcome.domain}"`);
    evidence.push(`reason ${reason}`);
  }
  for (const [name, value] of Object.entries(names)) {
    const got = outcome.metadata[name];
    if (got !== value) throw new TargetFailure(`the ErrorInfo must name ${name} "${value}", got "${got ?? ''}"`);
    evidence.push(`names ${name}`);
  }
  const told = [outcome.message, ...Object.values(outcome.metadata)].join('\n');
  for (const text of withholds) {
    if (told.includes(text)) throw new TargetFailure(`the error repeats "${text}", which was sent as a value`);
    evidence.push('does not repeat the value');
  }
  const leak = findLeak(outcome);
  if (leak !== undefined) throw new TargetFailure(leak);
  return evidence;
}

/** Warnings that a manifest's rules give rise to; others may come with them. */
const RULED_KINDS = ['IMPUTED', 'NEAR_THRESHOLD', 'ABSTAINED', 'OUTSIDE_TRAINING_RANGE', 'PARTLY_EXAMINED'];

function checkWarnings(response: unknown, expected: NonNullable<Expectation['warnings']>): string {
  const given = ((fieldAt(response, 'warnings') ?? []) as runtimeV1.Warning__Output[])
    .map(({ kind, field }) => ({ kind: String(kind).replace('WARNING_KIND_', ''), field }))
    .filter(({ kind }) => RULED_KINDS.includes(kind));
  // A column may be named with its input or without.
  const isOf = (field: string, names: string) => field === names || field.endsWith(`.${names}`);
  const missing = expected.find((one) => !given.some(({ kind, field }) => kind === one.kind && isOf(field, one.names)));
  if (missing !== undefined) throw new TargetFailure(`no warning ${missing.kind} names "${missing.names}"`);
  const other = given.find(({ kind, field }) => !expected.some((one) => one.kind === kind && isOf(field, one.names)));
  if (other !== undefined) throw new TargetFailure(`a warning ${other.kind} names "${other.field}" without a reason`);
  return `warnings ${expected.map(({ kind, names }) => `${kind} ${names}`).join(', ') || 'of no rule'}`;
}

function checkResponse(
  response: unknown,
  { outputs, outputOrder, warnings, response: fields = {} }: Expectation,
  asked: Asked,
) {
  const evidence: string[] = [];
  if (outputOrder !== undefined) {
    const names = ((fieldAt(response, 'findings') ?? []) as runtimeV1.Finding__Output[]).map(({ name }) => name);
    if (names.join() !== outputOrder.join()) {
      throw new TargetFailure(`expected the outputs ${outputOrder.join(', ')} in this order, got ${names.join(', ')}`);
    }
    evidence.push(`outputs ${names.join(', ')}`);
  }
  if (outputs !== undefined)
    evidence.push(...checkOutputs(response as runtimeV1.PredictResponse__Output, outputs, asked));
  if (warnings !== undefined) evidence.push(checkWarnings(response, warnings));
  for (const [path, matcher] of Object.entries(fields)) {
    const wrong = mismatch(fieldAt(response, path), matcher, asked.digests);
    if (wrong !== undefined) throw new TargetFailure(`${path}: ${wrong}`);
    evidence.push(`${path} as expected`);
  }
  return evidence;
}

function checkOutputs(
  response: runtimeV1.PredictResponse__Output,
  outputs: NonNullable<Expectation['outputs']>,
  asked: Asked,
): string[] {
  const expected = expectedOutputs(asked);
  return Object.keys(outputs).map((name) => {
    const one = expected[name];
    if (one === undefined) throw new RangeError(`${asked.model} has no output "${name}"`);
    const finding = response.findings.find((given) => given.name === name);
    if (finding === undefined) throw new TargetFailure(`the output "${name}" is not in the answer`);
    const { numericClass } = suiteModel(asked.model ?? '', asked.version);
    const verdict = compareFinding(finding, one, numericClass, asked.profile);
    if (!verdict.pass) throw new TargetFailure(`output "${name}": ${verdict.message}`);
    return `output ${name}: ${verdict.message}`;
  });
}

/** What the oracle gives for each output of the model that was asked. */
export function expectedOutputs({ model, version, tensors, places = {} }: Asked): Record<string, ExpectedFinding> {
  if (model === undefined || tensors === undefined) throw new RangeError('no model was asked');
  const { graph, manifest, numericClass } = suiteModel(model, version);
  const golden = evaluate(graph, tensors);
  if (manifest?.outputs === undefined) {
    return Object.fromEntries(Object.entries(golden).map(([name, value]) => [name, { kind: 'tensor', value }]));
  }
  return Object.fromEntries(
    manifest.outputs.map((spec) => [
      spec.name,
      expectedFinding(spec, golden[spec.from] as Value, numericClass === 'exact', places),
    ]),
  );
}
