import type {
  PossibilisticInput,
  PossibilisticOutput,
  PossibilisticRule,
  PossibilisticRules,
  Premise,
} from './possibilistic-rules.js';

/** A document with what every evaluation of it needs anew. */
export type CompiledPossibilisticRules = {
  readonly inputs: readonly PossibilisticInput[];
  readonly outputs: readonly {
    readonly output: PossibilisticOutput;
    readonly rules: readonly CompiledPossibilisticRule[];
  }[];
};

export type CompiledPossibilisticRule = {
  readonly rule: PossibilisticRule;
  readonly concluded: ReadonlySet<string>;
  readonly premises: readonly CompiledPremise[];
};

export type CompiledPremise = {
  readonly premise: Premise;
  /** Values of the attribute that the premise does not ask for. */
  readonly others: readonly string[];
  /** Equal for premises that ask the same. */
  readonly key: string;
};

/** @param document checked */
export function compilePossibilisticRules({ inputs, outputs }: PossibilisticRules): CompiledPossibilisticRules {
  const domains = new Map([...inputs, ...outputs].map(({ name, values }) => [name, values] as const));
  const compilePremise = (premise: Premise): CompiledPremise => {
    const inside = new Set(premise.in);
    const others = (domains.get(premise.attribute) as readonly string[]).filter((value) => !inside.has(value));
    return { premise, others, key: JSON.stringify([premise.attribute, [...inside].sort()]) };
  };
  const compileRule = (rule: PossibilisticRule): CompiledPossibilisticRule => ({
    rule,
    concluded: new Set(rule.conclude),
    premises: rule.if.map(compilePremise),
  });
  return { inputs, outputs: outputs.map((output) => ({ output, rules: output.rules.map(compileRule) })) };
}
