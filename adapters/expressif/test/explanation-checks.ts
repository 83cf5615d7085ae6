import {
  type Antecedent,
  type ConclusionExplanation,
  compileRuleBase,
  createEngine,
  type DecidingPath,
  type Evaluation,
  type Explanation,
  type InputValues,
  type KnowledgeBase,
  type OutputExplanation,
  type Rule,
  type RuleExplanation,
  traceEvaluation,
} from '../src/index.js';

/** What an explanation is checked against: the rules and values themselves, evaluated anew. */
export type Case = {
  readonly knowledgeBase: KnowledgeBase;
  readonly values: InputValues;
  readonly previous?: Evaluation | undefined;
};

/** Norms that are never cut off: what counts under them cannot be made up for. */
const STRICT = new Set([
  'Minimum',
  'Maximum',
  'AlgebraicProduct',
  'AlgebraicSum',
  'EinsteinProduct',
  'EinsteinSum',
  'HamacherProduct',
  'HamacherSum',
  'UnboundedSum',
]);

export function must(holds: boolean, what: string): void {
  if (!holds) throw new Error(what);
}

const isClose = (a: number, b: number): boolean => Math.abs(a - b) <= 1e-12;

/** As a tie is defined: equal but for 1e-14 of the larger. */
const isTied = (a: number, b: number): boolean => Math.abs(a - b) <= 1e-14 * Math.max(a, b);

/** The degree to which the rules conclude a term. */
function degreeIn(knowledgeBase: KnowledgeBase, values: InputValues, output: string, term: string): number {
  return createEngine(knowledgeBase).evaluate(values).outputs.get(output)?.degrees.get(term) ?? 0;
}

/** The rule base with rules replaced; those that become undefined are left out. */
export function mapRules(knowledgeBase: KnowledgeBase, change: (rule: Rule) => Rule | undefined): KnowledgeBase {
  return {
    ...knowledgeBase,
    ruleBlocks: knowledgeBase.ruleBlocks.map((block) => ({
      ...block,
      rules: block.rules.flatMap((rule) => change(rule) ?? []),
    })),
  };
}

/** The rule with only the premises at some positions, counted from 1 from the left. */
export function keepPremises(rule: Rule, isKept: (position: number) => boolean): Rule | undefined {
  const walk = (part: Antecedent, first: number): Antecedent | undefined => {
    if (part.kind === 'is') return isKept(first) ? part : undefined;
    const left = walk(part.left, first);
    const right = walk(part.right, first + sizeOf(part.left));
    if (left !== undefined && right !== undefined) return { kind: part.kind, left, right };
    return left ?? right;
  };
  const antecedent = walk(rule.antecedent, 1);
  return antecedent === undefined ? undefined : { ...rule, antecedent };
}

const partsOf = (part: Antecedent): Antecedent[] =>
  part.kind === 'is' ? [part] : [part, ...partsOf(part.left), ...partsOf(part.right)];

const sizeOf = (part: Antecedent): number => (part.kind === 'is' ? 1 : sizeOf(part.left) + sizeOf(part.right));

/** The rule base with nothing but what a justification cites. */
function justificationOf(knowledgeBase: KnowledgeBase, { justification }: ConclusionExplanation): KnowledgeBase {
  const cited = new Map(justification.map(({ rule, premises }) => [rule, new Set(premises)] as const));
  return mapRules(knowledgeBase, (rule) =>
    keepPremises(rule, (position) => cited.get(rule.id)?.has(position) === true),
  );
}

/** The justification alone gives the degree. */
export function checkSufficiency({ knowledgeBase, values }: Case, output: string, conclusion: ConclusionExplanation) {
  const { term, degree, justification } = conclusion;
  const reduced = justificationOf(knowledgeBase, conclusion);
  const ids = reduced.ruleBlocks.flatMap(({ rules }) => rules.map(({ id }) => id));
  must(ids.length === justification.length, `the justification of ${output} is ${term} cites rules that are not there`);
  const alone = degreeIn(reduced, values, output, term);
  must(isClose(alone, degree), `the justification of ${output} is ${term} gives ${alone}, not ${degree}`);
}

/** Nothing of a justification can be left out. */
export function checkMinimality({ knowledgeBase, values }: Case, output: string, conclusion: ConclusionExplanation) {
  const { term, aggregation } = conclusion;
  const reduced = justificationOf(knowledgeBase, conclusion);
  const evaluation = createEngine(reduced).evaluate(values);
  const alone = evaluation.outputs.get(output)?.degrees.get(term) ?? 0;
  for (const block of reduced.ruleBlocks) {
    // The shares of a block depend on each other.
    if (block.activation.name === 'Proportional') continue;
    for (const rule of block.rules) {
      const size = sizeOf(rule.antecedent);
      const before = evaluation.rules.find((one) => one.rule === rule.id)?.degree;
      for (let left = 1; size > 1 && left <= size; left += 1) {
        const smaller = mapRules(reduced, (one) => (one === rule ? keepPremises(rule, (at) => at !== left) : one));
        const after = createEngine(smaller)
          .evaluate(values)
          .rules.find((one) => one.rule === rule.id)?.degree;
        must(after !== before, `premise ${left} that is left of ${rule.id} is not needed for its degree`);
      }
      const concludesTerm = rule.consequents.some((one) => one.variable === output && one.term === term);
      const isRead = [...reduced.ruleBlocks].some((other) => other !== block && other.rules.length > 0);
      if (!concludesTerm || isRead) continue;
      const without = degreeIn(
        mapRules(reduced, (one) => (one === rule ? undefined : one)),
        values,
        output,
        term,
      );
      must(without !== alone, `rule ${rule.id} is not needed for ${output} is ${term} (${aggregation})`);
    }
  }
}

/** What is said to decide does: without it the degree is another, the one that is said. */
export function checkNecessity(
  { knowledgeBase, values }: Case,
  explanation: Explanation,
  output: string,
  conclusion: ConclusionExplanation,
): boolean {
  const { term, degree, necessity, aggregation, decidedBy, rules } = conclusion;
  const removed = (rule: string, position: number): boolean =>
    necessity.removed.some((one) => one.rule === rule && one.position === position);
  const named = (decidedBy.by === 'tie' ? decidedBy.rules : [decidedBy.main]).flatMap((id) => {
    const path = explanation.rules.find(({ rule }) => rule === id)?.deciding;
    return path === undefined ? [] : endsOf(path).map((position) => ({ rule: id, position }));
  });
  must(named.length > 0 && JSON.stringify(named) === JSON.stringify(necessity.removed), 'the path ends elsewhere');
  const pruned = mapRules(knowledgeBase, (rule) => keepPremises(rule, (position) => !removed(rule.id, position)));
  const without = degreeIn(pruned, values, output, term);
  must(isClose(without, necessity.degreeWithout ?? Number.NaN), `without ${JSON.stringify(necessity)}: ${without}`);
  must(necessity.isChanged === !isClose(without, degree) || Math.abs(without - degree) < 1e-10, 'isChanged is wrong');
  if (necessity.isChanged) return true;
  // The degree may stay where sums are cut off, rules are chosen among each other or a hedge asks for nothing.
  const deciding = knowledgeBase.ruleBlocks.filter((block) =>
    block.rules.some(({ id }) => necessity.removed.some((one) => one.rule === id)),
  );
  const isExcused =
    // A conclusion to which `not` leaves nothing.
    degree === 0 ||
    !STRICT.has(aggregation) ||
    rules.some((rule) => decidedBy.rules.includes(rule.rule) && rule.hedges.includes('any')) ||
    deciding.some(
      ({ activation, conjunction, disjunction }) =>
        !['General', 'Threshold'].includes(activation.name) ||
        !STRICT.has(conjunction ?? '') ||
        !STRICT.has(disjunction ?? ''),
    );
  must(isExcused, `the degree stays without ${JSON.stringify(necessity)}`);
  return false;
}

/** Where a path ends: its main premise and those in a tie with it. */
function endsOf(path: DecidingPath): number[] {
  if (path.kind === 'premise') return [path.position];
  return path.parts.filter((_, i) => path.by === 'tie' || i === path.main).flatMap(endsOf);
}

/** The deciding rule of a conclusion is the arg of its aggregation. */
export function checkDecidingRule({ knowledgeBase, values }: Case, output: string, conclusion: ConclusionExplanation) {
  const { aggregation, decidedBy, degree, rules, term } = conclusion;
  const highest = Math.max(...rules.map((rule) => rule.degree));
  const main = rules.filter(({ rule }) => rule === decidedBy.main);
  must(
    main.some((rule) => isClose(rule.degree, highest)) || decidedBy.by !== 'all',
    'the main rule is not the highest',
  );
  for (const id of decidedBy.by === 'all' ? [] : decidedBy.rules) {
    const alone = rules.some((rule) => rule.rule === id && isClose(rule.degree, degree));
    must(alone || rules.every(({ rule }) => rule === id), `rule ${id} alone does not give ${degree}`);
  }
  if (aggregation !== 'Maximum') return;
  must(isClose(highest, degree) && decidedBy.by !== 'all', 'a maximum is decided by its highest');
  const { activation } = blockOf(knowledgeBase, decidedBy.main);
  const isRead =
    knowledgeBase.ruleBlocks[0]?.name === 'first' &&
    output !== 'middle' &&
    blockOf(knowledgeBase, decidedBy.main).name === 'first';
  if (!['General', 'Threshold'].includes(activation.name) || isRead || degree === 0) return;
  const without = mapRules(knowledgeBase, (rule) => (rule.id === decidedBy.main ? undefined : rule));
  const rest = degreeIn(without, values, output, term);
  must(
    (decidedBy.by === 'tie') === isClose(rest, degree),
    `${decidedBy.by} is said, and without ${decidedBy.main} ${rest} is left of ${degree}`,
  );
}

const blockOf = ({ ruleBlocks }: KnowledgeBase, rule: string) =>
  ruleBlocks.find(({ rules }) => rules.some(({ id }) => id === rule)) as KnowledgeBase['ruleBlocks'][number];

/** The path follows the degrees: the lowest side of a minimum, the highest of a maximum, all of what counts. */
export function checkPath({ knowledgeBase, values }: Case, rule: RuleExplanation) {
  if (rule.deciding === undefined) return;
  const source = knowledgeBase.ruleBlocks.flatMap(({ rules }) => rules).find(({ id }) => id === rule.rule) as Rule;
  const block = blockOf(knowledgeBase, rule.rule);
  // Each part of the antecedent as a rule of its own, so that the engine says its degree.
  const parts = partsOf(source.antecedent);
  const rules = parts.map((antecedent, i): Rule => ({ ...source, id: `part ${i}`, enabled: true, antecedent }));
  const ruleBlocks = knowledgeBase.ruleBlocks.map((one) => (one === block ? { ...block, rules } : one));
  const compiled = compileRuleBase({ ...knowledgeBase, ruleBlocks });
  const nodes = compiled.blocks.flatMap((one) => one.rules).filter(({ id }) => id.startsWith('part '));
  const { degrees } = traceEvaluation(compiled, values);
  const degreeOf = (part: Antecedent): number => degrees[nodes[parts.indexOf(part)]?.node ?? -1] as number;
  const follow = (path: DecidingPath, part: Antecedent, first: number): void => {
    must(
      isClose(path.degree, degreeOf(part)),
      `${rule.rule}: a degree on the path is ${path.degree}, not ${degreeOf(part)}`,
    );
    if (path.kind === 'premise' || part.kind === 'is') {
      must(path.kind === 'premise' && part.kind === 'is' && path.position === first, `${rule.rule}: another premise`);
      return;
    }
    must(path.kind === part.kind, `${rule.rule}: another connective`);
    const sides = [
      { part: part.left, first, degree: degreeOf(part.left) },
      { part: part.right, first: first + sizeOf(part.left), degree: degreeOf(part.right) },
    ] as const;
    const best = (part.kind === 'and' ? Math.min : Math.max)(sides[0].degree, sides[1].degree);
    const alone = sides.filter((side) => isTied(side.degree, path.degree));
    const named = path.by === 'all' ? [...sides] : alone;
    must(path.by === (alone.length === 0 ? 'all' : alone.length === 1 ? 'one' : 'tie'), `${rule.rule}: by ${path.by}`);
    must(path.parts.length === named.length, `${rule.rule}: ${path.parts.length} parts`);
    must(
      isClose(named[path.main]?.degree ?? Number.NaN, best),
      `${rule.rule}: the main part of ${JSON.stringify(path)} is not ${best} of ${sides.map(({ degree }) => degree)}`,
    );
    for (const [index, side] of named.entries()) follow(path.parts[index] as DecidingPath, side.part, side.first);
  };
  follow(rule.deciding, source.antecedent, 1);
  must(rule.antecedentDegree === rule.deciding.degree, `${rule.rule}: the path has not the degree of the antecedent`);
}

/** Every contribution is the difference to an evaluation without the rule. */
export function checkContributions({ knowledgeBase, values }: Case, output: OutputExplanation, rest: RestOf) {
  if (output.status !== 'determinate' || output.source !== 'rules') {
    must(output.contributions.length === 0, 'contributions to a value that no rules gave');
    return;
  }
  const concluding = knowledgeBase.ruleBlocks
    .flatMap(({ rules }) => rules)
    .filter((rule) => rule.consequents.some(({ variable }) => variable === output.output))
    .map(({ id }) => id);
  const evaluations = rest(values);
  for (const [id, evaluation] of evaluations) {
    const without = evaluation.outputs.get(output.output);
    const said = output.contributions.find(({ rule }) => rule === id);
    if (without?.status === 'determinate' && without.source === 'rules') {
      const difference = (output.value ?? Number.NaN) - without.value;
      must(
        said !== undefined || (difference === 0 && !concluding.includes(id)),
        `the contribution of ${id} is missing`,
      );
      if (said === undefined) continue;
      must(said.kind === 'value' && said.valueWithout === without.value, `the value without ${id} is ${without.value}`);
      must(said.kind === 'value' && said.difference === difference, `${id} contributes ${difference}`);
    } else {
      const isEmpty = without?.status === 'determinate' || without?.reason === 'nothing-fired';
      must(said?.kind === (isEmpty ? 'nothing-fired' : 'no-value'), `without ${id} there is no value`);
    }
  }
  must(
    output.contributions.every(({ rule }) => evaluations.has(rule)),
    'a rule contributes that did not fire',
  );
}

/** Evaluations without each of the rules that fire, by their ids. */
export type RestOf = (values: InputValues) => ReadonlyMap<string, Evaluation>;

/** A rule that plays no part can be taken away, where no choice among rules and no later rule looks at it. */
export function checkUnexpected({ knowledgeBase, values }: Case, output: OutputExplanation) {
  const involved = new Set(output.conclusions.flatMap(({ justification }) => justification.map(({ rule }) => rule)));
  for (const { rule, antecedentDegree } of output.unexpected.rules) {
    must(antecedentDegree >= output.unexpected.from && !involved.has(rule), `${rule} is not unexpected`);
    const block = blockOf(knowledgeBase, rule);
    const consequents = block.rules.find(({ id }) => id === rule)?.consequents ?? [];
    if (!['General', 'Threshold'].includes(block.activation.name)) continue;
    if (output.output !== 'middle' && consequents.some(({ variable }) => variable === 'middle')) continue;
    const without = mapRules(knowledgeBase, (one) => (one.id === rule ? undefined : one));
    for (const { term, degree } of output.conclusions) {
      must(isClose(degreeIn(without, values, output.output, term), degree), `${rule} plays a part in ${term}`);
    }
  }
}

/** The tree repeats the evaluation, and every rule stands in it once. */
export function checkCompleteness(explanation: Explanation, evaluation: Evaluation, { knowledgeBase }: Case) {
  for (const output of explanation.outputs) {
    const evaluated = evaluation.outputs.get(output.output);
    must(output.status === evaluated?.status, `${output.output} is ${output.status}`);
    if (output.status === 'determinate' && evaluated.status === 'determinate') {
      must(output.value === evaluated.value && output.source === evaluated.source, `another value of ${output.output}`);
    }
    const degrees = new Map(output.conclusions.map(({ term, degree }) => [term, degree] as const));
    must(degrees.size === evaluated.degrees.size, `other conclusions on ${output.output}`);
    for (const [term, degree] of degrees) must(evaluated.degrees.get(term) === degree, `another degree of ${term}`);
  }
  const fired = evaluation.rules.filter((rule) => rule.fired);
  const said = explanation.rules.filter(({ outcome }) => outcome === 'fired');
  must(fired.length === said.length, 'other rules fired');
  for (const { rule, degree } of fired) {
    must(
      said.some((one) => one.rule === rule && one.degree === degree),
      `rule ${rule} fired with ${degree}`,
    );
  }
  const all = [...explanation.rules.map(({ rule }) => rule), ...explanation.restingRules].sort();
  const ids = knowledgeBase.ruleBlocks.flatMap(({ rules }) => rules.map(({ id }) => id)).sort();
  must(JSON.stringify(all) === JSON.stringify(ids), 'not every rule stands in the tree once');
}

/** With all that is wanted, no premise is unknown any more; with all but one, one still is. */
export function checkWants({ knowledgeBase, values }: Case, output: OutputExplanation) {
  if (output.status !== 'indeterminate') return;
  const engine = createEngine(knowledgeBase);
  const evaluate = (given: InputValues) => engine.evaluate(given).outputs.get(output.output);
  const result = evaluate(values);
  if (result?.status !== 'indeterminate' || result.variable === undefined) return;
  const { variable } = result;
  must(
    output.wants.some(({ input }) => input.name === variable),
    `${output.output} does not want ${variable}`,
  );
  // What a conclusion asks for is another matter once the rules read other values.
  if (result.rule === undefined) return;
  const isKnown = (given: InputValues): boolean => {
    const filled = evaluate(given);
    return filled?.status === 'determinate' || filled?.rule === undefined;
  };
  const given = (omitted?: string): InputValues => {
    const filled: Record<string, InputValues[string]> = { ...values };
    for (const { input, wanted, low = 0, high = 1, term } of output.wants) {
      const before = filled[input.name];
      if (input.name === omitted) continue;
      if (wanted === 'value') filled[input.name] = low;
      else if (typeof before === 'object') filled[input.name] = { degrees: { ...before.degrees, [term]: high } };
    }
    return filled;
  };
  must(isKnown(given()), `${output.output} is not known although all that it wants was given`);
  for (const { input } of output.wants)
    must(!isKnown(given(input.name)), `${output.output} does not need ${input.name}`);
}
