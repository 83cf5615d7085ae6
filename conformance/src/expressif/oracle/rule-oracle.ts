import { DEFUZZIFIERS } from './defuzzify.js';
import { formulaValue } from './formula.js';
import { HEDGES, type HedgeName, S_NORMS, type SNormName, T_NORMS, type TNormName } from './norms.js';
import {
  type Antecedent,
  type OracleBlock,
  type OracleOutput,
  type OracleRule,
  type OracleRules,
  type OracleVariable,
  premisesOf,
  type Statement,
} from './read-rules.js';
import { inverse, membership, type OracleTerm } from './shapes.js';

/** A degree up to it counts as "not fired". */
export const EPSILON = 1e-6;

/** Why there is no number; the words are the answer's. */
export type Reason =
  | 'nothing-fired'
  | 'missing'
  | 'not-a-number'
  | 'out-of-range'
  | 'expired'
  | 'abstained'
  | 'not-measured'
  | 'no-value';

/** What an input is given as. */
export type Given =
  | number
  | { readonly degrees: Readonly<Record<string, number>> }
  | { readonly absent: Reason }
  | undefined;

/** Why something is not known, and of which input. */
export interface Unknown {
  readonly reason: Reason;
  readonly variable: string;
}

/** An input as the rules read it. */
export type Admitted =
  | { readonly kind: 'value'; readonly value: number; readonly isClamped: boolean }
  | { readonly kind: 'degrees'; readonly degrees: Readonly<Record<string, number>> }
  | { readonly kind: 'unknown'; readonly unknown: Unknown };

export type Known<T> = { readonly value: T } | { readonly unknown: Unknown };

export interface EvaluatedRule {
  readonly rule: OracleRule;
  readonly block: OracleBlock;
  /** Of the antecedent alone. */
  readonly antecedent: Known<number>;
  /** By weight and activation; undefined where a premise is not known. */
  readonly degree: number | undefined;
  readonly fired: boolean;
}

export type EvaluatedOutput = {
  /** By term; empty where it is not known. */
  readonly degrees: Readonly<Record<string, number>>;
} & (
  | { readonly status: 'determinate'; readonly value: number; readonly source: 'rules' | 'default' }
  | {
      readonly status: 'indeterminate';
      readonly reason: Reason;
      readonly variable?: string;
      /** All that its rules ask for and do not know, the first of which is told above; any of them may be told. */
      readonly unknowns: readonly Unknown[];
    }
);

export interface Evaluated {
  readonly rules: readonly EvaluatedRule[];
  /** By their names. */
  readonly outputs: Readonly<Record<string, EvaluatedOutput>>;
  readonly inputs: Readonly<Record<string, Admitted>>;
  readonly clamped: readonly string[];
}

/** What one question holds, while it is evaluated. */
export interface OracleRun {
  readonly rules: OracleRules;
  readonly inputs: Readonly<Record<string, Admitted>>;
  readonly evaluated: EvaluatedRule[];
}

/**
 * What a rule base of the suite concludes, in float64, written from the definitions in docs/conformance/expressif.md
 * without a look at any engine. Each step is a method of its own, so that a mutant of the reference adapter can change
 * one of them and nothing else.
 */
export class RuleOracle {
  evaluate(
    rules: OracleRules,
    given: Readonly<Record<string, Given>>,
    { extend = false }: { readonly extend?: boolean } = {},
  ): Evaluated {
    const inputs = Object.fromEntries(rules.inputs.map((one) => [one.name, this.admit(one, given[one.name], extend)]));
    const run: OracleRun = { rules, inputs, evaluated: [] };
    for (const block of rules.blocks) run.evaluated.push(...this.blockOf(block, run));
    return {
      rules: run.evaluated,
      outputs: Object.fromEntries(rules.outputs.map((output) => [output.name, this.outputOf(output, run)])),
      inputs,
      clamped: rules.inputs
        .map(({ name }) => name)
        .filter((name) => inputs[name]?.kind === 'value' && inputs[name].isClamped),
    };
  }

  admit({ name, range, lockRange }: OracleVariable, given: Given, extend: boolean): Admitted {
    const unknown = (reason: Reason): Admitted => ({ kind: 'unknown', unknown: { reason, variable: name } });
    if (given === undefined) return unknown('missing');
    if (typeof given === 'object')
      return 'absent' in given ? unknown(given.absent) : { kind: 'degrees', degrees: given.degrees };
    if (Number.isNaN(given)) return unknown('not-a-number');
    const [low, high] = range;
    if (given >= low && given <= high) return { kind: 'value', value: given, isClamped: false };
    if (lockRange) return { kind: 'value', value: Math.min(high, Math.max(low, given)), isClamped: true };
    return extend ? { kind: 'value', value: given, isClamped: false } : unknown('out-of-range');
  }

  tNorm(name: TNormName, a: number, b: number): number {
    return T_NORMS[name](a, b);
  }

  sNorm(name: SNormName, a: number, b: number): number {
    return S_NORMS[name](a, b);
  }

  hedge(name: HedgeName, degree: number): number {
    return HEDGES[name](degree);
  }

  /** From the right to the left. */
  hedged(hedges: readonly HedgeName[], degree: number): number {
    return hedges.reduceRight((value, name) => this.hedge(name, value), degree);
  }

  membership(term: OracleTerm, x: number): number {
    return membership(term, x);
  }

  inverse(term: OracleTerm, degree: number): number {
    return inverse(term, degree);
  }

  /** Degree of a premise. */
  premise({ variable, term, hedges }: Statement, run: OracleRun): Known<number> {
    const found = term === '' ? { value: 1 } : this.degreeOf(variable, term, run);
    return 'unknown' in found ? found : { value: this.hedged(hedges, found.value) };
  }

  degreeOf(variable: string, term: string, run: OracleRun): Known<number> {
    const input = run.inputs[variable];
    if (input === undefined) return this.concluded(variable, term, run);
    if (input.kind === 'unknown') return input;
    if (input.kind === 'degrees') return this.givenDegree(variable, input.degrees, term);
    const of = run.rules.inputs.find(({ name }) => name === variable)?.terms.find(({ name }) => name === term);
    return { value: this.membership(of as OracleTerm, input.value) };
  }

  givenDegree(variable: string, degrees: Readonly<Record<string, number>>, term: string): Known<number> {
    const degree = Object.hasOwn(degrees, term) ? degrees[term] : undefined;
    return degree === undefined ? { unknown: { reason: 'missing', variable } } : { value: degree };
  }

  /** What earlier rules conclude of a term of an output: the degree itself, never the number that it comes to. */
  concluded(variable: string, term: string, run: OracleRun): Known<number> {
    const output = run.rules.outputs.find(({ name }) => name === variable) as OracleOutput;
    const unknown = this.unknownOf(variable, run);
    return unknown === undefined ? { value: this.termDegree(output, term, run) } : { unknown };
  }

  antecedent(of: Antecedent, block: OracleBlock, run: OracleRun): Known<number> {
    if (of.kind === 'is') return this.premise(of, run);
    const left = this.antecedent(of.left, block, run);
    const right = this.antecedent(of.right, block, run);
    if ('unknown' in left) return left;
    if ('unknown' in right) return right;
    const combine =
      of.kind === 'and' ? this.tNorm.bind(this, block.conjunction) : this.sNorm.bind(this, block.disjunction);
    return { value: combine(left.value, right.value) };
  }

  weighted({ weight }: OracleRule, degree: number): number {
    return weight * degree;
  }

  fires(degree: number): boolean {
    return degree > EPSILON;
  }

  blockOf(block: OracleBlock, run: OracleRun): EvaluatedRule[] {
    const found = block.rules.map((rule) => ({ rule, antecedent: this.antecedent(rule.antecedent, block, run) }));
    const degrees = found.map(({ rule, antecedent }) =>
      'unknown' in antecedent ? undefined : this.weighted(rule, antecedent.value),
    );
    const active = this.activated(block.activation, degrees);
    return found.map((one, index) => ({
      ...one,
      block,
      degree: degrees[index] === undefined ? undefined : (active[index] ?? 0),
      fired: active[index] !== undefined && this.fires(active[index]),
    }));
  }

  /** Degrees of the rules that are chosen; undefined for the others. */
  activated([name = 'General', ...rest]: readonly string[], degrees: readonly (number | undefined)[]) {
    const positive = degrees.flatMap((degree, index) =>
      degree !== undefined && degree > 0 ? [{ degree, index }] : [],
    );
    const keep = (some: readonly { readonly index: number }[]) =>
      degrees.map((degree, index) => (some.some((one) => one.index === index) ? degree : undefined));
    const count = Number(rest[0] ?? 1);
    const enough = positive.filter(({ degree }) => degree >= Number(rest[1] ?? 0));
    const sorted = [...positive].sort((a, b) => b.degree - a.degree);
    switch (name) {
      case 'First':
        return keep(enough.slice(0, count));
      case 'Last':
        return keep(enough.slice(-count));
      case 'Highest':
        return keep(sorted.slice(0, count));
      case 'Lowest':
        return keep(sorted.slice(-count));
      case 'Threshold':
        return keep(positive.filter(({ degree }) => COMPARISONS[rest[0] as string]?.(degree, Number(rest[1]))));
      case 'Proportional': {
        const total = positive.reduce((sum, { degree }) => sum + degree, 0);
        return degrees.map((degree) => (degree === undefined || total === 0 ? degree : degree / total));
      }
      default:
        return degrees;
    }
  }

  /** Rules that fired and conclude something of an output, once for each conclusion. */
  conclusions(output: string, run: OracleRun) {
    return run.evaluated
      .filter(({ fired }) => fired)
      .flatMap(({ rule, block, degree = 0 }) =>
        rule.conclusions
          .filter(({ variable }) => variable === output)
          .map(({ term, hedges }) => ({ rule, block, term, degree: this.hedged(hedges, degree) })),
      );
  }

  termDegree(output: OracleOutput, term: string, run: OracleRun): number {
    return this.conclusions(output.name, run)
      .filter((one) => one.term === term)
      .reduce((sum, { degree }) => this.aggregated(output, sum, degree), 0);
  }

  /** An output without an aggregation adds up. */
  aggregated({ aggregation }: OracleOutput, a: number, b: number): number {
    return this.sNorm(aggregation === 'none' ? 'UnboundedSum' : aggregation, a, b);
  }

  /** The first premise of its rules that is not known, or of what those rest on. */
  unknownOf(output: string, run: OracleRun): Unknown | undefined {
    const found = run.evaluated.find(
      ({ rule, antecedent }) => 'unknown' in antecedent && rule.conclusions.some(({ variable }) => variable === output),
    );
    return found !== undefined && 'unknown' in found.antecedent ? found.antecedent.unknown : undefined;
  }

  unknownsOf(output: string, run: OracleRun): Unknown[] {
    return run.evaluated
      .filter(({ rule }) => rule.conclusions.some(({ variable }) => variable === output))
      .flatMap(({ rule }) => premisesOf(rule.antecedent))
      .flatMap((premise) => {
        const found = this.premise(premise, run);
        return 'unknown' in found ? [found.unknown] : [];
      });
  }

  outputOf(output: OracleOutput, run: OracleRun): EvaluatedOutput {
    const unknown = this.unknownOf(output.name, run);
    if (unknown !== undefined) {
      return { status: 'indeterminate', ...unknown, unknowns: this.unknownsOf(output.name, run), degrees: {} };
    }
    const fired = this.conclusions(output.name, run);
    const degrees: Record<string, number> = {};
    for (const { term, degree } of fired) degrees[term] = this.aggregated(output, degrees[term] ?? 0, degree);
    if (fired.length === 0) return { degrees, ...this.withoutRules(output) };
    return { status: 'determinate', value: this.defuzzified(output, fired, run), source: 'rules', degrees };
  }

  withoutRules(output: OracleOutput) {
    if (Number.isNaN(output.default))
      return { status: 'indeterminate', reason: 'nothing-fired', unknowns: [] } as const;
    return { status: 'determinate', value: output.default, source: 'default' } as const;
  }

  defuzzified(output: OracleOutput, fired: ReturnType<RuleOracle['conclusions']>, run: OracleRun): number {
    const [name = '', argument = ''] = output.defuzzifier;
    const termOf = (wanted: string) => output.terms.find((one) => one.name === wanted) as OracleTerm;
    const of = DEFUZZIFIERS[name];
    if (of !== undefined) {
      const [low, high] = output.range;
      const count = Number(argument);
      const degrees = Array.from({ length: count }, (_, index) => {
        const y = this.sampleAt(low, high, index, count);
        return fired.reduce((sum, { term, degree, block }) => {
          const concluded = this.tNorm(block.implication, degree, this.membership(termOf(term), y));
          return this.aggregated(output, sum, concluded);
        }, 0);
      });
      return of({ low, high, degrees });
    }
    const parts = fired.map(({ term, degree }) => ({
      degree,
      z: this.conclusion(termOf(term), degree, argument, run),
    }));
    const sum = parts.reduce((total, { degree, z }) => total + degree * z, 0);
    return name === 'WeightedSum' ? sum : sum / parts.reduce((total, { degree }) => total + degree, 0);
  }

  sampleAt(low: number, high: number, index: number, count: number): number {
    return low + ((index + 0.5) * (high - low)) / count;
  }

  /** What a rule concludes on its own: of its inputs (Takagi-Sugeno), or of its degree (Tsukamoto). */
  conclusion(term: OracleTerm, degree: number, method: string, run: OracleRun): number {
    if (method === 'Tsukamoto') return this.inverse(term, degree);
    const values = Object.fromEntries(
      Object.entries(run.inputs).map(([name, one]) => [name, one.kind === 'value' ? one.value : Number.NaN]),
    );
    if (term.shape === 'Function') return formulaValue(term.formula ?? '', values);
    if (term.shape === 'Linear')
      return this.linear(
        term.numbers,
        run.rules.inputs.map(({ name }) => values[name] as number),
      );
    return term.numbers[0] as number;
  }

  /** A coefficient for each input in its order, then the constant. */
  linear(coefficients: readonly number[], values: readonly number[]): number {
    return values.reduce(
      (sum, value, index) => sum + value * (coefficients[index] as number),
      coefficients.at(-1) as number,
    );
  }
}

const COMPARISONS: Readonly<Record<string, (a: number, b: number) => boolean>> = {
  '<': (a, b) => a < b,
  '<=': (a, b) => a <= b,
  '==': (a, b) => a === b,
  '!=': (a, b) => a !== b,
  '>=': (a, b) => a >= b,
  '>': (a, b) => a > b,
};
