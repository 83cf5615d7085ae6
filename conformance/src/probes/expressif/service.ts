import { ERROR_CATALOG, type ErrorCode } from '@deephealth/sdk';
import { comparable } from '../../expressif/comparable-decision.js';
import type { Decision, Question } from '../../expressif/decision.js';
import {
  type PlacedRuleBase,
  placedBases,
  RELATION_MODELS,
  RULE_MODELS,
  ruleBase,
} from '../../expressif/expressif-models.js';
import { mixed, PROBABILITIES, TRIAGE, usual } from '../../expressif/suite-questions.js';
import { TargetFailure } from '../../run/case-result.js';
import { asReceived } from '../../targets/channel-call.js';
import type { ObservedQuestion } from '../../targets/steered-runtime.js';
import type { Probe } from '../probe.js';
import { JSON_TYPE, RuleRuns } from './rule-runs.js';

/** Asked after every case: still alive, and still right. */
const stillRight: Probe = async (context) => {
  const runs = new RuleRuns(context);
  await runs.decided(ruleBase('mixed'), { ...mixed(), explain: false });
  return ['still right'];
};

const bindingsAreListed: Probe = async (context) => {
  const runs = new RuleRuns(context);
  const { capabilities } = await runs.describesItself('expressif');
  const isExpected = (model: string) => capabilities.includes('relations') || !RELATION_MODELS.includes(model);
  const expected = placedBases().filter(({ model }) => isExpected(model));
  const count = await runs.listsBindings(expected, [JSON_TYPE], JSON_TYPE);
  return [`${count} rule bases, each with its package`];
};

/** What a decision says of the rules that it was made by. */
const decisionsAreWhole: Probe = async (context) => {
  const runs = new RuleRuns(context);
  const digests = new Map<string, string>();
  /** Some rules of each do not fire. */
  const questions = new Map<PlacedRuleBase, Question>([
    [ruleBase('triage'), { values: { ...TRIAGE, lactate: { value: 6, unit: 'mmol/L' } } }],
    [ruleBase('chain'), { values: { a: 0, b: 0.25 } }],
    [ruleBase('mixed'), mixed(PROBABILITIES.clear, 85)],
  ]);
  const bases = [...questions.keys()];
  for (const base of [...bases, ...bases]) {
    const { decision } = await runs.decided(base, { ...(questions.get(base) as Question), requestId: 'conformance-7' });
    const { ruleBase: of, requestId } = decision;
    if (of.packageSha256 !== runs.packageOf(base.model))
      throw new TargetFailure('the decision names another package than that of its rules');
    if (of.version !== 1)
      throw new TargetFailure(`the rules are as the package has them, and called version ${of.version}`);
    if (of.title !== base.bound.title) throw new TargetFailure(`the rule base is called "${of.title}"`);
    if (requestId !== 'conformance-7') throw new TargetFailure('the decision has another id than the question');
    if ((digests.get(base.id) ?? of.digest) !== of.digest) throw new TargetFailure('the same rules have two digests');
    digests.set(base.id, of.digest);
  }
  if (new Set(digests.values()).size !== bases.length) throw new TargetFailure('different rules have one digest');
  const { decision } = await runs.decided(ruleBase('triage'), { values: TRIAGE });
  const { decision: next } = await runs.decided(ruleBase('triage'), { values: TRIAGE });
  if (decision.requestId === next.requestId) throw new TargetFailure('two questions without an id have one');
  return [`${bases.length} rule bases, each with its package and a digest of its own`];
};

/** Rules that read no model need no runtime. */
const modelIsNotAsked: Probe = async (context) => {
  const runs = new RuleRuns(context);
  const { runs: of, decision } = await runs.decided(ruleBase('triage'), { values: TRIAGE });
  runs.nothingAsked('these rules read no model');
  if (of.length > 0) throw new TargetFailure('an answer of the runtime is named that nobody asked for');
  const strange = Object.entries(decision.inputs).find(([, { model }]) => model !== undefined);
  if (strange !== undefined) throw new TargetFailure(`a model is said to stand behind ${strange[0]}`);
  return ['no question to the runtime, and none named'];
};

/** What the runtime is asked. */
const modelIsAskedOnce: Probe = async (context) => {
  const runs = new RuleRuns(context);
  for (const [label, model, output] of [
    ['mixed', RULE_MODELS.scores, 'finding'],
    ['convert', RULE_MODELS.table, 'measures'],
    ['extent', RULE_MODELS.volume, 'parts'],
  ] as const) {
    const { asked } = await runs.decided(ruleBase(label, model), usual(model));
    const [{ request } = { request: undefined }] = asked;
    if (request === undefined || asked.length !== 1)
      throw new TargetFailure(`the runtime was asked ${asked.length} times`);
    if (request.modelName !== model || !['1', ''].includes(request.modelVersion))
      throw new TargetFailure('another model was asked');
    if (request.expectedPackageSha256 !== runs.packageOf(model)) {
      throw new TargetFailure('the runtime was not told which package the rules were made for');
    }
    if (request.outputs.length > 0 && request.outputs.join() !== output)
      throw new TargetFailure('other outputs were asked for');
  }
  return ['three models, each asked once and by the package that its rules were made for'];
};

/** An error of the runtime ends the question under its own name; no decision is made without it. */
const errorsArrive: Probe = async (context) => {
  const runs = new RuleRuns(context);
  const code = context.with.code as ErrorCode;
  const refuse = { code, message: 'Made for the conformance suite.' };
  const outcome = await runs.runtime.while({ refuse }, () => runs.run(ruleBase('mixed'), mixed()));
  if (runs.asked.length === 0) throw new TargetFailure('the runtime was not asked');
  return [runs.refusedAs(outcome, [`${ERROR_CATALOG[code].grpc} / ${code.replace(/^DH_/, '')}`])];
};

/** Each answer of the runtime is named with its provenance, and stands behind what it gave. */
const answersAreNamed: Probe = async (context) => {
  const runs = new RuleRuns(context);
  const base = ruleBase('mixed');
  for (const probabilities of [PROBABILITIES.suspect, PROBABILITIES.clear]) {
    const { decision, runs: of, asked } = await runs.decided(base, mixed(probabilities));
    const { request, response } = asked[0] as ObservedQuestion;
    const [run] = of;
    if (run === undefined || of.length !== 1)
      throw new TargetFailure(`${of.length} answers of the runtime are named, and one was given`);
    const given = asReceived<{ provenance: object }>('Predict', 'response', response as object).provenance;
    if (run.requestId !== request.requestId || JSON.stringify(run.provenance) !== JSON.stringify(given)) {
      throw new TargetFailure('the provenance that is named is not that of the answer');
    }
    for (const [name, { model }] of Object.entries(base.bound.variables)) {
      const source = decision.inputs[name]?.model;
      if (model === undefined ? source !== undefined : source === undefined) {
        throw new TargetFailure(`what stands behind the input ${name} is not said, or is somebody else`);
      }
      if (model === undefined || source === undefined) continue;
      const { modelName, modelVersion, packageSha256, inputSha256 } = response?.provenance ?? {};
      const isRight =
        source.model.name === modelName &&
        source.model.version === modelVersion &&
        source.model.packageSha256 === packageSha256 &&
        source.inputSha256 === inputSha256 &&
        source.requestId === request.requestId &&
        source.output === model.output;
      if (!isRight)
        throw new TargetFailure(`the input ${name} is said to rest on another answer than that which gave it`);
    }
  }
  return ['two answers, each behind what it gave'];
};

/** What the runtime warns of is told word for word. */
const warningsAreKept: Probe = async (context) => {
  const runs = new RuleRuns(context);
  const base = ruleBase('convert');
  const values = { ...usual(RULE_MODELS.table).values, weight: null, glucose: { value: 112, unit: 'mg/dL' } };
  const { decision, asked } = await runs.decided(base, { values });
  const given = asked[0]?.response?.warnings ?? [];
  if (given.length < 2) throw new RangeError('the runtime of the suite has warned of too little');
  const text = (all: readonly { kind?: unknown; field?: unknown; message?: unknown }[]) =>
    all.map(({ kind, field, message }) => JSON.stringify([kind, field, message])).sort();
  const [told, must] = [text(decision.warnings), text(given)];
  const missing = must.find((one) => !told.includes(one));
  if (missing !== undefined) throw new TargetFailure(`the runtime warns of ${missing}, and the decision does not`);
  if (told.length !== must.length) throw new TargetFailure('the decision warns of what the runtime does not');
  return [`${must.length} warnings, word for word`];
};

/** The same question gives the same decision, but for its ids and times. */
const sameQuestionSameDecision: Probe = async (context) => {
  const runs = new RuleRuns(context);
  const ask = async (): Promise<string> => {
    const question: Question = {
      ...mixed(),
      languages: ['en', 'fr'],
      requestId: 'conformance-8',
      at: '2026-03-01T12:00:00Z',
    };
    const { decision } = await runs.decided(ruleBase('mixed'), question);
    return comparable(decision);
  };
  const [first, ...others] = [await ask(), await ask(), await ask()];
  if (others.some((one) => one !== first)) throw new TargetFailure('the same question was answered in two ways');
  return ['three answers, the same but for ids and times'];
};

/** An answer is made anew: what the model says now counts, not what it said before. */
const nothingIsRemembered: Probe = async (context) => {
  const runs = new RuleRuns(context);
  const base = ruleBase('mixed');
  const first = await runs.decided(base, mixed());
  const changed = [0.8125, 0.125, 0.0625];
  const second = await runs.runtime.while(
    {
      change: (response) => ({
        ...response,
        findings: (response.findings ?? []).map((finding) => ({
          ...finding,
          classification: {
            ...finding.classification,
            classes: (finding.classification?.classes ?? []).map((one, index) => ({
              ...one,
              probability: changed[index] as number,
            })),
          },
        })),
      }),
    },
    () => runs.decided(base, mixed()),
  );
  const riskOf = ({ decision }: { decision: Decision }) => decision.outputs.risk?.value;
  if (riskOf(first) === riskOf(second))
    throw new TargetFailure('the model answers otherwise, and the decision is the old one');
  return [`risk ${riskOf(first)?.toFixed(3)}, then ${riskOf(second)?.toFixed(3)}`];
};

export const RULE_SERVICE_PROBES: Readonly<Record<string, Probe>> = {
  'rule-still-right': stillRight,
  'rule-bindings-are-listed': bindingsAreListed,
  'rule-decisions-are-whole': decisionsAreWhole,
  'rule-model-is-not-asked': modelIsNotAsked,
  'rule-model-is-asked-once': modelIsAskedOnce,
  'rule-errors-arrive': errorsArrive,
  'rule-answers-are-named': answersAreNamed,
  'rule-warnings-are-kept': warningsAreKept,
  'rule-same-question-same-decision': sameQuestionSameDecision,
  'rule-nothing-is-remembered': nothingIsRemembered,
};
