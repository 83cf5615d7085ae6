/** Terms of each of two inputs. */
const TERMS = 100;

/** How many rules the large rule base has. */
export const LARGE_RULES = TERMS * TERMS;

/**
 * A rule for each pair of terms of two inputs from 0 to 100: the conclusion is the sum of their places, so that the
 * answer is about x + y, and four rules at most fire.
 */
export function largeRules(): string {
  const places = Array.from({ length: TERMS }, (_, index) => index);
  const sums = Array.from({ length: 2 * TERMS - 1 }, (_, index) => index);
  const triangles = places.map((at) => `  term: t${at} Triangle ${at - 0.5} ${at + 0.5} ${at + 1.5}\n`).join('');
  const rules = places.flatMap((x) =>
    places.map((y) => `  rule: if x is t${x} and y is t${y} then sum is s${x + y}\n`),
  );
  return `Engine: large
InputVariable: x
  range: 0 100
${triangles}InputVariable: y
  range: 0 100
${triangles}OutputVariable: sum
  range: 0 200
  aggregation: none
  defuzzifier: WeightedAverage TakagiSugeno
  default: nan
${sums.map((sum) => `  term: s${sum} Constant ${sum + 1}\n`).join('')}RuleBlock: all
  conjunction: AlgebraicProduct
  disjunction: Maximum
  implication: Minimum
${rules.join('')}`;
}
