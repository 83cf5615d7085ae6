import type { PremiseSource } from '../../expressif/decision.js';
import { type Antecedent, type OracleOutput, type OracleRules, premisesOf } from '../../expressif/oracle/read-rules.js';
import type { Evaluated, EvaluatedRule, OracleRun, RuleOracle } from '../../expressif/oracle/rule-oracle.js';
import type {
  DecidingPath,
  ExplainedConclusion,
  ExplainedOutput,
  ExplainedRule,
  ReadExplanation,
} from '../../expressif/read-explanation.js';

/** What an explanation is made of. */
export interface ExplanationParts {
  readonly rules: OracleRules;
  readonly evaluated: Evaluated;
  /** By the names of the variables that the model gives. */
  readonly sources: Readonly<Record<string, PremiseSource>>;
}

/** How the reference cites a rule. */
export const ruleId = (number: number): string => `R${number}`;

/** Why rules conclude what they conclude, as much of deephealth.explanation/1 as cases look at. */
export class ReferenceExplanation {
  readonly oracle: RuleOracle;

  constructor(oracle: RuleOracle) {
    this.oracle = oracle;
  }

  explain(parts: ExplanationParts): ReadExplanation {
    const { rules, evaluated } = parts;
    const run: OracleRun = { rules, inputs: evaluated.inputs, evaluated: [...evaluated.rules] };
    return {
      schema: 'deephealth.explanation/1',
      rules: this.told(evaluated).map((one) => this.rule(one, run, parts)),
      restingRules: evaluated.rules.filter(isResting).map(({ rule }) => ruleId(rule.number)),
      outputs: rules.outputs.map((output) => this.output(output, run, parts)),
    };
  }

  /** Rules that fired, or were kept from it by something else than their premises. */
  told({ rules }: Evaluated): readonly EvaluatedRule[] {
    return rules.filter((one) => !isResting(one));
  }

  rule(one: EvaluatedRule, run: OracleRun, parts: ExplanationParts): ExplainedRule {
    const { rule, antecedent, degree, fired } = one;
    return {
      rule: ruleId(rule.number),
      outcome: fired ? 'fired' : 'unknown' in antecedent ? 'unknown-premise' : 'activation',
      premises: premisesOf(rule.antecedent).map((premise) => {
        const found = this.oracle.premise(premise, run);
        const { position, variable, term } = premise;
        const isInput = run.inputs[variable] !== undefined;
        return {
          ...{ position, variable, term },
          ...('value' in found && { degree: found.value }),
          ...(isInput && { input: { name: variable, ...this.sourceOf(variable, parts) } }),
        };
      }),
      ...('value' in antecedent && { antecedentDegree: antecedent.value }),
      ...(fired && degree !== undefined && { degree, deciding: this.path(rule.antecedent, one, run) }),
    };
  }

  sourceOf(variable: string, { sources }: ExplanationParts): { readonly source?: PremiseSource } {
    const source = sources[variable];
    return source === undefined ? {} : { source };
  }

  path(of: Antecedent, one: EvaluatedRule, run: OracleRun): DecidingPath {
    const found = this.oracle.antecedent(of, one.block, run);
    const degree = 'value' in found ? found.value : 0;
    if (of.kind === 'is') return { kind: 'premise', position: of.position, degree };
    const sides = [this.path(of.left, one, run), this.path(of.right, one, run)];
    const main = this.main(of.kind, sides);
    const isOne = of.kind === 'and' ? one.block.conjunction === 'Minimum' : one.block.disjunction === 'Maximum';
    return isOne
      ? { kind: of.kind, degree, parts: [sides[main] as DecidingPath], main: 0 }
      : { kind: of.kind, degree, parts: sides, main };
  }

  /** The side that limits the most. */
  main(kind: 'and' | 'or', [left, right]: readonly DecidingPath[]): number {
    const isRightLower = (right?.degree ?? 0) < (left?.degree ?? 0);
    return isRightLower === (kind === 'and') ? 1 : 0;
  }

  output(output: OracleOutput, run: OracleRun, parts: ExplanationParts): ExplainedOutput {
    const found = parts.evaluated.outputs[output.name];
    const terms = [...new Set(this.oracle.conclusions(output.name, run).map(({ term }) => term))];
    const conclusions = terms.map((term) => this.conclusion(output, term, run));
    if (found?.status !== 'indeterminate') return { output: output.name, status: 'determinate', conclusions };
    const wants = found.unknowns.map(({ reason, variable }) => {
      const asking = run.evaluated.find(({ degree }) => degree === undefined);
      return { reason, input: { name: variable }, rule: ruleId(asking?.rule.number ?? 0) };
    });
    return { output: output.name, status: 'indeterminate', reason: found.reason, conclusions: [], wants };
  }

  conclusion(output: OracleOutput, term: string, run: OracleRun): ExplainedConclusion {
    const own = this.oracle.conclusions(output.name, run).filter((one) => one.term === term);
    const [main] = [...own].sort((a, b) => b.degree - a.degree);
    const deciding = output.aggregation === 'Maximum' ? own.filter((one) => one === main) : own;
    const cited = deciding.map(({ rule }) => ruleId(rule.number));
    return {
      term,
      degree: this.oracle.termDegree(output, term, run),
      rules: own.map(({ rule, degree }) => ({ rule: ruleId(rule.number), degree })),
      decidedBy: { main: ruleId(main?.rule.number ?? 0), rules: cited },
      justification: this.justification(
        deciding.map(({ rule }) => run.evaluated.find((one) => one.rule === rule) as EvaluatedRule),
        run,
      ),
    };
  }

  /** Of each rule the premises that give its degree. */
  justification(rules: readonly EvaluatedRule[], run: OracleRun): ExplainedConclusion['justification'] {
    return rules.map((one) => ({
      rule: ruleId(one.rule.number),
      premises: leavesOf(this.path(one.rule.antecedent, one, run)),
    }));
  }
}

function isResting({ fired, antecedent }: EvaluatedRule): boolean {
  return !fired && 'value' in antecedent && antecedent.value <= 1e-6;
}

function leavesOf(path: DecidingPath): number[] {
  return path.kind === 'premise' ? [path.position] : path.parts.flatMap(leavesOf);
}
