import { setTimeout as delay } from 'node:timers/promises';
import { BAD_QUESTIONS, baseOf, CANARIES } from '../../expressif/bad-questions.js';
import { ruleBase } from '../../expressif/expressif-models.js';
import { PATIENT, TRIAGE } from '../../expressif/suite-questions.js';
import { NotJudged, TargetFailure } from '../../run/case-result.js';
import type { Outcome } from '../../targets/target-client.js';
import type { Probe } from '../probe.js';
import { RuleRuns, type RunChanges } from './rule-runs.js';

/** The question `what` is refused for the right reason; the runtime hears nothing of it, and the refusal repeats nothing. */
const questionIsRefused: Probe = async (context) => {
  const runs = new RuleRuns(context);
  const bad = BAD_QUESTIONS[context.with.what as string];
  if (bad === undefined) throw new RangeError('the suite has no such question');
  const outcome = await runs.run(baseOf(bad), bad.make());
  const refusal = runs.refusedAs(outcome, bad.refused);
  repeatsNothing(outcome);
  runs.nothingAsked('the question was refused');
  return [refusal];
};

/** What a refusal may not say of a question: its values, and what would begin a line of its own in a log. */
function repeatsNothing({ message, metadata }: Outcome): void {
  const said = [message, ...Object.values(metadata)].join(' ');
  const found = CANARIES.find((canary) => said.includes(canary));
  if (found !== undefined) throw new TargetFailure('the refusal repeats a value of the question');
  if (/[\u0000-\u001f\u007f]/.test(said)) throw new TargetFailure('the refusal holds a control character');
}

/** Every question that is refused, and one that is answered: none of their values is in the log. */
const logRepeatsNothing: Probe = async (context) => {
  const { launched } = context;
  if (launched === undefined) {
    throw new NotJudged('notApplicable', 'only the log of an adapter that the suite starts is seen');
  }
  const runs = new RuleRuns(context);
  for (const bad of Object.values(BAD_QUESTIONS)) {
    const refused = await runs.run(baseOf(bad), bad.make());
    if (refused.status === 'OK') throw new TargetFailure('a question that is not right was answered');
  }
  const lactate = { value: Number(CANARIES[1]), unit: 'mmol/L' };
  await runs.decided(ruleBase('triage'), { values: { ...TRIAGE, lactate } });
  // What is written may come later than what is answered.
  await delay(runs.within('settling'));
  const log = launched.log.join('\n');
  if (CANARIES.some((canary) => log.includes(canary))) throw new TargetFailure('the log holds a value of a question');
  return [`${launched.log.length} lines without a value of ${Object.keys(BAD_QUESTIONS).length + 1} questions`];
};

/** A right question that is said to be something else, or is sent to nobody; `what` is what is wrong. */
const callIsRefused: Probe = async (context) => {
  const runs = new RuleRuns(context);
  const [changes, refused] = CALLS[context.with.what as string] ?? [];
  if (changes === undefined || refused === undefined) throw new RangeError('the case names no call');
  const refusal = runs.refusedAs(await runs.run(ruleBase('triage'), { values: TRIAGE }, changes), [refused]);
  runs.nothingAsked('the call was refused');
  return [refusal];
};

const CALLS: Readonly<Record<string, readonly [RunChanges, string]>> = {
  'media-type': [{ mediaType: 'application/x-conformance' }, 'INVALID_ARGUMENT / MEDIA_TYPE_UNSUPPORTED'],
  'no-media-type': [{ mediaType: '' }, 'INVALID_ARGUMENT / MEDIA_TYPE_UNSUPPORTED'],
  binding: [{ bindingId: 'conformance-rules/1/no-such-rules' }, 'NOT_FOUND / BINDING_NOT_FOUND'],
  'another-version': [{ bindingId: 'conformance-rules/2/triage' }, 'NOT_FOUND / BINDING_NOT_FOUND'],
};

/** Categories and truths stand for the numbers of the binding, a lone number has no unit, a unit may be written out. */
const valuesAreRead: Probe = async (context) => {
  const runs = new RuleRuns(context);
  const base = ruleBase('triage');
  for (const ward of ['home', 'floor', 'intensive']) {
    for (const awake of [true, false, 'true', { value: false }])
      await runs.decided(base, { values: { ...TRIAGE, ward, awake } });
  }
  await runs.decided(ruleBase('chain'), { values: { a: { value: 0.5, unit: '1' }, b: 0.25 } });
  return ['three categories, truths in four forms, and a bare number with and without its unit'];
};

/** The moment of the question is that of the decision; without one it is now. */
const momentIsOfTheQuestion: Probe = async (context) => {
  const runs = new RuleRuns(context);
  const base = ruleBase('dated');
  const values = { a: { value: 0.5, at: '2019-05-06T07:00:00Z' }, b: 0.25 };
  const { decision } = await runs.decided(base, { values, at: '2019-05-06T09:30:00+02:00' });
  if (Date.parse(decision.at) !== Date.parse('2019-05-06T07:30:00Z')) {
    throw new TargetFailure(`the decision is for ${decision.at}, and the question for another moment`);
  }
  const before = Date.now();
  const { decision: now } = await runs.answered(base, { values });
  const after = Date.now();
  const at = Date.parse(now.at);
  if (!(at >= before - CLOCKS_MS && at <= after + CLOCKS_MS))
    throw new TargetFailure(`a decision without a moment is for ${now.at}`);
  if (now.inputs.a?.absent !== 'expired') throw new TargetFailure('a value of 2019 is not old to a decision for now');
  return ['the moment of the question, and now'];
};
/** By how much two clocks of one machine may differ. */
const CLOCKS_MS = 60_000;

/** A column of the model that a rule reads, too, is said once: both get it. */
const columnsAreSaidOnce: Probe = async (context) => {
  const runs = new RuleRuns(context);
  const { asked } = await runs.decided(ruleBase('convert'), { values: PATIENT });
  const [{ request } = { request: undefined }] = asked;
  const sent = request?.inputs.find(({ name }) => name === 'patient')?.table?.values ?? [];
  const columnOf = (name: string) => sent.find((one) => one.name === name);
  const isRight =
    columnOf('glucose')?.number === 112 &&
    columnOf('glucose')?.unit === 'mg/dL' &&
    columnOf('weight')?.number === 64 &&
    columnOf('sex')?.category === 'male';
  if (!isRight || sent.length !== 3)
    throw new TargetFailure('the runtime got other values of the table than were said');
  return ['three columns to the model, two of them to the rules'];
};

export const RULE_CALLER_PROBES: Readonly<Record<string, Probe>> = {
  'rule-question-is-refused': questionIsRefused,
  'rule-log-repeats-nothing': logRepeatsNothing,
  'rule-call-is-refused': callIsRefused,
  'rule-values-are-read': valuesAreRead,
  'rule-moment-is-of-the-question': momentIsOfTheQuestion,
  'rule-columns-are-said-once': columnsAreSaidOnce,
};
