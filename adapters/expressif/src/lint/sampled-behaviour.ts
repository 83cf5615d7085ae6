import type { Engine } from '../engine/create-engine.js';
import type { InputValues } from '../engine/input-value.js';
import type { KnowledgeBase, OutputVariable } from '../knowledge-base.js';
import { type LintEvidence, type LintFinding, listed, percent, shown } from './lint-finding.js';
import type { SamplePoint } from './sample-points.js';

/** What was seen of one output. */
type Seen = {
  evaluated: number;
  silent: number;
  /** A place where no rule fired; absent where only given records showed it. */
  silentAt?: SamplePoint;
  valueless: number;
  valuelessAt?: SamplePoint;
  lowest: number;
  highest: number;
};

/** Follows what outputs and rules do at the points that are evaluated. */
export class SampledBehaviour {
  readonly #outputs: ReadonlyMap<string, Seen>;
  readonly #fired = new Set<string>();
  #points = 0;

  constructor(
    private readonly knowledgeBase: KnowledgeBase,
    private readonly engine: Engine,
  ) {
    const isOn = ({ enabled }: OutputVariable): boolean => enabled;
    this.#outputs = new Map(
      knowledgeBase.outputs
        .filter(isOn)
        .map(({ name }) => [name, { evaluated: 0, silent: 0, valueless: 0, lowest: Infinity, highest: -Infinity }]),
    );
  }

  /** @param outputs those to be judged by this point; all of them if absent */
  visit(point: SamplePoint, outputs?: readonly string[]): void {
    this.#follow(point, point, outputs);
  }

  /** A record of somebody: it counts as a point does, and is never told. */
  visitRecord(record: InputValues): void {
    this.#follow(record, undefined);
  }

  #follow(values: InputValues, tellable: SamplePoint | undefined, outputs?: readonly string[]): void {
    const evaluation = this.engine.evaluate(values);
    this.#points += 1;
    for (const { rule, fired } of evaluation.rules) if (fired) this.#fired.add(rule);
    for (const [name, seen] of this.#outputs) {
      if (outputs?.includes(name) === false) continue;
      const output = evaluation.outputs.get(name);
      if (output === undefined) continue;
      if (output.status === 'determinate' && output.source === 'rules') {
        seen.lowest = Math.min(seen.lowest, output.value);
        seen.highest = Math.max(seen.highest, output.value);
      } else if (output.status === 'determinate' || output.reason === 'nothing-fired') {
        seen.silent += 1;
        if (tellable !== undefined) seen.silentAt ??= tellable;
      } else if (output.reason === 'no-value') {
        seen.valueless += 1;
        if (tellable !== undefined) seen.valuelessAt ??= tellable;
      } else {
        // A record that lacks a value says nothing about the rules.
        continue;
      }
      seen.evaluated += 1;
    }
  }

  /** @param least share of its declared range that an output should reach */
  findings(least: number): LintFinding[] {
    return this.knowledgeBase.outputs.flatMap((output) => {
      const seen = this.#outputs.get(output.name);
      if (seen === undefined || seen.evaluated === 0) return [];
      return [...silence(output, seen), ...saturation(output, seen, least)];
    });
  }

  /** Rules of blocks that select among their rules, which no point made fire. */
  unselected(): LintFinding[] {
    return this.knowledgeBase.ruleBlocks
      .filter(({ enabled, activation }) => enabled && activation.name !== 'General')
      .flatMap(({ name, activation, rules }): LintFinding[] => {
        const never = rules.filter(({ id, enabled, weight }) => enabled && weight > 0 && !this.#fired.has(id));
        if (never.length === 0) return [];
        const ids = never.map(({ id }) => id);
        return [
          {
            code: 'unselected-rule',
            severity: 'note',
            message: `Under the activation ${activation.name} of the block "${name}", none of ${this.#points} points made ${ids.length === 1 ? 'rule' : 'rules'} ${listed(ids)} fire.`,
            place: { block: name, rules: ids },
            evidence: { points: this.#points, rules: ids.length },
          },
        ];
      });
  }
}

function silence({ name, default: standIn, lockPrevious }: OutputVariable, seen: Seen): LintFinding[] {
  const findings: LintFinding[] = [];
  const place = { variable: name };
  const share = (count: number): string => percent(count / seen.evaluated);
  const evidence = (count: number, at: SamplePoint | undefined): LintEvidence => ({
    points: seen.evaluated,
    share: count / seen.evaluated,
    ...(at !== undefined && { example: at }),
  });
  const hasDefault = !Number.isNaN(standIn);
  if (seen.silent > 0) {
    const then = hasDefault
      ? `its default, ${shown(standIn)}, stands in`
      : lockPrevious
        ? 'an earlier value stands in, if there is one'
        : 'it is indeterminate';
    findings.push({
      code: 'silent-region',
      severity: 'warning',
      message: `At ${share(seen.silent)} of ${seen.evaluated} points within the inputs' ranges no rule of "${name}" fires: ${then}.`,
      place,
      evidence: evidence(seen.silent, seen.silentAt),
    });
  }
  const without = hasDefault ? seen.valueless : seen.silent + seen.valueless;
  if (without === 0) return findings;
  const isNever = without === seen.evaluated;
  const why =
    seen.valueless > 0
      ? `what fires has no value at ${share(seen.valueless)} of the points`
      : 'it names no default, and there are values for which no rule fires';
  findings.push({
    code: 'indeterminate-output',
    severity: isNever ? 'error' : seen.valueless > 0 ? 'warning' : 'note',
    message: isNever
      ? `No point within the inputs' ranges gave "${name}" a value.`
      : `"${name}" can be without a value though all inputs are known: ${why}.`,
    place,
    evidence: evidence(without, seen.valuelessAt ?? seen.silentAt),
  });
  return findings;
}

function saturation({ name, range }: OutputVariable, seen: Seen, least: number): LintFinding[] {
  const [low, high] = range;
  const width = high - low;
  if (!Number.isFinite(width) || width <= 0 || seen.lowest > seen.highest) return [];
  const share = (seen.highest - seen.lowest) / width;
  if (share >= least) return [];
  return [
    {
      code: 'saturation',
      severity: 'warning',
      message: `"${name}" reaches ${shown(seen.lowest)} to ${shown(seen.highest)} of its declared ${shown(low)} to ${shown(high)} over ${seen.evaluated} points: ${percent(share)} of the range.`,
      place: { variable: name },
      evidence: { reached: [seen.lowest, seen.highest], range: [low, high], share, points: seen.evaluated },
    },
  ];
}
