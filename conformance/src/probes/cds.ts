import { randomUUID } from 'node:crypto';
import { askCds, behaviourOf, type CdsHeard, cdsPath, cdsTarget, madeScore, tokenFor } from '../cds/ask-cds.js';
import { CDS_MODEL } from '../cds/cds-models.js';
import type { CdsAsk } from '../cds/cds-step.js';
import { onlyCard, scoreFor, scoreOn } from '../cds/run-cds-step.js';
import { CDS_MAX_BODY_BYTES, CDS_MAX_IN_FLIGHT } from '../cds/suite-clients.js';
import { RIGHT_TABLE } from '../cds/suite-patient.js';
import { httpExchange } from '../oip/http-exchange.js';
import { NotJudged, TargetFailure } from '../run/case-result.js';
import { TIMEOUTS_MS } from '../run/timeouts.js';
import type { Probe, ProbeContext } from './probe.js';

/** What a client still calls quick, in ms (CDS Hooks 2.0, Calling a CDS Service). */
const QUICK_MS = 500;
const CALLS = 5;
const TOGETHER = 6;
/** Long enough that all calls are there before one is answered. */
const HELD_MS = 400;

const SERVICE: CdsAsk = { what: 'service' };
const deadline = ({ timeScale = 1 }: ProbeContext) => TIMEOUTS_MS.call * timeScale;
const ask = (context: ProbeContext, one: CdsAsk) => askCds(one, { ...context, deadlineMs: deadline(context) });

function mustBe(heard: CdsHeard, statuses: readonly number[], what: string): void {
  if (!statuses.includes(heard.http.status)) {
    throw new TargetFailure(`${what}: expected status ${statuses.join(' or ')}, got ${heard.http.status}`);
  }
}

/** The usual time of a call that asks for nothing slow. */
const quick: Probe = async (context) => {
  const times: number[] = [];
  for (let call = 0; call < CALLS; call++) {
    const heard = await ask(context, SERVICE);
    onlyCard(heard);
    times.push(heard.durationMs);
  }
  const median = Math.round(times.sort((a, b) => a - b)[CALLS >> 1] as number);
  const limit = QUICK_MS * (context.timeScale ?? 1);
  if (median > limit) throw new TargetFailure(`a call takes ${median} ms`);
  return [`a call takes ${median} ms`];
};

/** The very same token, again. */
const tokenIsForOnce: Probe = async (context) => {
  const { baseUrl } = cdsTarget(context);
  const jwt = tokenFor('sandbox', `${baseUrl}${cdsPath(SERVICE)}`, cdsTarget(context));
  const again: CdsAsk = { ...SERVICE, headers: { authorization: `Bearer ${jwt}` } };
  mustBe(await ask(context, again), [200], 'a new token');
  mustBe(await ask(context, again), [401, 403], 'the same token again');
  return ['taken once, and refused when it came again'];
};

/** Each call reads with its own token; a call that brings none reads nothing. */
const tokensAreOfTheirCalls: Probe = async (context) => {
  const unsupplied: CdsAsk = { ...SERVICE, prefetch: { vitals: 'absent' } };
  for (let call = 0; call < 2; call++) {
    const heard = await ask(context, { ...unsupplied, fhir: true });
    mustBe(heard, [200], 'a call with a token');
    const strange = heard.seen.find(({ authorization }) => authorization !== `Bearer ${heard.accessToken}`);
    if (heard.seen.length === 0 || strange !== undefined) {
      throw new TargetFailure('a read came with another token than that of the call');
    }
  }
  const without = await ask(context, unsupplied);
  mustBe(without, [412], 'a call without a token');
  if (without.seen.length > 0) throw new TargetFailure('a call that brought no token was read for with an old one');
  return ['two calls, each read with its own token', 'one without a token, not read'];
};

/** A page that lies somewhere else is not fetched with the token. */
const tokenStaysAtItsServer: Probe = async (context) => {
  const { ehr } = cdsTarget(context);
  const elsewhere = `${ehr.url.replace('127.0.0.1', 'localhost')}/elsewhere`;
  const heard = await ask(context, {
    ...SERVICE,
    fhir: true,
    set: { '/prefetch/labs/link': [{ relation: 'next', url: elsewhere }] },
  });
  const leaked = heard.seen.find(({ path, authorization }) => path === '/elsewhere' && authorization !== '');
  if (leaked !== undefined) throw new TargetFailure('the token of the FHIR server went to another server');
  if (heard.http.status >= 500) throw new TargetFailure(`it fails with ${heard.http.status}`);
  return [`status ${heard.http.status}, and no token went elsewhere`];
};

/** A key set that a token names, and that nobody agreed on, is not even fetched. */
const foreignKeysAreNotFetched: Probe = async (context) => {
  const heard = await ask(context, { ...SERVICE, token: 'foreign-key-set' });
  mustBe(heard, [401, 403], 'a token with a foreign key set');
  if (heard.seen.length > 0) throw new TargetFailure('the key set that the token names was fetched');
  return [`status ${heard.http.status}`, 'the key set was not fetched'];
};

/** Calls at the same time, each about its own patient. */
const callsKeepApart: Probe = async (context) => {
  const pressures = Array.from({ length: TOGETHER }, (_, index) => 110 + 10 * index);
  const cards = await Promise.all(
    pressures.map(async (value) =>
      onlyCard(await ask(context, { ...SERVICE, patient: { vitals: [{ code: 'systolic', value, unit: 'mm[Hg]' }] } })),
    ),
  );
  for (const [index, card] of cards.entries()) {
    const expected = scoreFor({ ...RIGHT_TABLE, systolic: pressures[index] as number });
    const score = scoreOn(card);
    // An age may be given in parts of years.
    if (score === undefined || Math.abs(score - expected) > 2e-3) {
      throw new TargetFailure(`of ${TOGETHER} calls one got the score ${score}, and its own is ${expected}`);
    }
  }
  return [`${TOGETHER} calls at a time, each with its own score`];
};

/** One hookInstance about two patients: it tells nothing. */
const instanceTellsNothing: Probe = async (context) => {
  const set = { '/hookInstance': randomUUID() };
  for (const value of [120, 170]) {
    const vitals = [{ code: 'systolic', value, unit: 'mm[Hg]' }];
    const heard = await ask(context, { ...SERVICE, set, patient: { vitals } });
    mustBe(heard, [200], 'a call with a hookInstance that came before');
    const expected = scoreFor({ ...RIGHT_TABLE, systolic: value });
    const score = scoreOn(onlyCard(heard));
    if (score === undefined || Math.abs(score - expected) > 2e-3) {
      throw new TargetFailure(`the score is ${score}, and of this patient it is ${expected}`);
    }
  }
  return ['two patients under one hookInstance, each with its own score'];
};

/** On a machine that does other things, calls may come so slowly that no two of them meet: then more are sent. */
const OVERLOAD_TRIES = 3;

/** More calls than are answered at a time: what is refused says when to come again, nothing is late or wrong. */
const overloadIsSaid: Probe = async (context) => {
  const target = cdsTarget(context);
  const undo = target.runtime.behave({ model: CDS_MODEL, answer: madeScore(target, 0.8125), delayMs: HELD_MS });
  try {
    let sent = 0;
    for (let attempt = 1; attempt <= OVERLOAD_TRIES; attempt++) {
      const { answered, refused } = await sendMany(context, 2 * attempt * CDS_MAX_IN_FLIGHT);
      sent = answered + refused;
      if (refused > 0) return [`${answered} answered, ${refused} refused with Retry-After`];
    }
    throw new TargetFailure(`${sent} calls at a time were all taken`);
  } finally {
    undo();
  }
};

/** So many calls at the same time, each answered rightly or refused as it must be. */
async function sendMany(context: ProbeContext, count: number): Promise<{ answered: number; refused: number }> {
  const all = await Promise.all(Array.from({ length: count }, () => ask(context, SERVICE)));
  const answered = all.filter(({ http }) => http.status === 200);
  const refused = all.filter(({ http }) => http.status === 503 || http.status === 429);
  if (answered.length + refused.length < all.length) throw new TargetFailure('a call was neither answered nor refused');
  for (const one of answered) {
    if (scoreOn(onlyCard(one)) !== 0.8125) throw new TargetFailure('a call got a wrong number under load');
  }
  if (answered.length === 0) throw new TargetFailure('no call was answered');
  if (refused.some(({ http }) => http.headers['retry-after'] === undefined)) {
    throw new TargetFailure('a refusal does not say when to come again (Retry-After)');
  }
  return { answered: answered.length, refused: refused.length };
}

/** The card of the model is where the source of a card says. */
const sourceCanBeRead: Probe = async (context) => {
  const { source } = onlyCard(await ask(context, SERVICE));
  const other = onlyCard(await ask(context, SERVICE)).source;
  if (source.url !== other.url) throw new TargetFailure('the URL of the source is another one for another patient');
  const url = new URL(source.url);
  const { status, body } = await httpExchange(url.origin, { method: 'GET', path: url.pathname }, deadline(context));
  if (status !== 200 || body.length === 0) throw new TargetFailure(`the URL of the source is answered with ${status}`);
  return [`${body.length} bytes at the URL of the source`];
};

const uuidsDiffer: Probe = async (context) => {
  const uuids = [onlyCard(await ask(context, SERVICE)).uuid, onlyCard(await ask(context, SERVICE)).uuid];
  if (uuids[0] === undefined || uuids[0] === uuids[1]) throw new TargetFailure('two cards have one uuid');
  return ['two cards, two uuids'];
};

/** The same feedback twice, as a client sends it that has heard no answer. */
const feedbackMayCome: Probe = async (context) => {
  const card = onlyCard(await ask(context, SERVICE));
  const entry = {
    card: card.uuid,
    outcome: 'accepted',
    acceptedSuggestions: [{ id: card.suggestions?.[0]?.uuid ?? 'none' }],
    outcomeTimestamp: new Date().toISOString(),
  };
  const other = { ...entry, card: onlyCard(await ask(context, SERVICE)).uuid };
  for (const feedback of [
    [entry, other],
    [entry, other],
  ]) {
    const heard = await askCds({ what: 'feedback' }, { ...context, deadlineMs: deadline(context) }, { feedback });
    mustBe(heard, [200], 'feedback about two cards');
  }
  return ['feedback about two cards was taken, twice'];
};

/** What the log of a process that the suite has started must not hold. */
const logHoldsNobody: Probe = async (context) => {
  const { launched } = context;
  if (launched === undefined)
    throw new NotJudged('notApplicable', 'only the log of a target that the suite starts is seen');
  const calls = [
    await ask(context, SERVICE),
    await ask(context, { ...SERVICE, fhir: true, prefetch: { vitals: 'absent' } }),
    await ask(context, { ...SERVICE, fhir: true, prefetch: { vitals: 'absent' }, fhirFault: 500 }),
    await ask(context, { ...SERVICE, token: 'expired' }),
    await ask(context, { ...SERVICE, remove: ['/context/userId'] }),
  ];
  const secrets = calls.flatMap(({ jwt, accessToken, patient }) => [jwt, accessToken, patient.id]);
  const log = launched.log.join('\n');
  const leaked = secrets.find((secret) => secret !== '' && log.includes(secret));
  if (leaked !== undefined) throw new TargetFailure('the log holds a token or whom a call is about');
  return [`${launched.log.length} lines without a token or a patient`];
};

/** The runtime refuses and says more than a clinician should see. */
const runtimeDetailsStay: Probe = async (context) => {
  const target = cdsTarget(context);
  const { runtime } = target;
  const undo = runtime.behave(behaviourOf({ refuses: 'DH_MODEL_NOT_FOUND' }, target));
  try {
    const heard = await ask(context, SERVICE);
    if (heard.http.status < 500) throw new TargetFailure(`expected a status from 500 on, got ${heard.http.status}`);
    if (heard.http.body.includes(runtime.address)) throw new TargetFailure('the answer says where the runtime is');
    return [`status ${heard.http.status}, without the address of the runtime`];
  } finally {
    undo();
  }
};

/** A body beyond what the settings allow. */
const tooLargeIsSaid: Probe = async (context) => {
  const set = { '/extension': { 'org.example.padding': { text: 'x'.repeat(CDS_MAX_BODY_BYTES) } } };
  let heard: CdsHeard;
  try {
    heard = await ask(context, { ...SERVICE, set });
  } catch (failed) {
    // To end the connection is how some servers refuse to read on.
    if (failed instanceof TargetFailure && /EPIPE|ECONNRESET|socket hang up/.test(failed.message)) {
      return ['the connection was ended before all was read'];
    }
    throw failed;
  }
  mustBe(heard, [413, 400], 'a body that is too large');
  if (heard.predicts.length > 0) throw new TargetFailure('the runtime was asked for a call that was refused');
  return [`status ${heard.http.status}`];
};

const nothingByItself: Probe = async (context) => {
  const { json } = await ask(context, SERVICE);
  const actions = (json as { systemActions?: unknown[] } | undefined)?.systemActions;
  if (!Array.isArray((json as { cards?: unknown } | undefined)?.cards)) throw new TargetFailure('there are no cards');
  if (actions !== undefined) throw new TargetFailure('systemActions came, on which nobody agreed');
  return ['cards, and no systemActions'];
};

/** Checks of a service of CDS Hooks that take more than one call, or another observer. */
export const CDS_PROBES: Readonly<Record<string, Probe>> = {
  'cds-quick': quick,
  'cds-token-is-for-once': tokenIsForOnce,
  'cds-tokens-are-of-their-calls': tokensAreOfTheirCalls,
  'cds-token-stays-at-its-server': tokenStaysAtItsServer,
  'cds-foreign-keys-are-not-fetched': foreignKeysAreNotFetched,
  'cds-calls-keep-apart': callsKeepApart,
  'cds-instance-tells-nothing': instanceTellsNothing,
  'cds-overload-is-said': overloadIsSaid,
  'cds-source-can-be-read': sourceCanBeRead,
  'cds-uuids-differ': uuidsDiffer,
  'cds-feedback-may-come-again': feedbackMayCome,
  'cds-log-holds-nobody': logHoldsNobody,
  'cds-too-large': tooLargeIsSaid,
  'cds-no-system-actions': nothingByItself,
  'cds-runtime-details-stay': runtimeDetailsStay,
};
