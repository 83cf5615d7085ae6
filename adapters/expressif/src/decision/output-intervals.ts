import { DeepHealthError } from '@deephealth/sdk';
import type { InputValues } from '../engine/input-value.js';
import { createIntervalEngine, type IntervalEngine } from '../interval/create-interval-engine.js';
import type { IntervalInputValue } from '../interval/interval-input.js';
import type { Interval } from '../interval/karnik-mendel.js';
import type { RuleBaseSnapshot } from '../live/live-rule-base.js';
import type { ModelPremiseValue } from './model-premises.js';

/** Engines are made once for each version of the rules; none where they have no interval form. */
const engines = new WeakMap<RuleBaseSnapshot, IntervalEngine | 'none'>();

/**
 * Between which values outputs lie for all that spatial relations leave open: evaluated with the necessity and the
 * possibility of each relation as the two ends of its degree. Outputs that no relation moves are left out, and so
 * are all of them where the rules have no interval form, such as Tsukamoto's.
 */
export function outputIntervals(
  snapshot: RuleBaseSnapshot,
  values: InputValues,
  premises: ReadonlyMap<string, ModelPremiseValue>,
): ReadonlyMap<string, Interval> {
  const open = new Map<string, IntervalInputValue>();
  for (const [name, { value, relation }] of premises) {
    if (relation === undefined || typeof value !== 'object' || !('degrees' in value)) continue;
    const ends = [relation.necessity, relation.possibility] as const;
    open.set(name, { degrees: Object.fromEntries(Object.keys(value.degrees).map((term) => [term, ends])) });
  }
  const engine = open.size === 0 ? 'none' : engineOf(snapshot);
  if (engine === 'none') return new Map();
  const known = Object.entries(values).map(([name, value]): [string, IntervalInputValue] => [
    name,
    typeof value === 'object' && 'absent' in value ? undefined : value,
  ]);
  const { outputs } = engine.evaluate(Object.fromEntries([...known, ...open]));
  return new Map(
    [...outputs.values()].flatMap((output) =>
      output.status === 'determinate' && output.lower < output.upper
        ? [[output.name, [output.lower, output.upper] as const]]
        : [],
    ),
  );
}

function engineOf(snapshot: RuleBaseSnapshot): IntervalEngine | 'none' {
  const made = engines.get(snapshot);
  if (made !== undefined) return made;
  const { knowledgeBase, compiled } = snapshot;
  let engine: IntervalEngine | 'none';
  try {
    engine = createIntervalEngine(knowledgeBase, { epsilon: compiled.epsilon, outOfRange: compiled.outOfRange });
  } catch (thrown) {
    if (DeepHealthError.from(thrown).code !== 'DH_RULES_INCONSISTENT') throw thrown;
    engine = 'none';
  }
  engines.set(snapshot, engine);
  return engine;
}
