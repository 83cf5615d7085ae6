import { RULE_MODELS, ruleBase } from '../../expressif/expressif-models.js';
import { LARGE_RULES } from '../../expressif/large-rules.js';
import { numberQuestions } from '../../expressif/suite-questions.js';
import { UNKNOWN_QUESTIONS } from '../../expressif/unknown-questions.js';
import { TargetFailure } from '../../run/case-result.js';
import type { Probe } from '../probe.js';
import { RuleRuns } from './rule-runs.js';

/** Questions that are under way at a time. */
const AT_ONCE = 4;

/** Every output, rule and input of many questions to the rule base `base`. */
const rulesAreEvaluated: Probe = async (context) => {
  const runs = new RuleRuns(context);
  const base = ruleBase(context.with.base as string, RULE_MODELS.engine);
  const questions = numberQuestions(base.bound.label);
  const left = [...questions];
  const work = async () => {
    for (let question = left.shift(); question !== undefined; question = left.shift())
      await runs.decided(base, question);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  runs.nothingAsked('these rules read no model');
  return [`${questions.length} questions, each output, rule and input as the suite evaluates it`];
};

/** The question `what`, in which something is not known. */
const unknownIsSaid: Probe = async (context) => {
  const runs = new RuleRuns(context);
  const found = UNKNOWN_QUESTIONS[context.with.what as string];
  if (found === undefined) throw new RangeError('the suite has no such question');
  const { decision } = await runs.decided(ruleBase(found.base, RULE_MODELS.engine), found.question);
  return Object.entries(decision.outputs).map(
    ([name, { status, reason, source }]) => `${name}: ${status} (${reason ?? source})`,
  );
};

/** What rules gave before is no answer to a question that is about somebody else. */
const nothingIsKept: Probe = async (context) => {
  const runs = new RuleRuns(context);
  const base = ruleBase('fallback', RULE_MODELS.engine);
  await runs.decided(base, { values: { a: 0.75, b: 0.75 } });
  const { decision } = await runs.decided(base, { values: { a: 0.25, b: 0.25 } });
  return [`after a question with a value: ${decision.outputs.o3?.status}`];
};

const manyRules: Probe = async (context) => {
  const runs = new RuleRuns(context);
  const base = ruleBase('large');
  const { decision } = await runs.decided(base, { values: { x: 12.25, y: 70.75 }, explain: false });
  if (decision.rules.length !== LARGE_RULES) {
    throw new TargetFailure(`${decision.rules.length} of ${LARGE_RULES} rules are told of`);
  }
  return [`a question to ${LARGE_RULES} rules`];
};

export const RULE_NUMBER_PROBES: Readonly<Record<string, Probe>> = {
  'rule-evaluation-is-right': rulesAreEvaluated,
  'rule-unknown-is-said': unknownIsSaid,
  'rule-nothing-is-kept': nothingIsKept,
  'rule-many-rules': manyRules,
};
