import type { runtimeV1 } from '@deephealth/proto';
import { fieldAt, mismatch } from '../compare/match-fields.js';
import { evaluate } from '../oracle/evaluate.js';
import { asReceived, prepareInputs } from '../oracle/prepare-inputs.js';
import { TargetFailure } from '../run/case-result.js';
import { askCds, type CdsContext, type CdsHeard } from './ask-cds.js';
import { type CardRule, checkCard } from './card-rules.js';
import { CDS_CLASS, CDS_MODELS, CDS_STEPS } from './cds-models.js';
import type { CdsAsk, CdsExpectation, CdsStep } from './cds-step.js';
import type { LooseJson } from './loose-json.js';
import { checkServices } from './service-rules.js';
import { CDS_DEADLINE_MS } from './suite-clients.js';
import { RIGHT_TABLE } from './suite-patient.js';

const NO_DIGESTS = { package: '', onnx: '' };
/** Of numbers on their way through units and ages; of a score, which passes as it is. */
const TABLE_TOLERANCE = 1e-4;
const AGE_TOLERANCE = 0.05;
const SCORE_TOLERANCE = 1e-6;
/** A right call, to be answered rightly whatever was asked before. */
export const STILL_RIGHT: CdsStep = { ask: { what: 'service' } };

/** Runs a step of CDS Hooks and gives its evidence; throws TargetFailure, or NotJudged. */
export async function runCdsStep({ ask, expect = {} }: CdsStep, context: CdsContext): Promise<string[]> {
  const heard = await askCds(ask, context, ask.what === 'feedback' ? await feedbackOf(ask, context) : undefined);
  const { http, json } = heard;
  const { statuses = [ask.what === 'preflight' ? 204 : 200] } = expect;
  const allowed = ask.what === 'preflight' ? [...statuses, 200] : statuses;
  if (!allowed.includes(http.status)) {
    throw new TargetFailure(`expected status ${statuses.join(' or ')}, got ${http.status} ${shown(http.body)}`);
  }
  const evidence = [`status ${http.status}`, ...checkHeaders(heard, expect), ...checkTexts(heard, expect)];
  if (expect.isInTime) evidence.push(checkTime(heard, context));
  if (expect.outcome) evidence.push(checkOutcome(heard));
  if (expect.reads !== undefined) evidence.push(checkReads(heard, expect.reads));
  if (ask.what === 'service') evidence.push(...checkCall(ask, expect, heard));
  if (ask.what === 'discovery' && http.status === 200) {
    evidence.push(...checkServices(jsonOf(heard), expect.services ?? []));
  }
  if (json === undefined && http.status === 200 && (ask.what === 'service' || ask.what === 'discovery')) {
    throw new TargetFailure('the body is no JSON');
  }
  return evidence;
}

/** Feedback about a card that a right call has just brought; `{card}` and `{suggestion}` stand for its ids. */
async function feedbackOf({ service, body }: CdsAsk, context: CdsContext): Promise<unknown> {
  if (body !== undefined) return undefined;
  const card = onlyCard(await askCds({ what: 'service', ...(service !== undefined && { service }) }, context));
  return {
    feedback: [
      {
        card: card.uuid,
        outcome: 'accepted',
        acceptedSuggestions: [{ id: card.suggestions?.[0]?.uuid ?? 'none' }],
        outcomeTimestamp: new Date().toISOString(),
      },
    ],
  };
}

function jsonOf({ json }: CdsHeard): LooseJson {
  if (json === undefined) throw new TargetFailure('the body is no JSON');
  return json;
}

function cardsOf(heard: CdsHeard): LooseJson[] {
  const cards = jsonOf(heard)?.cards;
  if (!Array.isArray(cards)) throw new TargetFailure('the answer has no list of cards');
  return cards;
}

/** The card of an answer that has one. */
export function onlyCard(heard: CdsHeard): LooseJson {
  const cards = cardsOf(heard);
  if (cards.length !== 1)
    throw new TargetFailure(`the answer has ${cards.length} cards, and there is one thing to say`);
  return cards[0];
}

/** The number on a card, for programs; undefined if it has none. */
export function scoreOn(card: LooseJson): number | undefined {
  const { label, probability } = card?.extension?.['eu.deephealth.finding'] ?? {};
  return label === CDS_CLASS ? probability : undefined;
}

function checkCall(ask: CdsAsk, expect: CdsExpectation, heard: CdsHeard): string[] {
  const { statuses = [200], card: wanted = statuses.includes(200) ? 'right' : 'any', table, rules = [] } = expect;
  const evidence: string[] = [];
  if (table === false) evidence.push(checkNotAsked(heard));
  if (heard.http.status !== 200) return evidence;
  const cards = cardsOf(heard);
  if (wanted === 'none') {
    if (cards.length > 0) throw new TargetFailure(`there is nothing to say, and ${cards.length} cards came`);
    if (table !== undefined && table !== false) evidence.push(checkTable(heard, table));
    return [...evidence, 'no cards'];
  }
  if (wanted === 'no-score') evidence.push(...checkNoScore(onlyCard(heard)));
  if (wanted === 'right') {
    const card = onlyCard(heard);
    if (table !== false) evidence.push(checkTable(heard, table ?? RIGHT_TABLE));
    evidence.push(...checkScore(card, expectedScore(ask, heard), expect.indicator));
  }
  for (const rule of rules) evidence.push(...cards.map((card) => checkCard(card, rule as CardRule)));
  if (rules.length > 0 && cards.length === 0) throw new TargetFailure('there is no card to look at');
  return evidence;
}

function checkNotAsked({ predicts }: CdsHeard): string {
  if (predicts.length > 0) throw new TargetFailure('the runtime was asked with values that were not to be used');
  return 'the runtime was not asked';
}

/** What the runtime was asked with. */
function checkTable({ predicts }: CdsHeard, table: Readonly<Record<string, number | string | null>>): string {
  const values = tableOf(predicts);
  for (const [column, wanted] of Object.entries(table)) {
    const value = values.find(({ name }) => name === column);
    const got = value?.value === 'missing' ? null : (value?.number ?? value?.category ?? value?.boolean);
    // An age may be given in whole years or in parts of them.
    const tolerance = column === 'age' ? AGE_TOLERANCE : TABLE_TOLERANCE * Math.abs(Number(wanted));
    const areNumbers = typeof wanted === 'number' && typeof got === 'number';
    if (areNumbers ? Math.abs(got - wanted) > tolerance : got !== wanted) {
      throw new TargetFailure(
        `the runtime was asked with ${column} ${got === null ? 'unknown' : got}, not ${wanted === null ? 'unknown' : wanted}`,
      );
    }
  }
  return `asked with ${Object.entries(table)
    .map(([column, value]) => `${column} ${value ?? 'unknown'}`)
    .join(', ')}`;
}

function tableOf(predicts: CdsHeard['predicts']): runtimeV1.TableValue__Output[] {
  if (predicts.length !== 1) throw new TargetFailure(`the runtime was asked ${predicts.length} times for one call`);
  const request = predicts[0]?.request as runtimeV1.PredictRequest__Output;
  return request.inputs[0]?.table?.values ?? [];
}

/** What the suite made the runtime say, or what the oracle makes of the values that it was asked with. */
function expectedScore({ runtime }: CdsAsk, { predicts }: CdsHeard): number {
  if (typeof runtime?.probability === 'number') return runtime.probability;
  if (runtime !== undefined) return 0.875;
  const request = predicts[0]?.request as runtimeV1.PredictRequest__Output | undefined;
  if (request === undefined) throw new RangeError('the runtime was not asked');
  return oracleScore(request.inputs);
}

function oracleScore(inputs: readonly runtimeV1.NamedInput__Output[]): number {
  const [model] = CDS_MODELS;
  if (model?.manifest?.inputs === undefined) throw new RangeError('the suite has no model');
  return Number(evaluate(model.graph, prepareInputs(model.manifest.inputs, inputs).tensors).score?.elements[0]);
}

/** What the model makes of a table, by its columns; null for what is unknown. */
export function scoreFor(table: Readonly<Record<string, number | string | null>>): number {
  const values = Object.entries(table).map(([name, value]): runtimeV1.TableValue => {
    if (value === null) return { name, missing: 'MISSING_REASON_UNKNOWN' };
    return typeof value === 'number' ? { name, number: value } : { name, category: value };
  });
  return oracleScore(asReceived({ inputs: [{ name: 'patient', table: { values } }] }).inputs);
}

function checkScore(card: LooseJson, expected: number, indicator?: string): string[] {
  const score = scoreOn(card);
  if (typeof score !== 'number' || Math.abs(score - expected) > SCORE_TOLERANCE) {
    throw new TargetFailure(`the card says ${score ?? 'no number'}, and the runtime said ${expected}`);
  }
  const step = CDS_STEPS.find(({ atLeast }) => expected >= atLeast);
  const wanted = indicator ?? step?.indicator;
  if (card.indicator !== wanted) throw new TargetFailure(`the indicator is ${card.indicator}, and must be ${wanted}`);
  return [`score ${score}`, `indicator ${wanted}`];
}

/** A card that says why there is no number. */
function checkNoScore(card: LooseJson): string[] {
  if (scoreOn(card) !== undefined) throw new TargetFailure('the card has a number, and there is none to have');
  const told = `${card.summary} ${card.detail ?? ''}`;
  const percent = /\d[\d.,]*\s*%/.exec(told)?.[0];
  if (percent !== undefined) throw new TargetFailure(`the card says ${percent}, and there is no number to have`);
  if (card.indicator !== 'info') throw new TargetFailure(`a card without a number has the indicator ${card.indicator}`);
  return ['a card without a number', checkCard(card, 'summary')];
}

function checkHeaders({ http }: CdsHeard, { headers = {}, noHeaders = [] }: CdsExpectation): string[] {
  const evidence = Object.entries(headers).map(([name, matcher]) => {
    const value = fieldAt(http.headers, name);
    const wrong = mismatch(typeof value === 'string' ? value.toLowerCase() : value, matcher, NO_DIGESTS);
    if (wrong !== undefined) throw new TargetFailure(`header ${name}: ${wrong}`);
    return `${name}: ${value}`;
  });
  for (const name of noHeaders) {
    if (http.headers[name] !== undefined) throw new TargetFailure(`the header ${name} is ${http.headers[name]}`);
    evidence.push(`no ${name}`);
  }
  return evidence;
}

function checkTexts(heard: CdsHeard, { says = [], withholds = [] }: CdsExpectation): string[] {
  const body = heard.http.body.toString();
  const missing = says.find((text) => !body.includes(text));
  if (missing !== undefined) throw new TargetFailure(`the answer does not say "${missing}": ${shown(heard.http.body)}`);
  const { patient, accessToken, jwt } = heard;
  const stand: Readonly<Record<string, string>> = { '{patient}': patient.id, '{token}': accessToken, '{jwt}': jwt };
  const leaked = withholds.find((text) => {
    const meant = stand[text] ?? text;
    return meant !== '' && body.includes(meant);
  });
  if (leaked !== undefined) throw new TargetFailure(`the answer holds ${leaked}, which it must not`);
  return [...says.map((text) => `says "${text}"`), ...withholds.map((text) => `withholds ${text}`)];
}

function checkOutcome(heard: CdsHeard): string {
  const { resourceType, issue } = jsonOf(heard);
  const isWhole = resourceType === 'OperationOutcome' && Array.isArray(issue) && issue.length > 0;
  if (!isWhole) throw new TargetFailure('the body of the refusal is no OperationOutcome with an issue');
  return 'an OperationOutcome';
}

function checkReads({ seen, accessToken }: CdsHeard, reads: 'none' | 'some'): string {
  const fhir = seen.filter(({ path }) => path.startsWith('/fhir/'));
  if (reads === 'none') {
    if (fhir.length > 0) throw new TargetFailure(`everything was supplied, and ${fhir.length} reads came all the same`);
    return 'no read';
  }
  if (fhir.length === 0) throw new TargetFailure('the FHIR server was not asked');
  const strange = fhir.find(({ authorization }) => authorization !== `Bearer ${accessToken}`);
  if (strange !== undefined) throw new TargetFailure('a read came without the token of the call');
  return `${fhir.length} reads, each with the token of the call`;
}

function checkTime({ durationMs }: CdsHeard, { timeScale = 1 }: CdsContext): string {
  const limitMs = 2 * CDS_DEADLINE_MS * timeScale;
  if (durationMs > limitMs) throw new TargetFailure(`the answer took ${Math.round(durationMs)} ms`);
  return `after ${Math.round(durationMs)} ms`;
}

function shown(body: Buffer): string {
  return body.toString().slice(0, 160);
}
