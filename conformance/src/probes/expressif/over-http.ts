import { BAD_QUESTIONS, type BadQuestion, baseOf, CANARIES } from '../../expressif/bad-questions.js';
import { comparable } from '../../expressif/comparable-decision.js';
import { type Decision, type Question, readDecision } from '../../expressif/decision.js';
import { expectedDecision } from '../../expressif/expected-decision.js';
import { type PlacedRuleBase, placedBases, RULE_MODELS, ruleBase } from '../../expressif/expressif-models.js';
import { judgeDecision } from '../../expressif/judge-decision.js';
import { mixed, TRIAGE } from '../../expressif/suite-questions.js';
import { EDIT_KEY } from '../../expressif/write-expressif-folder.js';
import { type HttpAnswer, httpExchange } from '../../oip/http-exchange.js';
import { NotJudged, TargetFailure } from '../../run/case-result.js';
import type { Probe, ProbeContext } from '../probe.js';
import { RuleRuns } from './rule-runs.js';

const ROOT = '/v1/rule-bases';
const MOMENT = '2026-03-01T12:00:00Z';
const JSON_HEADERS = { 'content-type': 'application/json' };

interface Summary {
  readonly id: string;
  readonly version: number;
  readonly digest: string;
  readonly rules: number;
  readonly model: { readonly packageSha256: string };
}

interface Detail {
  readonly version: number;
  readonly digest: string;
  readonly inputs: readonly { readonly name: string; readonly unit: string }[];
  readonly blocks: readonly { readonly rules: readonly { readonly id: string; readonly text: string }[] }[];
}

/** The face over HTTP of an adapter that says where it is. */
class RuleFace {
  readonly runs: RuleRuns;

  constructor(context: ProbeContext) {
    this.runs = new RuleRuns(context);
    if (this.runs.http === '') throw new NotJudged('notApplicable', 'the adapter names no face over HTTP');
  }

  ask(method: string, path: string, body?: Buffer | string, authorization?: string): Promise<HttpAnswer> {
    const headers = {
      ...(body !== undefined && JSON_HEADERS),
      ...(authorization !== undefined && { authorization }),
    };
    return httpExchange(
      this.runs.http,
      { method, path, headers, ...(body !== undefined && { body }) },
      this.runs.callMs,
    );
  }

  async read<Answer>(method: string, path: string, body?: Buffer | string, authorization?: string): Promise<Answer> {
    const { status, body: answer } = await this.ask(method, path, body, authorization);
    if (status !== 200) throw new TargetFailure(`${method} ${path}: expected status 200, got ${status}`);
    return parsed<Answer>(answer, `${method} ${path}`);
  }

  detail({ id }: PlacedRuleBase): Promise<Detail> {
    return this.read<Detail>('GET', `${ROOT}/${id}`);
  }

  edit({ id }: PlacedRuleBase, edit: object, authorization?: string): Promise<HttpAnswer> {
    return this.ask('POST', `${ROOT}/${id}/edits`, JSON.stringify(edit), authorization);
  }
}

function parsed<Answer>(body: Buffer, what: string): Answer {
  try {
    return JSON.parse(body.toString()) as Answer;
  } catch {
    throw new TargetFailure(`${what}: the answer is no JSON`);
  }
}

const listsRuleBases: Probe = async (context) => {
  const face = new RuleFace(context);
  const { ruleBases } = await face.read<{ ruleBases?: readonly Summary[] }>('GET', ROOT);
  if (!Array.isArray(ruleBases)) throw new TargetFailure('there is no list "ruleBases"');
  const own = placedBases().filter(({ model }) => model === RULE_MODELS.engine || model === RULE_MODELS.scores);
  for (const { id, text } of own) {
    const found = ruleBases.find((one) => one.id === id);
    const rules = text.split('  rule:').length - 1;
    if (found?.rules !== rules) throw new TargetFailure(`${id} is listed with ${found?.rules} rules, and has ${rules}`);
  }
  const { decision } = await face.runs.decided(ruleBase('mixed'), mixed());
  const { id, version, digest, packageSha256 } = decision.ruleBase;
  const listed = ruleBases.find((one) => one.id === id);
  if (listed?.version !== version || listed.digest !== digest || listed.model?.packageSha256 !== packageSha256) {
    throw new TargetFailure(`${id} is listed with another version, digest or package than its decisions name`);
  }
  return [`${ruleBases.length} rule bases`];
};

const showsTheRules: Probe = async (context) => {
  const face = new RuleFace(context);
  for (const base of [ruleBase('triage'), ruleBase('chain')]) {
    const { inputs, blocks } = await face.detail(base);
    for (const [name, { unit }] of Object.entries(base.bound.variables)) {
      const shown = inputs?.find((one) => one.name === name)?.unit;
      if (shown !== unit) throw new TargetFailure(`the input ${name} is shown in "${shown}", and is in "${unit}"`);
    }
    const question: Question = { values: base.bound.label === 'triage' ? TRIAGE : { a: 0.5, b: 0.25 } };
    const { decision } = await face.runs.decided(base, question);
    const shown = (blocks ?? []).flatMap(({ rules }) => rules.map(({ id }) => id));
    const cited = decision.rules.map(({ id }) => id);
    if (shown.join() !== cited.join())
      throw new TargetFailure(`the rules are shown as ${shown}, and cited as ${cited}`);
  }
  return ['two rule bases, with units, and rules by the ids of their decisions'];
};

const decidesAlike: Probe = async (context) => {
  const face = new RuleFace(context);
  for (const [base, question] of [
    [ruleBase('triage'), { values: TRIAGE }],
    [ruleBase('mixed'), mixed()],
  ] as const) {
    const asked: Question = { ...question, languages: ['en', 'fr'], at: MOMENT, requestId: 'conformance-9' };
    const { decision } = await face.runs.decided(base, asked);
    const over = await face.read<Decision>('POST', `${ROOT}/${base.id}/decisions`, JSON.stringify(asked));
    if (over.at !== decision.at || comparable(over) !== comparable(decision))
      throw new TargetFailure(`${base.id} decides otherwise over HTTP`);
  }
  return ['two questions, answered alike by both faces'];
};

const refusesAlike: Probe = async (context) => {
  const face = new RuleFace(context);
  const bad = BAD_QUESTIONS[context.with.what as string] as BadQuestion;
  const question = bad.make();
  const body = Buffer.isBuffer(question) ? question : JSON.stringify(question);
  const { status, body: answer } = await face.ask('POST', `${ROOT}/${baseOf(bad).id}/decisions`, body);
  if (status < 400 || status > 499) throw new TargetFailure(`expected a status from 400 to 499, got ${status}`);
  const { error } = parsed<{ error?: { code?: string } }>(answer, 'the refusal');
  const codes = bad.refused.map((one) => `DH_${one.split(' / ')[1]}`);
  if (!codes.includes(error?.code ?? ''))
    throw new TargetFailure(`expected the code ${codes.join(' or ')}, got ${error?.code}`);
  if (CANARIES.some((canary) => answer.includes(canary)))
    throw new TargetFailure('the refusal repeats a value of the question');
  face.runs.nothingAsked('the question was refused');
  return [`${status} ${error?.code}`];
};

const edited = () => ruleBase('edited', RULE_MODELS.large);
const QUESTION: Question = { values: { a: 0.875, b: 0.625 }, explain: false };

/** Nothing of the rules has changed since. */
async function unchanged(face: RuleFace, before: Detail, why: string): Promise<void> {
  const { version, digest } = await face.detail(edited());
  if (version !== before.version || digest !== before.digest)
    throw new TargetFailure(`${why}, and the rules are others`);
}

const setWeight = ({ blocks }: Detail, weight: number) => {
  const [{ id } = { id: '' }] = blocks.flatMap(({ rules }) => rules);
  return { kind: 'set-weight', id, weight };
};

const editsNeedTheKey: Probe = async (context) => {
  const face = new RuleFace(context);
  const before = await face.detail(edited());
  const refused: number[] = [];
  for (const authorization of [undefined, 'Bearer another-key-of-nobody-at-all', `Basic ${EDIT_KEY}`, EDIT_KEY]) {
    const { status } = await face.edit(edited(), { changes: [setWeight(before, 0.125)] }, authorization);
    if (status !== 401 && status !== 403) throw new TargetFailure(`a change without the key is answered ${status}`);
    refused.push(status);
    await unchanged(face, before, 'a change without the key was refused');
  }
  return [`refused with ${refused.join(', ')}, and nothing changed`];
};

const editsMakeVersions: Probe = async (context) => {
  const face = new RuleFace(context);
  const base = edited();
  const before = await face.detail(base);
  const told: string[] = [];
  for (const weight of [0.25, 0.375]) {
    const { version: last, digest: lastDigest } = await face.detail(base);
    const { status, body } = await face.edit(
      base,
      { changes: [setWeight(before, weight)], ifVersion: last, author: 'conformance suite', reason: 'a case' },
      `Bearer ${EDIT_KEY}`,
    );
    if (status !== 200) throw new TargetFailure(`a change with the key is answered ${status}`);
    const { version, digest } = parsed<Pick<Detail, 'version' | 'digest'>>(body, 'the change');
    if (version !== last + 1) throw new TargetFailure(`the version after ${last} is ${version}`);
    if (digest === lastDigest) throw new TargetFailure('other rules have the same digest');
    const now = { ...base, text: base.text.replace('with 0.75', `with ${weight}`) };
    const { decision } = await face.runs.decided(now, QUESTION);
    const over = await face.ask('POST', `${ROOT}/${base.id}/decisions`, JSON.stringify(QUESTION));
    const onHttp = readDecision(over.body);
    judgeDecision(onHttp, now, expectedDecision(now, QUESTION));
    for (const { ruleBase: of } of [decision, onHttp]) {
      if (of.version !== version || of.digest !== digest)
        throw new TargetFailure('a decision names another version than the last');
    }
    told.push(`version ${version}: o1 ${decision.outputs.o1?.value?.toFixed(3)}`);
  }
  return told;
};

const editsAreWhole: Probe = async (context) => {
  const face = new RuleFace(context);
  const before = await face.detail(edited());
  const good = setWeight(before, 0.0625);
  const key = `Bearer ${EDIT_KEY}`;
  const wrong = {
    'a change of a rule that is not there beside one that is': { changes: [good, { ...good, id: 'no-such-rule' }] },
    'a change for another version': { changes: [good], ifVersion: before.version + 7 },
  };
  const told: string[] = [];
  for (const [what, edit] of Object.entries(wrong)) {
    const { status } = await face.edit(edited(), edit, key);
    if (status < 400 || status > 499) throw new TargetFailure(`${what} is answered ${status}`);
    await unchanged(face, before, `${what} was refused`);
    told.push(`${what}: ${status}`);
  }
  return told;
};

export const RULE_HTTP_PROBES: Readonly<Record<string, Probe>> = {
  'rule-http-lists': listsRuleBases,
  'rule-http-shows': showsTheRules,
  'rule-http-decides-alike': decidesAlike,
  'rule-http-refuses-alike': refusesAlike,
  'rule-http-edits-need-the-key': editsNeedTheKey,
  'rule-http-edits-make-versions': editsMakeVersions,
  'rule-http-edits-are-whole': editsAreWhole,
};
