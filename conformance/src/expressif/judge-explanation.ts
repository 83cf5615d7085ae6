import { TargetFailure } from '../run/case-result.js';
import type { Decision } from './decision.js';
import type { ExpectedDecision } from './expected-decision.js';
import { oracleRules, type PlacedRuleBase } from './expressif-models.js';
import { isNear } from './judge-decision.js';
import type { Antecedent, OracleOutput } from './oracle/read-rules.js';
import { type EvaluatedRule, type Known, type OracleRun, RuleOracle } from './oracle/rule-oracle.js';
import {
  type DecidingPath,
  type ExplainedConclusion,
  type ReadExplanation,
  readExplanation,
} from './read-explanation.js';

/** An explanation beside the decision that it explains, and what the oracle knows of both. */
export interface ExplainedDecision {
  readonly decision: Decision;
  readonly explanation: ReadExplanation;
  readonly base: PlacedRuleBase;
  readonly expected: ExpectedDecision;
}

/** Throws TargetFailure where the decision holds none. */
export function explained(decision: Decision, base: PlacedRuleBase, expected: ExpectedDecision): ExplainedDecision {
  return { decision, explanation: readExplanation(decision.explanation), base, expected };
}

/** Every rule that is cited is there and did what is said of it, with the degree that the decision states. */
export function judgeCitations({ decision, explanation }: ExplainedDecision): string {
  const known = new Map(decision.rules.map((one) => [one.id, one]));
  const fired = decision.rules.filter((one) => one.fired).map(({ id }) => id);
  const check = (id: string, mustHaveFired: boolean) => {
    const one = known.get(id);
    if (one === undefined) throw new TargetFailure(`the explanation cites a rule ${id}, which is not there`);
    if (mustHaveFired && !one.fired)
      throw new TargetFailure(`the explanation cites the rule ${id}, which did not fire`);
  };
  for (const { rule, outcome, degree } of explanation.rules) {
    check(rule, outcome === 'fired');
    if (outcome === 'fired' && !isNear(degree ?? Number.NaN, known.get(rule)?.degree ?? Number.NaN)) {
      throw new TargetFailure(
        `the explanation says that the rule ${rule} fired with ${degree}, and the decision differs`,
      );
    }
  }
  const told = explanation.rules.filter(({ outcome }) => outcome === 'fired').map(({ rule }) => rule);
  const untold = fired.find((id) => !told.includes(id));
  if (untold !== undefined) throw new TargetFailure(`the rule ${untold} fired, and the explanation does not say so`);
  for (const rule of explanation.restingRules) {
    check(rule, false);
    if (known.get(rule)?.fired) throw new TargetFailure(`the explanation calls the rule ${rule} resting, and it fired`);
  }
  for (const { rules, decidedBy, justification } of explanation.outputs.flatMap(({ conclusions }) => conclusions)) {
    for (const rule of [...rules, ...justification].map((one) => one.rule)) check(rule, true);
    for (const rule of [decidedBy.main, ...decidedBy.rules]) check(rule, true);
  }
  return `${told.length} rules fired, and no other is said to have`;
}

/** The premise that decides a rule: the lowest of a conjunction, the highest of a disjunction. */
export function judgeDeciding({ decision, explanation, base, expected }: ExplainedDecision): string {
  let judged = 0;
  for (const { rule, antecedent, fired, block } of expected.rules) {
    const isPlain = block.conjunction === 'Minimum' && block.disjunction === 'Maximum';
    if (!fired || !isPlain || 'unknown' in antecedent) continue;
    const id = decision.rules[rule.number - 1]?.id;
    const told = explanation.rules.find((one) => one.rule === id);
    if (told?.deciding === undefined)
      throw new TargetFailure(`the explanation says nothing of what decides the rule ${id}`);
    if (!isNear(told.antecedentDegree ?? Number.NaN, antecedent.value)) {
      throw new TargetFailure(
        `the premises of the rule ${id} hold to ${antecedent.value}, and are said to hold to ${told.antecedentDegree}`,
      );
    }
    const { position, degree } = mainPremise(told.deciding);
    const may = decidingPositions(rule.antecedent, degreesOf(base, expected), antecedent.value);
    if (!may.includes(position)) {
      throw new TargetFailure(
        `premise ${position} is said to decide the rule ${id}, and premise ${may.join(' or ')} does`,
      );
    }
    if (!isNear(degree, antecedent.value)) {
      throw new TargetFailure(
        `the premise that decides the rule ${id} holds to ${antecedent.value}, and is said to hold to ${degree}`,
      );
    }
    judged++;
  }
  if (judged === 0) throw new RangeError('no rule of the question can be judged');
  return `of ${judged} rules the premise that decides`;
}

function mainPremise(path: DecidingPath): { readonly position: number; readonly degree: number } {
  if (path.kind === 'premise') return path;
  const main = path.parts?.[path.main];
  if (main === undefined) throw new TargetFailure('the path of a rule leads to no premise');
  return mainPremise(main);
}

/** Premises by whose degree a rule of minima and maxima has its own. */
function decidingPositions(of: Antecedent, degrees: PremiseDegrees, degree: number): number[] {
  if (of.kind === 'is') return degrees(of) === degree ? [of.position] : [];
  return [...decidingPositions(of.left, degrees, degree), ...decidingPositions(of.right, degrees, degree)];
}

type PremiseDegrees = (premise: Extract<Antecedent, { kind: 'is' }>) => number;

function runOf(base: PlacedRuleBase, { inputs, rules }: ExpectedDecision): OracleRun {
  return { rules: oracleRules(base), inputs, evaluated: [...rules] };
}

function degreesOf(base: PlacedRuleBase, expected: ExpectedDecision): PremiseDegrees {
  const run = runOf(base, expected);
  return (premise) => valueOr(new RuleOracle().premise(premise, run), Number.NaN);
}

const valueOr = (known: Known<number>, otherwise: number) => ('unknown' in known ? otherwise : known.value);

/** The rules and premises of a justification alone give the same degree, by the suite's own evaluation. */
export function judgeJustifications({ decision, explanation, base, expected }: ExplainedDecision): string {
  let judged = 0;
  for (const { output: name, status, conclusions } of explanation.outputs) {
    const output = oracleRules(base).outputs.find((one) => one.name === name);
    const concluded = decision.outputs[name]?.degrees;
    if (output === undefined || concluded === undefined)
      throw new TargetFailure(`the explanation tells of an output ${name}, which is not there`);
    const missing = Object.entries(concluded).find(
      ([term, degree]) => degree > 1e-6 && !conclusions.some((one) => one.term === term),
    );
    if (status === 'determinate' && missing !== undefined) {
      throw new TargetFailure(`the rules conclude ${name} is ${missing[0]}, and the explanation does not say why`);
    }
    for (const conclusion of conclusions) {
      const must = concluded[conclusion.term] ?? 0;
      if (!isNear(conclusion.degree, must)) {
        throw new TargetFailure(
          `the explanation is of ${name} is ${conclusion.term} to ${conclusion.degree}, and the decision says ${must}`,
        );
      }
      const alone = replayed(output, conclusion, { decision, explanation, base, expected });
      if (!isNear(alone, must)) {
        throw new TargetFailure(
          `what justifies ${name} is ${conclusion.term} gives ${alone} alone, and ${must} is concluded`,
        );
      }
      judged++;
    }
  }
  if (judged === 0) throw new TargetFailure('the explanation justifies no conclusion');
  return `${judged} conclusions, each with as much as gives its degree alone`;
}

/** Degree of a conclusion by its justification alone. */
function replayed(
  output: OracleOutput,
  { term, justification }: ExplainedConclusion,
  { decision, base, expected }: ExplainedDecision,
): number {
  const oracle = new RuleOracle();
  const run = runOf(base, expected);
  return justification.reduce((sum, { rule: id, premises }) => {
    const found = expected.rules[decision.rules.findIndex((one) => one.id === id)];
    if (found === undefined) throw new TargetFailure(`a justification names a rule ${id}, which is not there`);
    const antecedent = prunedDegree(found.rule.antecedent, premises, found, run);
    const degree = oracle.weighted(found.rule, antecedent ?? 0);
    const own = found.rule.conclusions.filter(({ variable, term: of }) => variable === output.name && of === term);
    return own.reduce((total, { hedges }) => oracle.aggregated(output, total, oracle.hedged(hedges, degree)), sum);
  }, 0);
}

/** Degree of what is left of an antecedent with some of its premises; undefined where nothing is. */
function prunedDegree(of: Antecedent, kept: readonly number[], one: EvaluatedRule, run: OracleRun): number | undefined {
  const oracle = new RuleOracle();
  if (of.kind === 'is') return kept.includes(of.position) ? valueOr(oracle.premise(of, run), Number.NaN) : undefined;
  const [left, right] = [prunedDegree(of.left, kept, one, run), prunedDegree(of.right, kept, one, run)];
  if (left === undefined || right === undefined) return left ?? right;
  return of.kind === 'and'
    ? oracle.tNorm(one.block.conjunction, left, right)
    : oracle.sNorm(one.block.disjunction, left, right);
}

/** What is not known is said with the input that is waited for, and why. */
export function judgeWants({ decision, explanation }: ExplainedDecision): string {
  const waiting = Object.entries(decision.outputs).filter(([, { variable }]) => variable !== undefined);
  for (const [name, { reason, variable }] of waiting) {
    const told = explanation.outputs.find(({ output }) => output === name);
    const isTold = told?.wants?.some((want) => want.input?.name === variable && want.reason === reason) ?? false;
    if (!isTold)
      throw new TargetFailure(`the output ${name} waits for ${variable}, and the explanation does not say so`);
  }
  if (waiting.length === 0) throw new RangeError('no output of the question waits for anything');
  return `${waiting.length} outputs, each with what it waits for`;
}

/** Both languages tell of the same rules and the same numbers. */
export function judgeTexts({ decision: { text, rules } }: ExplainedDecision): string {
  const { en = '', fr = '' } = text;
  if (en.trim() === '' || fr.trim() === '')
    throw new TargetFailure('the text of a language that was asked for is empty');
  if (en === fr) throw new TargetFailure('the texts of both languages are the same');
  const fired = rules.filter((one) => one.fired).map(({ id }) => id);
  const named = (words: string) => rules.map(({ id }) => id).filter((id) => holdsWord(words, id));
  const [inEnglish, inFrench] = [named(en), named(fr)];
  if (inEnglish.join() !== inFrench.join()) {
    throw new TargetFailure(`the English text names the rules ${inEnglish}, the French one ${inFrench}`);
  }
  if (!fired.some((id) => inEnglish.includes(id))) throw new TargetFailure('the text names no rule that fired');
  const [first, second] = [numbersIn(en), numbersIn(fr)];
  const odd = [...first].find((one) => !second.has(one)) ?? [...second].find((one) => !first.has(one));
  if (odd !== undefined) throw new TargetFailure(`the number ${odd} is in one language alone`);
  return `${first.size} numbers and ${inEnglish.length} rules in both languages`;
}

function holdsWord(text: string, word: string): boolean {
  const escaped = word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`(?<![\\w.])${escaped}(?!\\w|\\.\\d)`).test(text);
}

/** Numbers of a text, whatever stands before their decimals. */
function numbersIn(text: string): Set<string> {
  return new Set((text.match(/\d+(?:[.,]\d+)*/g) ?? []).map((one) => one.replaceAll(',', '.')));
}
