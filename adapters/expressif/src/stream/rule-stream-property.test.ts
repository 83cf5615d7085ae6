import { seededRandom } from '@deephealth/sdk';
import { describe, expect, it } from 'vitest';
import { createEngine, type Engine } from '../engine/create-engine.js';
import type { Evaluation, OutputEvaluation } from '../engine/evaluation.js';
import { createLiveRuleBase } from '../live/live-rule-base.js';
import { randomChange } from '../testing/random-edits.js';
import {
  ACTIVATIONS,
  INPUTS,
  loadAfresh,
  pick,
  type Random,
  type RuleLines,
  randomRules,
  randomValue,
} from '../testing/random-rules.js';
import { createRuleStream, type StreamChange } from './rule-stream.js';
import type { OutOfOrderPolicy, StreamInput } from './stream-input.js';

/** What a stream should be, computed in full from the inputs alone. */
class Model {
  readonly held = new Map<string, StreamInput & { ttlMs: number }>();
  evaluation: Evaluation;

  #engine: Engine;

  constructor(
    lines: RuleLines,
    private readonly policy: OutOfOrderPolicy,
  ) {
    this.#engine = createEngine(loadAfresh(lines));
    this.evaluation = this.#evaluate(0, undefined);
  }

  #expiresAt = ({ at, ttlMs }: { at: number; ttlMs: number }): number => at + ttlMs;

  /** One evaluation for each instant at which something expires. */
  advance(from: number, to: number): void {
    const instants = [...this.held.values()].map(this.#expiresAt).filter((at) => at > from && at <= to);
    for (const at of [...new Set(instants)].sort((a, b) => a - b)) this.evaluate(at);
  }

  take(inputs: readonly (StreamInput & { ttlMs: number })[]): void {
    for (const input of inputs) {
      const before = this.held.get(input.variable);
      if (this.policy === 'arrival-order' || before === undefined || input.at >= before.at) {
        this.held.set(input.variable, input);
      }
    }
  }

  edit(lines: RuleLines): void {
    this.#engine = createEngine(loadAfresh(lines));
  }

  evaluate(now: number): void {
    this.evaluation = this.#evaluate(now, this.evaluation);
  }

  #evaluate(now: number, before: Evaluation | undefined): Evaluation {
    const valid = [...this.held.values()].filter((input) => now < this.#expiresAt(input));
    const values = Object.fromEntries(valid.map(({ variable, value }) => [variable, value]));
    // A default is never a previous value.
    const kept = [...(before?.outputs ?? [])].filter(
      ([, output]) => !('source' in output && output.source === 'default'),
    );
    const full = this.#engine.evaluate(values, {
      outputs: new Map(kept),
      rules: [],
      clamped: [],
    });
    const outputs = [...full.outputs].map(([name, output]): [string, OutputEvaluation] => {
      const { variable = '' } = output as { variable?: string };
      const isExpired = this.held.has(variable) && !Object.hasOwn(values, variable);
      return [
        name,
        'reason' in output && output.reason === 'missing' && isExpired ? { ...output, reason: 'expired' } : output,
      ];
    });
    return { ...full, outputs: new Map(outputs) };
  }
}

const randomInput = (random: Random, now: number): StreamInput & { ttlMs: number } => ({
  variable: pick(random, INPUTS),
  value: randomValue(random),
  at: now - Math.floor(random() * 12),
  ttlMs: pick(random, [5, 30, 90, 300, Number.POSITIVE_INFINITY]),
});

/** Every output leads back to inputs that changed, without a gap. */
function expectWholeChain({ inputs, expressions, rules, outputs }: StreamChange): void {
  const rulesById = new Map(rules.map((rule) => [rule.rule, rule]));
  const expressionsByNode = new Map(expressions.map((expression) => [expression.node, expression]));
  const changed = new Set([...inputs.map(({ variable }) => variable), ...outputs.map(({ output }) => output)]);
  for (const output of outputs) {
    expect(output.rules.length + output.inputs.length).toBeGreaterThan(0);
    for (const input of output.inputs) expect(changed).toContain(input);
    for (const rule of output.rules) expect(rulesById.get(rule)?.expressions.length).toBeGreaterThan(0);
  }
  for (const rule of rules) for (const node of rule.expressions) expect(expressionsByNode.has(node)).toBe(true);
  for (const { variable, parts } of expressions) {
    if (variable === undefined) expect(parts.length).toBeGreaterThan(0);
    else expect(changed).toContain(variable);
    for (const part of parts) expect(expressionsByNode.has(part)).toBe(true);
  }
}

/** What the runs must meet, or they prove little. */
const KINDS = [
  'default',
  'expired',
  'missing',
  'no-value',
  'not-a-number',
  'nothing-fired',
  'out-of-range',
  'previous',
  'rules',
];

const seenInAll = new Set<string>();

describe('a rule stream', () => {
  it.each(ACTIVATIONS)('equals a full evaluation after every step, whatever comes (%s)', (activation) => {
    let steps = 0;
    let edits = 0;
    let expiries = 0;
    let saved = 0;
    const seen = new Map<string, number>();
    const failures: unknown[] = [];
    const onListenerError = (error: unknown): void => void failures.push(error);
    for (let seed = 0; seed < 8; seed += 1) {
      const random = seededRandom(1000 * ACTIVATIONS.indexOf(activation) + seed);
      const lines = randomRules(random);
      const forced = pick(random, lines.blocks);
      forced.operators = forced.operators.replace(/activation: .*/, `activation: ${activation}`);
      const live = createLiveRuleBase(loadAfresh(lines));
      let now = 100;
      const policy = pick(random, ['latest-timestamp-wins', 'arrival-order'] as const);
      const stream = createRuleStream(live, { clock: { now: () => now }, policy, onListenerError });
      const model = new Model(lines, policy);
      expect(stream.evaluation()).toMatchObject(model.evaluation);
      const told = new Map(stream.evaluation().outputs);
      stream.onChange((change) => {
        const { outputs, ruleBase, cause } = change;
        // What expired before an edit is told by the rules of then.
        if (cause !== 'expiry') expect(ruleBase.version).toBe(live.current().version);
        if (cause === 'expiry') expiries += 1;
        if (cause !== 'edit') expectWholeChain(change);
        for (const { output, before, after } of outputs) {
          expect(before).toEqual(told.get(output));
          expect(after).not.toEqual(before);
          told.set(output, after);
        }
      });
      // Most streams begin with all that the rules ask for.
      const first = INPUTS.map((variable) => ({ variable, value: Math.round(random() * 10), at: now, ttlMs: 500 }));
      if (seed > 0) {
        stream.commit(first);
        model.take(first);
        model.evaluate(now);
      }
      for (let step = 0; step < 40; step += 1) {
        const before = now;
        if (random() < 0.6) now += Math.floor(random() * 15);
        model.advance(before, now);
        const kind = random();
        if (kind < 0.12) {
          const change = randomChange(random, lines, `new ${step}`);
          if (change !== undefined) live.edit([change]);
          // Without a change of the rules the stream was not called.
          if (change === undefined) stream.advance();
          else {
            model.edit(lines);
            model.evaluate(now);
          }
          edits += 1;
        } else if (kind < 0.25) {
          stream.advance();
        } else {
          const inputs = Array.from({ length: 1 + Math.floor(random() * 3) }, () => randomInput(random, now));
          const queued = Math.floor(random() * inputs.length);
          for (const input of inputs.slice(0, queued)) stream.offer(input);
          stream.commit(inputs.slice(queued));
          model.take(inputs);
          model.evaluate(now);
        }
        const { ruleBase, ...evaluation } = stream.evaluation();
        expect(evaluation, `seed ${seed}, step ${step}`).toEqual(model.evaluation);
        expect(failures).toEqual([]);
        expect(told).toEqual(evaluation.outputs);
        expect(ruleBase.digest).toBe(live.current().digest);
        steps += 1;
        for (const output of evaluation.outputs.values()) {
          const kind = output.status === 'determinate' ? output.source : output.reason;
          seen.set(kind, (seen.get(kind) ?? 0) + 1);
        }
      }
      const { nodes, nodesEvaluated } = stream.statistics();
      saved += 1 - nodesEvaluated / (nodes * 41);
      stream.close();
    }
    expect(steps).toBe(320);
    expect(edits).toBeGreaterThan(10);
    expect(expiries).toBeGreaterThan(10);
    expect(seen.get('rules')).toBeGreaterThan(200);
    for (const kind of seen.keys()) seenInAll.add(kind);
    expect(saved / 8).toBeGreaterThan(0.3);
  });

  it('met outputs of every kind in these runs', () => {
    expect([...seenInAll].sort()).toEqual(KINDS);
  });
});
