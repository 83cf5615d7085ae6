import {
  type CompiledPossibilisticRule,
  type CompiledPossibilisticRules,
  compilePossibilisticRules,
} from './compile-possibilistic-rules.js';
import { explainPossibilities, type JudgedPremise, type JudgedRule } from './explain-possibility.js';
import { checkPossibilisticRules } from './parse-possibilistic-rules.js';
import type {
  PossibilisticEvaluation,
  PossibilisticOutputEvaluation,
  PossibilisticRuleEvaluation,
  PremiseFault,
} from './possibilistic-evaluation.js';
import type {
  PossibilisticInput,
  PossibilisticOutput,
  PossibilisticRule,
  PossibilisticRules,
} from './possibilistic-rules.js';
import {
  admitPossibility,
  type DistributionFault,
  type GivenDistribution,
  inconsistencyOf,
  type PossibilityDistribution,
  possibilityOf,
} from './possibility-distribution.js';
import { type TransformOptions, toPossibility } from './probability-transform.js';

/** By the names of the inputs: for each of their values a degree of possibility, or a probability, as declared. */
export type PossibilisticInputValues = Readonly<Record<string, GivenDistribution | undefined>>;

export type PossibilisticEngine = {
  readonly document: PossibilisticRules;
  evaluate(values: PossibilisticInputValues): PossibilisticEvaluation;
};

/**
 * Makes possibilistic rules ready for evaluation (Farreny and Prade 1989; Baaj and Poli 2021).
 *
 * A rule says what its premises make impossible: of a value it concludes it leaves max(s, lambda), of any other
 * max(r, rho), and an output's distribution is the least that its rules leave. Attributes are taken not to
 * constrain each other, so that premises join by minimum. An output may be a premise of those after it.
 *
 * @throws DH_RULES_MALFORMED, DH_RULES_INCONSISTENT
 */
export function createPossibilisticEngine(
  document: PossibilisticRules,
  options: TransformOptions = {},
): PossibilisticEngine {
  checkPossibilisticRules(document);
  const compiled = compilePossibilisticRules(document);
  return { document, evaluate: (values) => evaluate(compiled, values, options) };
}

/** What a premise may ask for, as far as it is known. */
type Known = {
  readonly distribution: PossibilityDistribution | DistributionFault | PremiseFault;
  /** Inconsistent outputs that it comes from, itself included. */
  readonly inconsistent: readonly string[];
};

function evaluate(
  compiled: CompiledPossibilisticRules,
  values: PossibilisticInputValues,
  options: TransformOptions,
): PossibilisticEvaluation {
  const known = new Map<string, Known>();
  for (const input of compiled.inputs) {
    const given = Object.hasOwn(values, input.name) ? values[input.name] : undefined;
    known.set(input.name, { distribution: admit(input, given, options), inconsistent: [] });
  }
  const outputs = new Map<string, PossibilisticOutputEvaluation>();
  const rules: PossibilisticRuleEvaluation[] = [];
  for (const { output, rules: own } of compiled.outputs) {
    const judged = own.map((rule) => judge(rule, known));
    rules.push(...judged.map((one, i) => ruleEvaluation(output.rules[i] as PossibilisticRule, one)));
    const evaluation = conclude(output, judged, known);
    outputs.set(output.name, evaluation);
    known.set(output.name, toKnown(evaluation));
  }
  return { outputs, rules };
}

function admit(input: PossibilisticInput, given: GivenDistribution | undefined, options: TransformOptions) {
  return input.given === 'possibility'
    ? admitPossibility(input.values, given)
    : toPossibility(input.values, given, input.transform, options);
}

function judge(compiled: CompiledPossibilisticRule, known: ReadonlyMap<string, Known>): JudgedRule | PremiseFault {
  const { rule, concluded } = compiled;
  const premises: JudgedPremise[] = [];
  for (const { premise, others, key } of compiled.premises) {
    const { distribution } = known.get(premise.attribute) as Known;
    // What kept an output from being known is the fault of what comes after it.
    if ('reason' in distribution) return { rule: rule.id, premise, ...distribution };
    const lambda = possibilityOf(distribution, premise.in);
    premises.push({ premise, key, lambda, rho: possibilityOf(distribution, others) });
  }
  const lambda = Math.min(...premises.map((premise) => premise.lambda));
  const rho = Math.max(...premises.map((premise) => premise.rho));
  return { rule, concluded, premises, lambda, rho };
}

function conclude(
  output: PossibilisticOutput,
  judged: readonly (JudgedRule | PremiseFault)[],
  known: ReadonlyMap<string, Known>,
): PossibilisticOutputEvaluation {
  const { name } = output;
  const fault = judged.find((one): one is PremiseFault => 'reason' in one);
  if (fault !== undefined) return { name, status: 'indeterminate', ...fault };
  const rules = judged as readonly JudgedRule[];
  const distribution = new Map(output.values.map((value) => [value, leastLeft(value, rules)] as const));
  const read = output.rules.flatMap((rule) => rule.if).flatMap(({ attribute }) => known.get(attribute) ?? []);
  return {
    name,
    status: 'determinate',
    distribution,
    inconsistency: inconsistencyOf(distribution),
    inconsistentPremises: [...new Set(read.flatMap(({ inconsistent }) => inconsistent))],
    explanations: explainPossibilities(distribution, rules),
  };
}

const leastLeft = (value: string, rules: readonly JudgedRule[]): number =>
  rules.reduce(
    (least, { rule, concluded, lambda, rho }) =>
      Math.min(least, concluded.has(value) ? Math.max(rule.s, lambda) : Math.max(rule.r, rho)),
    1,
  );

function ruleEvaluation(
  { id, s, r }: PossibilisticRule,
  judged: JudgedRule | PremiseFault,
): PossibilisticRuleEvaluation {
  const { lambda, rho } = 'reason' in judged ? { lambda: Number.NaN, rho: Number.NaN } : judged;
  return { rule: id, lambda, rho, alpha: Math.max(s, lambda), beta: Math.max(r, rho) };
}

function toKnown(evaluation: PossibilisticOutputEvaluation): Known {
  if (evaluation.status === 'indeterminate') {
    const { reason, premise, rule, value } = evaluation;
    return { distribution: { reason, premise, rule, value }, inconsistent: [] };
  }
  const { name, distribution, inconsistency, inconsistentPremises } = evaluation;
  return { distribution, inconsistent: inconsistency > 0 ? [...inconsistentPremises, name] : inconsistentPremises };
}
