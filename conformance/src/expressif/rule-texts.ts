/** Two inputs from 0 to 1, of which the number is the degree of `yes`. */
export function head(name: string, more = 'term: no Ramp 1 0'): string {
  return `Engine: ${name}
${['a', 'b']
  .map(
    (input) => `InputVariable: ${input}
  range: 0 1
  term: yes Ramp 0 1
  ${more}
`,
  )
  .join('')}`;
}

export function output(name: string, aggregation = 'Maximum', defuzzifier = 'Centroid 100'): string {
  return `OutputVariable: ${name}
  range: 0 100
  aggregation: ${aggregation}
  defuzzifier: ${defuzzifier}
  default: nan
  term: small Trapezoid 0 10 25 45
  term: large Triangle 35 70 100
`;
}

/** An output that is ten times the degree of its rule. */
export function tenfold(name: string): string {
  return `OutputVariable: ${name}
  range: 0 100
  aggregation: none
  defuzzifier: WeightedSum TakagiSugeno
  default: nan
  term: ten Constant 10
`;
}

/** A block with one rule for each operator, so that each degree is seen by itself. */
export function blocks(name: string, all: readonly (readonly [operator: string, antecedent: string])[]): string {
  const operators = { conjunction: 'Minimum', disjunction: 'Maximum' };
  return `${head(name)}${all.map((_, index) => tenfold(`o${index + 1}`)).join('')}${all
    .map(([operator, antecedent], index) => {
      const [kind = '', norm = ''] = operator.split(': ');
      const lines = Object.entries({ ...operators, [kind]: norm }).map(([key, value]) => `  ${key}: ${value}\n`);
      return `RuleBlock: b${index + 1}\n${lines.join('')}  implication: Minimum\n  rule: if ${antecedent} then o${index + 1} is ten\n`;
    })
    .join('')}`;
}
