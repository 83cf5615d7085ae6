// Fuzzy rule bases of triangles over 0 to 100, as FLL and as lists for other engines.
const RANGE = [0, 100];

/** @returns {number[][]} corners of so many triangles, each of which begins where the one before it is highest */
function triangles(count) {
  const step = (RANGE[1] - RANGE[0]) / (count - 1);
  return Array.from({ length: count }, (_, k) => [(k - 1) * step, k * step, (k + 1) * step]);
}

/**
 * @typedef {object} RuleBase
 * @property {string[]} inputs
 * @property {string[]} outputs
 * @property {number[][]} terms of every variable: t0, t1 and so on
 * @property {[premises: [input: string, term: number][], conclusion: [output: string, term: number]][]} rules
 */

/** A rule for each combination of the terms of three inputs. @returns {RuleBase} */
export function gridRuleBase(termCount) {
  const inputs = ['x0', 'x1', 'x2'];
  const rules = Array.from({ length: termCount ** 3 }, (_, index) => {
    const at = [index % termCount, Math.floor(index / termCount) % termCount, Math.floor(index / termCount ** 2)];
    const conclusion = (at[0] + at[1] + at[2]) % termCount;
    return [inputs.map((input, i) => [input, at[i]]), ['y', conclusion]];
  });
  return { inputs, outputs: ['y'], terms: triangles(termCount), rules };
}

/**
 * 300 rules on 26 features about 8 conclusions, the size of a published expert system for buried pipelines (Bel et
 * al.): a grid over two features for each conclusion, so that something fires, and rules of three premises.
 *
 * @param {() => number} random
 * @returns {RuleBase}
 */
export function expertRuleBase(random) {
  const below = (count) => Math.floor(random() * count);
  const inputs = Array.from({ length: 26 }, (_, i) => `x${i}`);
  const outputs = Array.from({ length: 8 }, (_, i) => `y${i}`);
  const rules = Array.from({ length: 300 }, (_, index) => {
    const output = index % outputs.length;
    const cell = Math.floor(index / outputs.length);
    const features = [inputs[3 * output], inputs[3 * output + 1]];
    const premises =
      cell < 25
        ? [
            [features[0], cell % 5],
            [features[1], Math.floor(cell / 5)],
          ]
        : [0, 1, 2].map((i) => [inputs[(index + 7 * i + below(5)) % inputs.length], below(5)]);
    return [premises, [outputs[output], below(5)]];
  });
  return { inputs, outputs, terms: triangles(5), rules };
}

/** Values of the inputs, in their order. */
export const randomRecords = ({ inputs }, count, random) =>
  Array.from({ length: count }, () => inputs.map(() => RANGE[0] + random() * (RANGE[1] - RANGE[0])));

/** The rule base of Mamdani's kind in the FuzzyLite language. */
export function toFll({ inputs, outputs, terms, rules }, resolution) {
  const range = `  enabled: true\n  range: ${RANGE.join(' ')}`;
  const lines = terms.map((corners, k) => `  term: t${k} Triangle ${corners.join(' ')}`).join('\n');
  return [
    'Engine: bench',
    ...inputs.map((name) => `InputVariable: ${name}\n${range}\n${lines}`),
    ...outputs.map(
      (name) =>
        `OutputVariable: ${name}\n${range}\n  aggregation: Maximum\n  defuzzifier: Centroid ${resolution}\n  default: nan\n${lines}`,
    ),
    'RuleBlock: rules\n  conjunction: Minimum\n  disjunction: Maximum\n  implication: Minimum\n  activation: General',
    ...rules.map(([premises, [output, term]]) => {
      const asked = premises.map(([input, k]) => `${input} is t${k}`).join(' and ');
      return `  rule: if ${asked} then ${output} is t${term}`;
    }),
    '',
  ].join('\n');
}

/** The same for engines that take lists. */
export const toLists = (ruleBase, resolution) => ({ ...ruleBase, range: RANGE, resolution });
