import { describe, expect, it } from 'vitest';
import { type ConclusionExplanation, type DecidingPath, type Explanation, explain } from '../src/index.js';
import { checkExplanation, explainAndCheck, type RandomCase, randomCases } from './random-cases.js';

describe('explanations of random rule bases and values', () => {
  it('hold in 10,000 evaluations: sufficient, necessary, and as evaluated without each rule', () => {
    let evaluations = 0;
    let conclusions = 0;
    let necessary = 0;
    for (const random of randomCases(1_000, 10, 1)) {
      const checked = explainAndCheck(random, evaluations % 4 === 0);
      evaluations += 1;
      conclusions += checked.conclusions;
      necessary += checked.necessary;
    }
    expect(evaluations).toBe(10_000);
    expect(conclusions).toBeGreaterThan(20_000);
    // The rest is cut off by a sum, chosen among rules or said to any degree, and the explanation says so.
    expect(necessary / conclusions).toBeGreaterThan(0.9);
  }, 300_000);

  it('come out the same for the same evaluation', () => {
    for (const { compiled, trace } of randomCases(20, 2, 2)) {
      expect(explain(compiled, trace)).toStrictEqual(explain(compiled, trace));
    }
  });
});

/** The explanation with one statement turned false; undefined where it makes no such statement. */
type Lie = (explanation: Explanation, random: RandomCase) => Explanation | undefined;

/** Changes the first conclusion on which the change has something to work on. */
const conclusionLie =
  (change: (conclusion: ConclusionExplanation) => ConclusionExplanation | undefined): Lie =>
  (explanation) => {
    for (const output of explanation.outputs) {
      for (const conclusion of output.conclusions.filter(({ degree }) => degree > 0)) {
        const changed = change(conclusion);
        if (changed === undefined) continue;
        const conclusions = output.conclusions.map((one) => (one === conclusion ? changed : one));
        return {
          ...explanation,
          outputs: explanation.outputs.map((one) => (one === output ? { ...one, conclusions } : one)),
        };
      }
    }
    return undefined;
  };

/** Follows, where one side decides, the other. */
function otherPath(path: DecidingPath, premises: number): DecidingPath | undefined {
  if (path.kind === 'premise') {
    return premises === 1 ? undefined : { ...path, position: path.position === 1 ? 2 : path.position - 1 };
  }
  const part = path.by === 'one' && path.parts[0] !== undefined ? otherPath(path.parts[0], premises) : undefined;
  return part === undefined ? undefined : { ...path, parts: [part] };
}

const lies: Readonly<Record<string, Lie>> = {
  'another premise on the path': (explanation) => {
    const rules = explanation.rules.map((rule) => {
      const deciding = rule.deciding && otherPath(rule.deciding, rule.premises.length);
      return deciding === undefined ? rule : { ...rule, deciding };
    });
    return rules.some((rule, i) => rule !== explanation.rules[i]) ? { ...explanation, rules } : undefined;
  },
  'another deciding premise': (explanation, random) =>
    conclusionLie((conclusion) => {
      const [first, ...others] = conclusion.necessity.removed;
      const premises = explanation.rules.find(({ rule }) => rule === first?.rule)?.premises ?? [];
      const other = premises.find(({ position }) => position !== first?.position);
      if (first === undefined || others.length > 0 || other === undefined) return undefined;
      const removed = [{ rule: first.rule, position: other.position }];
      return { ...conclusion, necessity: { ...conclusion.necessity, removed } };
    })(explanation, random),
  'a rule less in the justification': (explanation, random) =>
    conclusionLie((conclusion) => {
      const concluding = explanation.rules.filter(
        ({ rule, activation }) => activation !== 'Proportional' && conclusion.rules.some((one) => one.rule === rule),
      );
      const dropped = conclusion.justification.find(({ rule }) => concluding.some((one) => one.rule === rule));
      if (dropped === undefined) return undefined;
      return { ...conclusion, justification: conclusion.justification.filter((one) => one !== dropped) };
    })(explanation, random),
  'a premise more in the justification': (explanation, random) =>
    conclusionLie((conclusion) => {
      const [only, ...others] = conclusion.justification;
      const block = random.knowledgeBase.ruleBlocks.find(({ rules }) => rules.some(({ id }) => id === only?.rule));
      const isPlain = block?.conjunction === 'Minimum' && block.disjunction === 'Maximum';
      if (only === undefined || others.length > 0 || !isPlain || block.activation.name === 'Proportional')
        return undefined;
      const rule = explanation.rules.find((one) => one.rule === only.rule);
      const premises = rule?.premises.map(({ position }) => position) ?? [];
      return premises.length === only.premises.length
        ? undefined
        : { ...conclusion, justification: [{ rule: only.rule, premises }] };
    })(explanation, random),
  'two rules swapped': (explanation) => {
    const [a, b] = explanation.rules.filter(({ outcome }) => outcome === 'fired');
    if (a === undefined || b === undefined || a.degree === b.degree) return undefined;
    const swapped = (id: string): string => (id === a.rule ? b.rule : id === b.rule ? a.rule : id);
    return { ...explanation, rules: explanation.rules.map((one) => ({ ...one, rule: swapped(one.rule) })) };
  },
  'two contributions swapped': (explanation) => {
    for (const output of explanation.outputs) {
      const [a, b] = output.contributions;
      if (a === undefined || b === undefined) continue;
      if (JSON.stringify({ ...a, rule: '' }) === JSON.stringify({ ...b, rule: '' })) continue;
      const contributions = [{ ...a, rule: b.rule }, { ...b, rule: a.rule }, ...output.contributions.slice(2)];
      return {
        ...explanation,
        outputs: explanation.outputs.map((one) => (one === output ? { ...one, contributions } : one)),
      };
    }
    return undefined;
  },
  'a deciding rule that is not the highest': conclusionLie((conclusion) => {
    const { rules, degree, aggregation, decidedBy } = conclusion;
    const highest = new Set(rules.filter((rule) => rule.degree > degree - 1e-9).map(({ rule }) => rule));
    const other = rules.find(({ rule }) => !highest.has(rule));
    if (other === undefined || aggregation !== 'Maximum') return undefined;
    return { ...conclusion, decidedBy: { ...decidedBy, main: other.rule, rules: [other.rule] } };
  }),
  'a wanted value less': (explanation) => {
    const output = explanation.outputs.find((one) => one.status === 'indeterminate' && one.wants.length > 0);
    if (output?.status !== 'indeterminate') return undefined;
    const [first] = output.wants;
    const wants = output.wants.filter(({ input }) => input.name !== first?.input.name);
    return { ...explanation, outputs: explanation.outputs.map((one) => (one === output ? { ...output, wants } : one)) };
  },
};

describe('the checks of explanations', () => {
  it.each(Object.keys(lies))('find %s', (name) => {
    let told = 0;
    for (const random of randomCases(60, 4, 3)) {
      const explanation = explain(random.compiled, random.trace);
      const lie = lies[name]?.(explanation, random);
      if (lie === undefined) continue;
      told += 1;
      expect(() => checkExplanation(random, lie), random.where).toThrow();
    }
    expect(told).toBeGreaterThan(10);
  });
});
