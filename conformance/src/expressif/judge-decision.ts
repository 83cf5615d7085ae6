import { TargetFailure } from '../run/case-result.js';
import type { DecidedOutput, Decision } from './decision.js';
import type { ExpectedDecision } from './expected-decision.js';
import { oracleRules, type PlacedRuleBase } from './expressif-models.js';
import { type OracleOutput, premisesOf, rulesOf } from './oracle/read-rules.js';
import type { RelationDegrees } from './oracle/relations.js';
import { EPSILON, type EvaluatedOutput } from './oracle/rule-oracle.js';

/** Of a value, and of its size. */
const TOLERANCE = 1e-9;

/** Whether two numbers are the same but for the order of sums. */
export function isNear(got: number, expected: number): boolean {
  return Math.abs(got - expected) <= TOLERANCE * Math.max(1, Math.abs(expected));
}

/** Holds all that a decision says of its rules to what the oracle says. Throws TargetFailure for the first difference. */
export function judgeDecision(decision: Decision, base: PlacedRuleBase, expected: ExpectedDecision): void {
  if (decision.ruleBase.id !== base.id)
    throw new TargetFailure(`the decision is of the rule base ${decision.ruleBase.id}`);
  judgeOutputs(decision, base, expected);
  judgeRules(decision, base, expected);
  judgeInputs(decision, base, expected);
}

function judgeOutputs(decision: Decision, base: PlacedRuleBase, expected: ExpectedDecision): void {
  const { outputs } = expected;
  sameNames('output', Object.keys(decision.outputs), Object.keys(outputs));
  for (const output of oracleRules(base).outputs) {
    const got = decision.outputs[output.name] as DecidedOutput;
    judgeOutput(output, got, outputs[output.name] as EvaluatedOutput, decision, expected);
    const unit = base.bound.outputs?.[output.name]?.unit;
    if (got.unit !== unit) throw new TargetFailure(`the output ${output.name} has the unit ${got.unit}, not ${unit}`);
  }
}

function judgeOutput(
  output: OracleOutput,
  got: DecidedOutput,
  expected: EvaluatedOutput,
  decision: Decision,
  all: ExpectedDecision,
): void {
  const { name } = output;
  if (got.status !== expected.status) {
    throw new TargetFailure(`the output ${name} is ${said(got)}, and must be ${said(expected)}`);
  }
  if (expected.status === 'determinate') {
    if (got.source !== expected.source) {
      throw new TargetFailure(`the value of ${name} is said to be of ${got.source}, and is of ${expected.source}`);
    }
    if (!isValue(got.value as number, expected.value, output)) {
      throw new TargetFailure(`the output ${name} is ${got.value}, and must be ${expected.value}`);
    }
  } else judgeReason(got, expected, decision, all);
  for (const term of new Set([...Object.keys(got.degrees), ...Object.keys(expected.degrees)])) {
    const [is, must] = [got.degrees[term] ?? 0, expected.degrees[term] ?? 0];
    if (!isNear(is, must))
      throw new TargetFailure(`the rules conclude ${name} is ${term} to ${is}, and must to ${must}`);
  }
}

/** One of the inputs that are not known, and a rule that waits for it. */
function judgeReason(
  { reason, variable, rule }: DecidedOutput,
  { reason: first, unknowns }: Extract<EvaluatedOutput, { status: 'indeterminate' }>,
  { rules }: Decision,
  expected: ExpectedDecision,
): void {
  const isRight = unknowns.some((one) => one.reason === reason && one.variable === variable);
  if (unknowns.length === 0 ? reason !== first : !isRight) {
    const must = unknowns.map((one) => `${one.reason} of ${one.variable}`);
    throw new TargetFailure(
      `an output is indeterminate for "${reason} of ${variable}", and must be for ${must.join(' or ') || first}`,
    );
  }
  const waiting = expected.rules.filter(({ degree }) => degree === undefined).map(({ rule: { number } }) => number);
  if (unknowns.length > 0 && !waiting.some((number) => rules[number - 1]?.id === rule)) {
    throw new TargetFailure(`an output waits for the rule ${rule}, all of whose premises are known`);
  }
}

/** Where the half of an area lies may be read off half a step apart. */
function isValue(got: number, expected: number, { defuzzifier: [name, argument], range: [low, high] }: OracleOutput) {
  return name === 'Bisector' ? Math.abs(got - expected) <= (high - low) / Number(argument) / 2 : isNear(got, expected);
}

function said({
  status,
  value,
  reason,
}: {
  readonly status: string;
  readonly value?: number;
  readonly reason?: string;
}) {
  return status === 'determinate' ? `${value}` : `indeterminate (${reason})`;
}

/** Every rule in its place, with its degree; ids are the adapter's own. */
function judgeRules({ rules }: Decision, base: PlacedRuleBase, { rules: expected }: ExpectedDecision): void {
  if (rules.length !== expected.length) {
    throw new TargetFailure(`the decision tells of ${rules.length} rules, and ${expected.length} are evaluated`);
  }
  if (new Set(rules.map(({ id }) => id)).size !== rules.length) throw new TargetFailure('two rules have one id');
  const all = rulesOf(oracleRules(base));
  for (const [index, { id, text, degree, fired }] of rules.entries()) {
    const { degree: must, fired: mustFire, block } = expected[index] as (typeof expected)[number];
    const { antecedent } = all[index] as (typeof all)[number];
    if (!premisesOf(antecedent).every(({ variable, term }) => text.includes(variable) && text.includes(term))) {
      throw new TargetFailure(`the text of the rule ${id} does not name what it asks for: the order is another one`);
    }
    if (fired !== mustFire) throw new TargetFailure(`the rule ${id} ${fired ? 'fired' : 'did not fire'}, wrongly`);
    if ((degree === undefined) !== (must === undefined)) {
      throw new TargetFailure(`the rule ${id} has the degree ${degree}, and must have ${must}`);
    }
    // What becomes of the degree of a rule that its block did not choose is not said anywhere.
    const isTold = fired || block.activation[0] === 'General';
    if (isTold && Math.abs((degree ?? 0) - (must ?? 0)) > (fired ? TOLERANCE : EPSILON)) {
      throw new TargetFailure(`the rule ${id} has the degree ${degree}, and must have ${must}`);
    }
  }
}

function judgeInputs({ inputs, clamped }: Decision, base: PlacedRuleBase, expected: ExpectedDecision): void {
  sameNames('input', Object.keys(inputs), Object.keys(expected.inputs));
  for (const [name, must] of Object.entries(expected.inputs)) {
    const { unit, value, degrees, absent, relation } = inputs[name] as Decision['inputs'][string];
    const { unit: mustUnit } = base.bound.variables[name] as { readonly unit: string };
    if (unit !== mustUnit)
      throw new TargetFailure(`the input ${name} has the unit ${unit}, and the rules are for ${mustUnit}`);
    if (must.kind === 'unknown' && absent !== must.unknown.reason) {
      throw new TargetFailure(
        `the input ${name} must be absent as ${must.unknown.reason}, and is ${absent ?? value ?? 'there'}`,
      );
    }
    if (must.kind === 'value' && !(value !== undefined && isNear(value, must.value))) {
      throw new TargetFailure(
        `the input ${name} was read as ${value ?? absent ?? 'degrees'}, and must be ${must.value}`,
      );
    }
    if (must.kind === 'degrees') sameDegrees(name, degrees, must.degrees);
    const triple = expected.premises.get(name)?.relation;
    if (triple !== undefined) sameDegrees(name, relation && { ...relation }, toldOf(base, name, triple));
  }
  if ([...clamped].sort().join() !== [...expected.clamped].sort().join()) {
    throw new TargetFailure(
      `the decision says that "${clamped}" was moved into its range, and "${expected.clamped}" was`,
    );
  }
}

/** Of adjacency, only that something touches is defined alike everywhere. */
function toldOf(
  { bound }: PlacedRuleBase,
  name: string,
  { possibility, ...others }: RelationDegrees,
): Readonly<Record<string, number>> {
  const model = bound.variables[name]?.model;
  const isAdjacency = model?.as === 'relation' && 'adjacentMm' in model.relation;
  return isAdjacency ? { possibility } : { possibility, ...others };
}

function sameDegrees(
  name: string,
  got: Readonly<Record<string, number>> | undefined,
  expected: Readonly<Record<string, number>>,
): void {
  for (const [term, must] of Object.entries(expected)) {
    const is = got?.[term];
    if (is === undefined || !isNear(is, must)) {
      throw new TargetFailure(`the input ${name} is ${term} to ${is}, and must be to ${must}`);
    }
  }
}

function sameNames(what: string, got: readonly string[], expected: readonly string[]): void {
  const missing = expected.filter((name) => !got.includes(name));
  const more = got.filter((name) => !expected.includes(name));
  if (missing.length > 0) throw new TargetFailure(`the decision says nothing of the ${what} ${missing[0]}`);
  if (more.length > 0) throw new TargetFailure(`the decision tells of an ${what} ${more[0]} that is not there`);
}
