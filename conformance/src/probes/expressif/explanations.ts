import type { Question } from '../../expressif/decision.js';
import { type PlacedRuleBase, RULE_MODELS, ruleBase } from '../../expressif/expressif-models.js';
import {
  type ExplainedDecision,
  explained,
  judgeCitations,
  judgeDeciding,
  judgeJustifications,
  judgeTexts,
  judgeWants,
} from '../../expressif/judge-explanation.js';
import { mixed, PROBABILITIES, TRIAGE } from '../../expressif/suite-questions.js';
import { TargetFailure } from '../../run/case-result.js';
import type { Probe } from '../probe.js';
import { RuleRuns } from './rule-runs.js';

const triage = (values: object): readonly [PlacedRuleBase, Question] => [
  ruleBase('triage'),
  { values: { ...TRIAGE, ...values } as Question['values'] },
];
const engine = (label: string, values: Question['values']): readonly [PlacedRuleBase, Question] => [
  ruleBase(label, RULE_MODELS.engine),
  { values },
];

/** Questions on which several rules fire, some do not, and no two premises of a rule hold to the same degree. */
function explainedQuestions(): (readonly [PlacedRuleBase, Question])[] {
  return [
    triage({}),
    triage({ lactate: { value: 3.25, unit: 'mmol/L' }, map: { value: 71, unit: 'mm[Hg]' }, ward: 'intensive' }),
    triage({ lactate: { value: 1.75, unit: 'mmol/L' }, map: { value: 66, unit: 'mm[Hg]' } }),
    engine('chain', { a: 0.75, b: 0.375 }),
    engine('aggregations', { a: 0.625, b: 0.25 }),
    [ruleBase('mixed'), mixed(PROBABILITIES.suspect, 58)],
    [ruleBase('mixed'), mixed(PROBABILITIES.clear, 47)],
  ];
}

const judgedBy =
  (judge: (one: ExplainedDecision) => string, questions = explainedQuestions): Probe =>
  async (context) => {
    const runs = new RuleRuns(context);
    const evidence: string[] = [];
    for (const [base, question] of questions()) {
      const { decision, expected } = await runs.decided(base, { ...question, languages: ['en', 'fr'] });
      evidence.push(`${base.bound.label}: ${judge(explained(decision, base, expected))}`);
    }
    return evidence;
  };

const waiting = () => [triage({ awake: null }), triage({ lactate: { value: 25, unit: 'mmol/L' } })];
/** Those whose rules are of minima and maxima. */
const plain = () => explainedQuestions().filter(([{ bound }]) => bound.label !== 'aggregations');

/** The explanation is there unless nobody wants it, in the languages that are asked for. */
const wishesAreKept: Probe = async (context) => {
  const runs = new RuleRuns(context);
  const base = ruleBase('triage');
  const languagesOf = async (more: Partial<Question>) => {
    const { decision } = await runs.decided(base, { values: TRIAGE, ...more });
    return { languages: Object.keys(decision.text).sort().join(), isThere: decision.explanation !== undefined };
  };
  const expected: readonly (readonly [Partial<Question>, string, boolean])[] = [
    [{}, 'en', true],
    [{ languages: ['fr'] }, 'fr', true],
    [{ languages: ['fr', 'en'] }, 'en,fr', true],
    [{ explain: false, languages: ['fr'] }, '', false],
  ];
  for (const [more, languages, isThere] of expected) {
    const got = await languagesOf(more);
    if (got.isThere !== isThere)
      throw new TargetFailure(`an explanation is ${got.isThere ? '' : 'not '}there for ${JSON.stringify(more)}`);
    if (got.languages !== languages)
      throw new TargetFailure(`the text is in "${got.languages}" for ${JSON.stringify(more)}`);
  }
  return [`${expected.length} wishes, each kept`];
};

/** What the explanation says of where a premise of the model comes from is what the runtime answered. */
const sourcesAreExplained: Probe = async (context) => {
  const runs = new RuleRuns(context);
  const base = ruleBase('mixed');
  for (const probabilities of [PROBABILITIES.suspect, PROBABILITIES.clear]) {
    const { decision, expected, asked } = await runs.decided(base, mixed(probabilities));
    const { explanation } = explained(decision, base, expected);
    const inputs = explanation.rules.flatMap(({ premises }) => premises.flatMap(({ input }) => input ?? []));
    const provenance = asked.at(-1)?.response?.provenance;
    const ofModel = inputs.filter(({ name }) => base.bound.variables[name]?.model !== undefined);
    if (ofModel.length === 0) throw new TargetFailure('no premise of the explanation names an input of the model');
    for (const { name, source } of ofModel) {
      const isRight =
        source?.inputSha256 === provenance?.inputSha256 && source?.model?.packageSha256 === provenance?.packageSha256;
      if (!isRight)
        throw new TargetFailure(
          `the explanation names another source of the input ${name} than the answer of the runtime`,
        );
    }
    const strange = inputs.find(
      ({ name, source }) => base.bound.variables[name]?.model === undefined && source !== undefined,
    );
    if (strange !== undefined)
      throw new TargetFailure(`a model is said to stand behind ${strange.name}, which a caller gave`);
  }
  return ['two answers of the runtime, each named as the source of what it gave'];
};

export const RULE_EXPLANATION_PROBES: Readonly<Record<string, Probe>> = {
  'rule-wishes-are-kept': wishesAreKept,
  'rule-citations-are-right': judgedBy(judgeCitations),
  'rule-deciding-premise-is-right': judgedBy(judgeDeciding, plain),
  'rule-justifications-suffice': judgedBy(judgeJustifications),
  'rule-texts-agree': judgedBy(judgeTexts),
  'rule-wants-are-said': judgedBy(judgeWants, waiting),
  'rule-sources-are-explained': sourcesAreExplained,
};
