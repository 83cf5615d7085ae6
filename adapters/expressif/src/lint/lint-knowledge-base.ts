import { DeepHealthError } from '@deephealth/sdk';
import { createEngine, type Engine } from '../engine/create-engine.js';
import type { InputValues } from '../engine/input-value.js';
import type { KnowledgeBase, Proposition } from '../knowledge-base.js';
import { type ActiveRules, activeRulesOf } from './active-rules.js';
import { findCoverageGaps, findPartitionGaps } from './coverage-gaps.js';
import { findDeadRules, RuleReach } from './dead-rules.js';
import { evaluationCost } from './evaluation-cost.js';
import { inputsOfOutputs } from './inputs-of-outputs.js';
import { inOrder, type LintCode, type LintFinding } from './lint-finding.js';
import { findEqualAntecedents } from './rule-conflicts.js';
import { findOverlaps } from './rule-overlaps.js';
import { gridPoints, pointOf, samplePoints, thinned } from './sample-points.js';
import { SampledBehaviour } from './sampled-behaviour.js';
import { findSubsumedRules } from './subsumed-rules.js';
import { findCoarseResolution, findTermsOutsideRange } from './term-fitness.js';
import { findSilencedRules, findUnusedParts, type Usage, usageOf } from './unused-parts.js';
import { VariableAxis } from './variable-axis.js';

export type LintOptions = {
  /**
   * How many points of the input space are evaluated, beside term corners of outputs of one or two inputs. Fewer
   * are where the rule base is so large that they would take minutes; a finding says so.
   *
   * @defaultValue 1024
   */
  readonly samples?: number;
  /** Moves the points. Equal seeds give equal findings. @defaultValue 1 */
  readonly seed?: number;
  /** A degree up to it counts as "does not hold" where coverage is judged. @defaultValue 0.05 */
  readonly coverage?: number;
  /** From which Jaccard index on two premises are taken for nearly the same. @defaultValue 0.8 */
  readonly overlap?: number;
  /** Which share of its declared range an output should reach. @defaultValue 0.5 */
  readonly reach?: number;
  /** A degree up to it counts as "not fired", as in the engine. @defaultValue 1e-6 */
  readonly epsilon?: number;
  /** How many findings of one code are told; a last one says how many more there are. @defaultValue 100 */
  readonly mostOfCode?: number;
  /** Records to be evaluated beside the points. Findings count them, and never repeat one. */
  readonly records?: readonly InputValues[];
};

/**
 * What an evaluation costs, in degrees computed, times the number of evaluations: a few seconds' worth. A count and no
 * clock, so that the same rule base is examined equally on every machine.
 */
const WORK = 15_000_000;
const COMPARISONS = 1_000_000;
/** In the grid of an output of one input or two. */
const MOST_PLACES = 1600;

/**
 * Looks for what is probably a mistake in a rule base: gaps, conflicts, repetition, parts without effect, outputs
 * that cannot use their range. Deterministic. A rule base that cannot be evaluated is told as a finding, too, and
 * what needs no evaluation is looked at all the same.
 *
 * Whether a finding is a mistake is for the authors of the rules to say: none is proof, and none is no proof either.
 */
export function lintKnowledgeBase(knowledgeBase: KnowledgeBase, options: LintOptions = {}): LintFinding[] {
  const { epsilon = 1e-6, mostOfCode = 100 } = options;
  const compiled = compile(knowledgeBase, epsilon);
  const active = activeRulesOf(knowledgeBase);
  const findings = [
    ...(compiled instanceof DeepHealthError ? [inconsistency(compiled)] : []),
    ...findSilencedRules(knowledgeBase),
    ...findEqualAntecedents(active.rules, knowledgeBase),
    ...subsumed(active, knowledgeBase),
    ...(compiled instanceof DeepHealthError ? [] : examine(compiled, active, options)),
  ];
  return limited(inOrder(findings), mostOfCode);
}

function compile(knowledgeBase: KnowledgeBase, epsilon: number): Engine | DeepHealthError {
  try {
    return createEngine(knowledgeBase, { epsilon });
  } catch (error) {
    if (error instanceof DeepHealthError) return error;
    throw error;
  }
}

function inconsistency({ message }: DeepHealthError): LintFinding {
  return { code: 'inconsistent', severity: 'error', message, place: {}, evidence: {} };
}

function subsumed({ rules }: ActiveRules, knowledgeBase: KnowledgeBase): LintFinding[] {
  const { findings, isComplete } = findSubsumedRules(rules, knowledgeBase, COMPARISONS);
  if (isComplete) return [...findings];
  return [
    ...findings,
    inPart(`The search for rules that others make superfluous ended after ${COMPARISONS} comparisons.`, {
      comparisons: COMPARISONS,
    }),
  ];
}

function inPart(message: string, evidence: LintFinding['evidence']): LintFinding {
  return { code: 'examined-in-part', severity: 'note', message, place: {}, evidence };
}

/** What asks for terms that are in order. */
function examine(engine: Engine, active: ActiveRules, options: LintOptions): LintFinding[] {
  const { coverage = 0.05, overlap = 0.8, epsilon = 1e-6 } = options;
  const { knowledgeBase } = engine;
  const usage = usageOf(active);
  const axes = new Map(knowledgeBase.inputs.map((input) => [input.name, new VariableAxis(input)] as const));
  const askedOf = (variable: string): Proposition[] =>
    active.premises.filter((premise) => premise.variable === variable);
  const ofInputs = [...axes.values()].flatMap((axis) => [
    ...unboundedRange(axis, usage),
    ...findTermsOutsideRange(axis, epsilon),
    ...(usage.asks(axis.variable.name)
      ? [
          ...findCoverageGaps(axis, askedOf(axis.variable.name), coverage, epsilon),
          ...findPartitionGaps(axis, coverage),
        ]
      : []),
  ]);
  const ofOutputs = knowledgeBase.outputs.flatMap((output) => {
    const axis = new VariableAxis(output);
    const isConcluded = (term: string): boolean => usage.concludes(output.name, term);
    return [...findTermsOutsideRange(axis, epsilon), ...findCoarseResolution(axis, output, isConcluded)];
  });
  const reach = new RuleReach(knowledgeBase, axes, active.rules);
  return [
    ...ofInputs,
    ...ofOutputs,
    ...findUnusedParts(knowledgeBase, usage),
    ...findOverlaps(active, axes, overlap),
    ...findDeadRules(active.rules, reach, epsilon),
    ...sampled(engine, active, axes, reach, options),
  ];
}

function unboundedRange({ isBounded, variable: { name } }: VariableAxis, usage: Usage): LintFinding[] {
  if (isBounded || !usage.asks(name)) return [];
  const message = `The range of "${name}" has no end on one side at least: no value there is ever refused as out of range.`;
  return [{ code: 'unbounded-range', severity: 'note', message, place: { variable: name }, evidence: {} }];
}

function sampled(
  engine: Engine,
  active: ActiveRules,
  axes: ReadonlyMap<string, VariableAxis>,
  reach: RuleReach,
  options: LintOptions,
): LintFinding[] {
  const { samples = 1024, seed = 1, reach: least = 0.5, records = [] } = options;
  const { knowledgeBase } = engine;
  const all = [...axes.values()];
  const behaviour = new SampledBehaviour(knowledgeBase, engine);
  const affordable = Math.max(16, Math.floor(WORK / evaluationCost(knowledgeBase)));
  const count = Math.min(samples, affordable);
  for (const point of samplePoints(all, count, seed)) behaviour.visit(point);
  // Where each of some rules holds best: what a rule alone can do is not met by chance among many inputs.
  const middle = pointOf(all, ({ low, high }) => (low + high) / 2);
  for (const { rule, block } of thinned(active.rules, Math.min(256, count))) {
    behaviour.visit({ ...middle, ...Object.fromEntries(reach.of(rule.antecedent, block).at) });
  }
  for (const [output, inputs] of inputsOfOutputs(knowledgeBase, active)) {
    const chosen = all.filter(({ variable }) => inputs.has(variable.name));
    if (chosen.length === 0 || chosen.length > 2) continue;
    const most = Math.min(MOST_PLACES, affordable);
    const placesOn = (axis: VariableAxis): number[] =>
      chosen.length === 1 ? thinned(axis.points, most) : cornersAndMiddles(axis, Math.floor(Math.sqrt(most)));
    for (const point of gridPoints(all, chosen, placesOn)) behaviour.visit(point, [output]);
  }
  for (const record of records.slice(0, affordable)) behaviour.visitRecord(record);
  const findings = [...behaviour.findings(least), ...behaviour.unselected()];
  if (count === samples && records.length <= affordable) return findings;
  const message = `The rule base is large: ${count} points of ${samples} and ${Math.min(records.length, affordable)} records of ${records.length} were evaluated.`;
  return [...findings, inPart(message, { points: count, samples })];
}

/** Where straight lines have their extremes: corners, and half of the way between them. */
function cornersAndMiddles({ corners }: VariableAxis, most: number): number[] {
  const middles = corners.slice(1).map((x, i) => (x + (corners[i] as number)) / 2);
  return thinned(
    [...corners, ...middles].sort((a, b) => a - b),
    most,
  );
}

/** Keeps a report readable: of one code so many, and how many more there are. */
function limited(findings: readonly LintFinding[], most: number): LintFinding[] {
  const counts = new Map<LintCode, number>();
  const kept = findings.filter(({ code }) => {
    const count = (counts.get(code) ?? 0) + 1;
    counts.set(code, count);
    return count <= most;
  });
  const more = [...counts].filter(([, count]) => count > most);
  return [
    ...kept,
    ...more.map(([code, count]) =>
      inPart(`There are ${count - most} more findings of "${code}".`, { findings: count, told: most }),
    ),
  ];
}
