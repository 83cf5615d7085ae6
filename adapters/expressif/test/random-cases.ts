import {
  type CompiledRuleBase,
  compileRuleBase,
  createEngine,
  type Evaluation,
  type Explanation,
  explain,
  type KnowledgeBase,
  type Trace,
  traceEvaluation,
} from '../src/index.js';
import {
  type Case,
  checkCompleteness,
  checkContributions,
  checkDecidingRule,
  checkMinimality,
  checkNecessity,
  checkPath,
  checkSufficiency,
  checkUnexpected,
  checkWants,
  mapRules,
  must,
  type RestOf,
} from './explanation-checks.js';
import { Draw, randomRuleBase, randomValues } from './random-rule-bases.js';

/** A random rule base and random values, with their evaluation. */
export type RandomCase = Case & {
  readonly where: string;
  readonly compiled: CompiledRuleBase;
  readonly trace: Trace;
  readonly rest: RestOf;
};

export function* randomCases(ruleBases: number, evaluations: number, seed: number): Generator<RandomCase> {
  for (let base = 0; base < ruleBases; base += 1) {
    const draw = new Draw(seed * 100_000 + base);
    const knowledgeBase = randomRuleBase(draw);
    const compiled = compileRuleBase(knowledgeBase);
    const engines = enginesWithout(knowledgeBase);
    let previous: Evaluation | undefined;
    for (let row = 0; row < evaluations; row += 1) {
      const values = randomValues(draw, knowledgeBase.inputs);
      const trace = traceEvaluation(compiled, values, previous);
      const where = `rule base ${base} of seed ${seed}, evaluation ${row}`;
      yield { where, knowledgeBase, values, previous, compiled, trace, rest: restOf(trace, engines) };
      previous = trace.evaluation;
    }
  }
}

/** An engine without a rule serves every evaluation of its rule base. */
function enginesWithout(knowledgeBase: KnowledgeBase) {
  const engines = new Map<string, ReturnType<typeof createEngine>>();
  return (id: string) => {
    const engine =
      engines.get(id) ?? createEngine(mapRules(knowledgeBase, (rule) => (rule.id === id ? undefined : rule)));
    engines.set(id, engine);
    return engine;
  };
}

function restOf({ evaluation }: Trace, engineWithout: ReturnType<typeof enginesWithout>): RestOf {
  let known: Map<string, Evaluation> | undefined;
  return (values) => {
    const fired = evaluation.rules.filter((rule) => rule.fired);
    known ??= new Map(fired.map(({ rule }) => [rule, engineWithout(rule).evaluate(values)] as const));
    return known;
  };
}

/** What was checked of an explanation. */
export type Checked = {
  readonly conclusions: number;
  /** Those whose deciding premises are necessary. */
  readonly necessary: number;
};

/** @throws where an explanation says what is not so */
export function checkExplanation(random: RandomCase, explanation: Explanation): Checked {
  const checked = checkStatements(random, explanation);
  for (const rule of explanation.rules) checkPath(random, rule);
  for (const output of explanation.outputs) {
    for (const conclusion of output.conclusions) {
      checkDecidingRule(random, output.output, conclusion);
      checkMinimality(random, output.output, conclusion);
    }
    checkUnexpected(random, output);
    checkWants(random, output);
  }
  return checked;
}

/** What is checked of every evaluation: what is enough, what is needed and what each rule contributes. */
function checkStatements(random: RandomCase, explanation: Explanation): Checked {
  let necessary = 0;
  let conclusions = 0;
  checkCompleteness(explanation, random.trace.evaluation, random);
  for (const output of explanation.outputs) {
    for (const conclusion of output.conclusions) {
      conclusions += 1;
      checkSufficiency(random, output.output, conclusion);
      if (checkNecessity(random, explanation, output.output, conclusion)) necessary += 1;
    }
    checkContributions(random, output, random.rest);
  }
  const text = JSON.stringify(explanation);
  must(JSON.stringify(JSON.parse(text)) === text && !/:null\b/.test(text), 'the tree is no plain data');
  return { conclusions, necessary };
}

/**
 * Explains a case and names it where something of the explanation is not so.
 *
 * @param isThorough whether to check what takes many evaluations
 */
export function explainAndCheck(random: RandomCase, isThorough: boolean): Checked {
  try {
    const explanation = explain(random.compiled, random.trace);
    return (isThorough ? checkExplanation : checkStatements)(random, explanation);
  } catch (error) {
    throw new Error(`${random.where}: ${(error as Error).message}`, { cause: error });
  }
}
