import type { SNorm } from '../fuzzy/norms.js';
import type { Rule, Term } from '../knowledge-base.js';
import { inconsistent } from '../rule-errors.js';

/**
 * Whether an accumulation of singletons comes to another value than the rules' sum. IEC 61131-7 accumulates what
 * rules conclude at the same value before it weighs, which changes nothing where each value is concluded once, or
 * where the accumulation is the sum.
 *
 * @throws DH_RULES_INCONSISTENT where terms of the same value would have to be accumulated as one
 */
export function isGroupingNeeded(
  output: string,
  terms: readonly Term[],
  rules: readonly Rule[],
  accumulation: SNorm | undefined,
): boolean {
  if (accumulation === 'UnboundedSum') return false;
  const { twins, isRepeated } = singletonsOf(output, terms, rules);
  if (twins !== undefined) {
    const [one, other] = twins;
    throw inconsistent(
      `The terms "${one}" and "${other}" of "${output}" are one singleton to ACCU: give rules one of them`,
    );
  }
  if (isRepeated && accumulation === undefined) {
    throw inconsistent(`Several rules conclude the same singleton of "${output}", and no accumulation (ACCU) is named`);
  }
  return isRepeated;
}

/** Two terms of one value that rules conclude, and whether any term is concluded more than once. */
export function singletonsOf(
  output: string,
  terms: readonly Term[],
  rules: readonly Rule[],
): { readonly twins: readonly [string, string] | undefined; readonly isRepeated: boolean } {
  const concluded = rules.flatMap(({ consequents }) => consequents.filter(({ variable }) => variable === output));
  const names = new Set(concluded.map(({ term }) => term));
  const values = new Map<number, string>();
  let twins: readonly [string, string] | undefined;
  for (const { name, definition } of terms) {
    if (!names.has(name) || definition.kind !== 'constant') continue;
    const other = values.get(definition.value);
    if (other !== undefined) twins ??= [other, name];
    values.set(definition.value, name);
  }
  return { twins, isRepeated: names.size < concluded.length };
}
