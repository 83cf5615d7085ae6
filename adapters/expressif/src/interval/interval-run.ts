import type { CompiledBlock, CompiledRule, CompiledRuleBase } from '../engine/compile-rule-base.js';
import type { ExpressionNode } from '../engine/expression-graph.js';
import type { OutputEngine } from '../engine/output-engine.js';
import { selectRules } from '../engine/select-rules.js';
import { applyHedges, type Hedge } from '../fuzzy/hedges.js';
import { sNorms, tNorms } from '../fuzzy/norms.js';
import type { InputVariable, TermDefinition, Variable } from '../knowledge-base.js';
import type { IntervalEvaluation, IntervalOutputEvaluation, IntervalRuleEvaluation } from './interval-evaluation.js';
import {
  type AdmittedIntervalInput,
  admitIntervalInput,
  givenInterval,
  type IntervalFault,
  type IntervalInputValues,
  membership,
} from './interval-input.js';
import type { Interval } from './karnik-mendel.js';
import type { IntervalConclusion, TypeReducer } from './reduce-type.js';

/** A rule base with both ends of its footprints, ready to be evaluated. */
export type CompiledIntervals = {
  /** With the upper ends; its graph and its rules are those of the lower ends, too. */
  readonly upper: CompiledRuleBase;
  readonly lowerInputs: ReadonlyMap<string, InputVariable>;
  /** By outputs. */
  readonly reducers: ReadonlyMap<string, TypeReducer>;
};

type Degree = Interval | IntervalFault;

const isFault = (degree: Degree): degree is IntervalFault => 'reason' in degree;

/** The image of an interval under a function that rises or falls throughout. */
const imageOf = (change: (degree: number) => number, [lower, upper]: Interval): Interval => {
  const ends = [change(lower), change(upper)] as const;
  return [Math.min(...ends), Math.max(...ends)];
};

/** One evaluation of all rules. Follows the type-1 engine step by step, with two degrees where that has one. */
export class IntervalRun {
  readonly #inputs = new Map<string, AdmittedIntervalInput>();
  readonly #clamped: string[] = [];
  readonly #fired = new Map<string, IntervalConclusion[]>();
  /** Outputs about which a rule concludes even at its lower degree. */
  readonly #certain = new Set<string>();
  readonly #faults = new Map<string, IntervalFault>();
  readonly #degrees: Degree[] = [];
  readonly #rules: IntervalRuleEvaluation[] = [];

  constructor(
    private readonly compiled: CompiledIntervals,
    given: IntervalInputValues,
    private readonly previous: IntervalEvaluation | undefined,
  ) {
    const { inputs, outOfRange } = compiled.upper;
    for (const input of inputs.values()) {
      const value = Object.hasOwn(given, input.name) ? given[input.name] : undefined;
      const admitted = admitIntervalInput(input, value, outOfRange);
      this.#inputs.set(input.name, admitted);
      if (admitted.kind === 'value' && admitted.isClamped) this.#clamped.push(input.name);
    }
  }

  run(): IntervalEvaluation {
    const { blocks, outputs } = this.compiled.upper;
    for (const block of blocks) this.#runBlock(block);
    return {
      outputs: new Map([...outputs].map(([name, output]) => [name, this.#conclude(output)] as const)),
      rules: this.#rules,
      clamped: this.#clamped,
    };
  }

  #runBlock({ source, rules }: CompiledBlock): void {
    const degrees = rules.map(({ node, weight }): Degree => {
      const degree = this.#degree(node);
      return isFault(degree) ? degree : [weight * degree[0], weight * degree[1]];
    });
    const select = (end: 0 | 1) =>
      selectRules(
        source.activation,
        degrees.map((degree) => (isFault(degree) ? 0 : degree[end])),
        this.compiled.upper.epsilon,
      );
    const [lower, upper] = [select(0), select(1)];
    for (const [index, rule] of rules.entries()) {
      const degree = degrees[index] as Degree;
      if (isFault(degree)) this.#blame(rule, degree);
      else this.#fire(rule, [lower[index] as number, upper[index] as number], source);
    }
  }

  #blame(rule: CompiledRule, fault: IntervalFault): void {
    this.#rules.push({ rule: rule.id, lower: Number.NaN, upper: Number.NaN, fired: false });
    for (const { output } of rule.conclusions) {
      if (!this.#faults.has(output)) this.#faults.set(output, { rule: rule.id, ...fault });
    }
  }

  #fire(rule: CompiledRule, degree: Interval, { implication }: CompiledBlock['source']): void {
    const [lower, upper] = degree;
    this.#rules.push({ rule: rule.id, lower, upper, fired: upper > 0 });
    if (upper === 0) return;
    for (const { output, term, modify } of rule.conclusions) {
      const fired = this.#fired.get(output) ?? [];
      const changed = imageOf(modify, degree);
      // A rule that may not fire may add nothing at all, whatever a `not` before its conclusion makes of 0.
      const conclusion: Interval = lower > 0 ? changed : [0, changed[1]];
      fired.push({ term, degree: conclusion, implication: implication && tNorms[implication] });
      this.#fired.set(output, fired);
      if (lower > 0) this.#certain.add(output);
    }
  }

  #degree(number: number): Degree {
    const known = this.#degrees[number];
    if (known !== undefined) return known;
    const degree = this.#computeDegree(this.compiled.upper.graph.nodes[number] as ExpressionNode);
    this.#degrees[number] = degree;
    return degree;
  }

  #computeDegree(node: ExpressionNode): Degree {
    if (node.kind !== 'premise') {
      const left = this.#degree(node.left);
      if (isFault(left)) return left;
      const right = this.#degree(node.right);
      // Norms rise in both places, so that ends give ends.
      return isFault(right) ? right : [node.operator(left[0], right[0]), node.operator(left[1], right[1])];
    }
    const { variable, hedges, term } = node;
    if (term === undefined || hedges.includes('any')) return hedged(hedges, [1, 1]);
    const output = this.compiled.upper.outputs.get(variable);
    if (output !== undefined) {
      return this.#faults.get(variable) ?? hedged(hedges, this.#activation(output, term));
    }
    const input = this.compiled.upper.inputs.get(variable) as InputVariable;
    if (!input.enabled) return [0, 0];
    const degree = this.#membership(input, term);
    return isFault(degree) ? degree : hedged(hedges, degree);
  }

  #membership(input: InputVariable, term: string): Degree {
    const admitted = this.#inputs.get(input.name) as AdmittedIntervalInput;
    if (admitted.kind === 'fault') return admitted.fault;
    if (admitted.kind === 'degrees') return givenInterval(admitted.degrees, term, input.name);
    const lower = this.compiled.lowerInputs.get(input.name) as InputVariable;
    return membership(definitionOf(lower, term), definitionOf(input, term), admitted.value, input.name);
  }

  #activation({ variable: { name, aggregation } }: OutputEngine, term: string): Interval {
    const combine = sNorms[aggregation ?? 'UnboundedSum'];
    return (this.#fired.get(name) ?? [])
      .filter((conclusion) => conclusion.term === term)
      .reduce<Interval>(([lower, upper], { degree }) => [combine(lower, degree[0]), combine(upper, degree[1])], [0, 0]);
  }

  #valueOf(input: string): number | undefined {
    const admitted = this.#inputs.get(input);
    return admitted?.kind === 'value' ? admitted.value : undefined;
  }

  #conclude(output: OutputEngine): IntervalOutputEvaluation {
    const { name, enabled, lockPrevious } = output.variable;
    const fault = this.#faults.get(name);
    if (fault !== undefined) return { name, status: 'indeterminate', degrees: new Map(), ...fault };
    const fired = this.#fired.get(name) ?? [];
    const degrees = new Map(fired.map(({ term }) => [term, this.#activation(output, term)] as const));
    const reduce = this.compiled.reducers.get(name);
    const found =
      enabled && fired.length > 0 ? reduce?.(fired, (input) => this.#valueOf(input) ?? Number.NaN) : undefined;
    if (found !== undefined && Number.isFinite(found.lower) && Number.isFinite(found.upper)) {
      const { limit } = output;
      const ends = { lower: limit(found.lower), upper: limit(found.upper), value: limit(found.value) };
      const firesForCertain = this.#certain.has(name);
      return { name, status: 'determinate', degrees, ...ends, source: 'rules', firesForCertain };
    }
    if (fired.length > 0) {
      const missing = output.missingInput(fired.map(asUpper), (input) => this.#valueOf(input) !== undefined);
      return { name, status: 'indeterminate', degrees, reason: 'no-value', ...missing };
    }
    const before = this.previous?.outputs.get(name);
    if (lockPrevious && before?.status === 'determinate') {
      return { ...before, degrees, source: 'previous', firesForCertain: false };
    }
    const value = output.limit(output.variable.default);
    if (Number.isNaN(value)) return { name, status: 'indeterminate', degrees, reason: 'nothing-fired' };
    const ends = { lower: value, upper: value, value };
    return { name, status: 'determinate', degrees, ...ends, source: 'default', firesForCertain: false };
  }
}

const hedged = (hedges: readonly Hedge[], degree: Interval): Interval =>
  imageOf((end) => applyHedges(hedges, end), degree);

const asUpper = ({ term, degree, implication }: IntervalConclusion) => ({ term, degree: degree[1], implication });

const definitionOf = ({ terms }: Variable, term: string): TermDefinition =>
  (terms.find(({ name }) => name === term) as Variable['terms'][number]).definition;
