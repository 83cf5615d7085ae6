import type { adapterV1, runtimeV1 } from '@deephealth/proto';
import { ERROR_CATALOG } from '@deephealth/sdk';
import type { Question } from '../../expressif/decision.js';
import { RULE_MODELS, type RuleModel, ruleBase } from '../../expressif/expressif-models.js';
import { isNear } from '../../expressif/judge-decision.js';
import { FINDING, MEASURES } from '../../expressif/model-rules.js';
import {
  BODIES,
  mixed,
  PATIENT,
  PICTURES,
  PROBABILITIES,
  pictured,
  scanned,
  scored,
} from '../../expressif/suite-questions.js';
import { NotJudged, TargetFailure } from '../../run/case-result.js';
import type { Probe } from '../probe.js';
import { RuleRuns } from './rule-runs.js';

/** Probabilities of the model as degrees of terms, by the transform that the binding declares. */
const degreesAreTransformed: Probe = async (context) => {
  const runs = new RuleRuns(context);
  const base = ruleBase(context.with.transform as string, RULE_MODELS.scores);
  const some = [PROBABILITIES.clear, PROBABILITIES.suspect, PROBABILITIES.equal, [0, 0, 1], [0.5, 0.5, 0]];
  for (const probabilities of some) await runs.decided(base, scored(probabilities));
  return [`${some.length} answers of the model, each as four degrees`];
};

/** Numbers of the model in the units of the rules. */
const valuesAreConverted: Probe = async (context) => {
  const runs = new RuleRuns(context);
  for (const glucose of [80, 112, 240]) {
    await runs.decided(ruleBase('convert'), { values: { ...PATIENT, glucose: { value: glucose, unit: 'mg/dL' } } });
  }
  for (const probabilities of Object.values(PROBABILITIES).slice(0, 3)) {
    await runs.decided(ruleBase('mixed'), mixed(probabilities));
  }
  return ['doses, ratios and probabilities in the units of the rules'];
};

const extentsAreRead: Probe = async (context) => {
  const runs = new RuleRuns(context);
  await runs.decided(ruleBase('extent', RULE_MODELS.picture), pictured('stretched'));
  await runs.decided(ruleBase('extent', RULE_MODELS.volume), scanned('stretched'));
  const { decision } = await runs.decided(ruleBase('extent', RULE_MODELS.picture), pictured('unmeasured'));
  return [`an area, a volume, and of a picture of no size ${decision.inputs.size?.absent}`];
};

/** What the model does not know, rules do not either. */
const abstentionIsKept: Probe = async (context) => {
  const runs = new RuleRuns(context);
  const { decision } = await runs.decided(ruleBase('mixed'), mixed(PROBABILITIES.torn));
  const { risk, recall } = decision.outputs;
  if (recall?.status !== 'determinate')
    throw new TargetFailure('an output that asks nothing of the model has no value');
  return [`risk: ${risk?.reason} by ${risk?.variable}; recall is there`];
};

type Change = (response: runtimeV1.PredictResponse) => runtimeV1.PredictResponse;
const measures =
  (values: readonly runtimeV1.RegressionValue[]): Change =>
  (response) => ({ ...response, findings: [{ name: MEASURES, regression: { values: [...values] } }] });
const classes =
  (values: readonly runtimeV1.ClassProbability[]): Change =>
  (response) => ({ ...response, findings: [{ name: FINDING, classification: { classes: [...values] } }] });
const RATIO = { label: 'ratio', value: 0.5, unit: '1' };

/** Values that no rule may turn into a number. */
const STRANGE: Readonly<Record<string, Change>> = {
  'not-a-number': measures([{ label: 'dose', value: Number.NaN, unit: 'mg' }, RATIO]),
  infinite: measures([{ label: 'dose', value: Number.POSITIVE_INFINITY, unit: 'mg' }, RATIO]),
  'out-of-range': measures([{ label: 'dose', value: 5_000, unit: 'mg' }, RATIO]),
};

/** A number of the model that is none, or lies outside the range of the rules. */
const strangeValueIsSaid: Probe = async (context) => {
  const runs = new RuleRuns(context);
  const change = STRANGE[context.with.what as string] as Change;
  const { decision } = await runs.runtime.while({ change }, () =>
    runs.answered(ruleBase('convert'), { values: PATIENT }),
  );
  const { o1, o2 } = decision.outputs;
  const expected = context.with.what === 'out-of-range' ? ['out-of-range'] : ['not-a-number', 'out-of-range'];
  if (o1?.status !== 'indeterminate' || !expected.includes(o1.reason ?? '') || o1.variable !== 'dose') {
    throw new TargetFailure(
      `o1 must be indeterminate (${expected.join(' or ')}) by dose, and is ${o1?.value ?? o1?.reason}`,
    );
  }
  if (!isNear(o2?.value ?? Number.NaN, 5)) throw new TargetFailure('an output that does not rest on it is another one');
  return [`o1: ${o1.reason} by ${o1.variable}; o2 is there`];
};

/** Answers that are not what the manifest promises. */
const WRONG: Readonly<Record<string, readonly [base: string, Change]>> = {
  'another-unit': ['convert', measures([{ label: 'dose', value: 0.5, unit: 'g' }, RATIO])],
  'no-such-value': ['convert', measures([RATIO])],
  'no-such-class': ['mixed', classes([{ label: 'benign', probability: 1 }])],
  'no-finding': ['mixed', (response) => ({ ...response, findings: [] })],
  'another-package': [
    'mixed',
    (response) => ({ ...response, provenance: { ...response.provenance, packageSha256: '0'.repeat(64) } }),
  ],
  'another-request': ['mixed', (response) => ({ ...response, requestId: 'another-request' })],
};

const wrongAnswerIsRefused: Probe = async (context) => {
  const runs = new RuleRuns(context);
  const [label, change] = WRONG[context.with.what as string] as (typeof WRONG)[string];
  const question: Question = label === 'convert' ? { values: PATIENT } : mixed();
  const outcome = await runs.runtime.while({ change }, () => runs.run(ruleBase(label), question));
  if (runs.asked.length === 0) throw new TargetFailure('the runtime was not asked');
  return [runs.refusedAs(outcome, [`${ERROR_CATALOG.DH_RESPONSE_INVALID.grpc} / RESPONSE_INVALID`])];
};

/** How the parts of a picture or a body lie to each other. */
const relationsAreRight: Probe = async (context) => {
  const runs = new RuleRuns(context);
  await declaresRelations(runs);
  const { label, picture, body } = context.with as { readonly label: string; picture?: string; body?: string };
  const model: RuleModel = body === undefined ? RULE_MODELS.pictureRelations : RULE_MODELS.volumeRelations;
  const isKnown = body === undefined ? PICTURES[picture ?? ''] !== undefined : BODIES[body] !== undefined;
  if (!isKnown) throw new RangeError('the case names no picture and no body of the suite');
  const question = body === undefined ? pictured(picture as string) : scanned(body);
  const { decision } = await runs.decided(ruleBase(label, model), question);
  return Object.entries(decision.inputs).map(
    ([name, { degrees, absent }]) => `${name}: ${degrees?.holds?.toFixed(3) ?? absent}`,
  );
};

async function declaresRelations(runs: RuleRuns): Promise<void> {
  const { capabilities } = await runs.ask<adapterV1.DescribeResponse__Output>('Describe');
  if (!capabilities.includes('relations')) {
    throw new NotJudged('unsupported', 'the target does not declare the capability "relations"');
  }
}

export const RULE_SEAM_PROBES: Readonly<Record<string, Probe>> = {
  'rule-degrees-are-transformed': degreesAreTransformed,
  'rule-values-are-converted': valuesAreConverted,
  'rule-extents-are-read': extentsAreRead,
  'rule-abstention-is-kept': abstentionIsKept,
  'rule-strange-value-is-said': strangeValueIsSaid,
  'rule-wrong-answer-is-refused': wrongAnswerIsRefused,
  'rule-relations-are-right': relationsAreRight,
};
