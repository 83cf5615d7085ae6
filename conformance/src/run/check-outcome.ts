import type { runtimeV1 } from '@deephealth/proto';
import { fromContractDataType, type RawTensor } from '@deephealth/sdk';
import type { Expectation } from '../cases/case-types.js';
import { compareNumbers, type NumericProfile } from '../compare/compare-numbers.js';
import { type Digests, fieldAt, mismatch } from '../compare/match-fields.js';
import { suiteModel } from '../models/catalogue.js';
import { evaluate } from '../oracle/evaluate.js';
import type { Outcome } from '../targets/target-client.js';
import { TargetFailure } from './case-result.js';
import { findLeak } from './find-leaks.js';

export interface Asked {
  /** Model of the suite that was asked, and what it was given. */
  readonly model?: string;
  readonly tensors?: Readonly<Record<string, RawTensor>>;
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

function checkError(outcome: Outcome, { reason, names = {} }: Expectation): string[] {
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
  const leak = findLeak(outcome);
  if (leak !== undefined) throw new TargetFailure(leak);
  return evidence;
}

function checkResponse(response: unknown, { outputs, outputOrder, response: fields = {} }: Expectation, asked: Asked) {
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
  { model, tensors, profile }: Asked,
): string[] {
  if (model === undefined || tensors === undefined) throw new RangeError('no model was asked');
  const { graph, numericClass } = suiteModel(model);
  const golden = evaluate(graph, tensors);
  return Object.keys(outputs).map((name) => {
    const expected = golden[name];
    if (expected === undefined) throw new RangeError(`${model} has no output "${name}"`);
    const finding = response.findings.find((one) => one.name === name);
    if (finding === undefined) throw new TargetFailure(`the output "${name}" is not in the answer`);
    const actual = rawTensor(finding, name);
    const verdict = compareNumbers(actual, expected, numericClass, profile);
    if (!verdict.pass) throw new TargetFailure(`output "${name}": ${verdict.message}`);
    return `output ${name}: ${verdict.message}`;
  });
}

function rawTensor({ tensor }: runtimeV1.Finding__Output, name: string): RawTensor {
  const dataType = fromContractDataType(tensor?.dataType);
  if (tensor === null || tensor === undefined || dataType === undefined) {
    throw new TargetFailure(`the output "${name}" is no tensor`);
  }
  return { dataType, shape: tensor.shape.map(Number), data: tensor.data };
}
