import { isDeepStrictEqual } from 'node:util';
import type { runtimeV1 } from '@deephealth/proto';
import { DeepHealthError, toGrpcFailure } from '@deephealth/sdk';
import { firstDifference } from '../../compare/first-difference.js';
import { TargetFailure } from '../../run/case-result.js';
import { asReceived, rawCall } from '../../targets/channel-call.js';
import type { Outcome } from '../../targets/target-client.js';
import type { Probe } from '../probe.js';
import { answerWith, madeAnswer } from './made-answers.js';
import { type RunChanges, ServedPlatform } from './platform-service.js';
import { findingsOf, predictOf } from './sandwiched.js';
import { holds } from './secrets.js';

const REFUSALS = ['UNAUTHENTICATED', 'PERMISSION_DENIED'];

/** The same event over the platform's face and as a run: one answer of the runtime, one output. */
export const runAnswersAsThePlatformFace: Probe = async (context) => {
  const served = await ServedPlatform.of(context);
  const binding = await served.binding();
  const { response } = madeAnswer((kind) => served.platform.carries.has(kind));
  const [told, ran] = await served.whileRuntime({ model: served.model, answer: response }, async () => [
    await served.ask(served.event()),
    await served.ran(binding, served.event()),
  ]);
  findingsOf(told);
  for (const field of ['findings', 'warnings', 'provenance'] as const) {
    const difference = firstDifference(told[field], ran.part[field]);
    if (difference !== undefined) throw new TargetFailure(`${field} of the run differ: ${difference}`);
  }
  const call = served.predicts().at(-1);
  const [run] = ran.runs;
  if (call === undefined || served.predicts().length !== 2) {
    throw new TargetFailure(`for two events the runtime was asked ${served.predicts().length} times`);
  }
  if (run === undefined || ran.runs.length !== 1) {
    throw new TargetFailure(`the runtime was asked once, and ${ran.runs.length} of its answers are named`);
  }
  const { requestId } = predictOf(call);
  if (run.requestId !== requestId) throw new TargetFailure('it does not name the id under which the runtime was asked');
  const provenance = served.provenanceOf(served.model);
  const given = asReceived<runtimeV1.PredictResponse__Output>('Predict', 'response', { provenance });
  if (!isDeepStrictEqual(run.provenance, given.provenance)) {
    throw new TargetFailure(`provenance: ${firstDifference(given.provenance, run.provenance) ?? 'it differs'}`);
  }
  return ['the run gave what the platform got, and named the answer behind it with its provenance'];
};

/** Whom the platform's own face refuses is refused, before the runtime is asked; who is known is answered. */
export const runIsNoWayAround: Probe = async (context) => {
  const served = await ServedPlatform.of(context);
  const binding = await served.binding();
  return served.whileRuntime({ model: served.model, answer: answerWith(0.75) }, async () => {
    // So that there is a credential that was used.
    findingsOf(await served.ask(served.event()));
    const known = served.predicts().length;
    const { refused } = served.platform.asRun(served.event(), binding.id);
    for (const [who, authorization] of Object.entries(refused)) {
      const outcome = await served.run(binding, served.event(), { authorization });
      if (!REFUSALS.includes(outcome.status)) {
        throw new TargetFailure(`who shows ${who} is answered ${outcome.status} ${outcome.reason}`);
      }
      if (served.predicts().length > known) throw new TargetFailure(`the runtime was asked for who shows ${who}`);
      const shown = authorization?.split(' ')[1];
      if (shown !== undefined && JSON.stringify(outcome).includes(shown)) {
        throw new TargetFailure(`the refusal repeats what was shown: ${who}`);
      }
    }
    findingsOf((await served.ran(binding, served.event())).part);
    if (served.predicts().length === known) throw new TargetFailure('the runtime was not asked for who is known');
    return [`refused: ${Object.keys(refused).join(', ')}; who is known was answered`];
  });
};

/** What cannot be run is refused with its reason; `with.what` is what is wrong. */
export const runRefuses: Probe = async (context) => {
  const served = await ServedPlatform.of(context);
  const binding = await served.binding();
  const what = context.with.what as string;
  const [changes, status, reason] = REFUSED[what] ?? [];
  if (changes === undefined) throw new RangeError(`nothing is refused for "${what}"`);
  const refuse = toGrpcFailure(new DeepHealthError('DH_MODEL_QUARANTINED', 'Made for the conformance suite.'));
  const behaviour = what === 'runtime' ? { refuse } : { answer: answerWith(0.75) };
  const outcome = await served.whileRuntime({ model: served.model, ...behaviour }, () =>
    served.run(binding, served.event(), changes),
  );
  checkRefusal(outcome, `${status} / ${reason}`);
  const asked = served.predicts().length;
  if (asked !== (what === 'runtime' ? 1 : 0)) throw new TargetFailure(`the runtime was asked ${asked} times`);
  await served.whileRuntime({ model: served.model, answer: answerWith(0.75) }, async () => {
    findingsOf((await served.ran(binding, served.event())).part);
  });
  if (served.predicts().length !== asked + 1) throw new TargetFailure('afterwards the runtime was not asked');
  return [`${status} / ${reason}, and afterwards a run was answered`];
};

const REFUSED: Readonly<Record<string, readonly [RunChanges, status: string, reason: string]>> = {
  binding: [{ bindingId: 'conformance-no-such-binding' }, 'NOT_FOUND', 'BINDING_NOT_FOUND'],
  'media-type': [{ mediaType: 'application/x-conformance' }, 'INVALID_ARGUMENT', 'MEDIA_TYPE_UNSUPPORTED'],
  runtime: [{}, 'FAILED_PRECONDITION', 'MODEL_QUARANTINED'],
};

function checkRefusal({ status, reason, domain }: Outcome, expected: string): void {
  if (`${status} / ${reason}` !== expected) throw new TargetFailure(`expected ${expected}, got ${status} / ${reason}`);
  if (domain !== 'deephealth') throw new TargetFailure('the refusal holds no ErrorInfo of the contract');
}

/** The time of the call is what the runtime sees, at most. */
export const runKeepsDeadline: Probe = async (context) => {
  const served = await ServedPlatform.of(context);
  const { id: bindingId } = await served.binding();
  const deadlineMs = (served.platform.fixedTimeMs ?? served.within('shortDeadline')) / 2;
  const { authorization, ...message } = served.platform.asRun(served.event(), bindingId);
  await served.whileRuntime({ model: served.model, answer: answerWith(0.75) }, () =>
    rawCall(context.target, 'RunBinding', { ...message, bindingId }, { deadlineMs, metadata: { authorization } }),
  );
  const { remainingMs } = served.asked();
  const over = remainingMs - deadlineMs;
  if (!(over < served.within('deadlineTolerance') / 2)) {
    const seen = Number.isFinite(remainingMs) ? `${Math.round(remainingMs)} ms` : 'no deadline';
    throw new TargetFailure(`the caller gives ${deadlineMs} ms, and the runtime sees ${seen}`);
  }
  return [`of ${deadlineMs} ms the runtime sees ${Math.round(remainingMs)} ms`];
};

/** A caller that leaves a run is felt by the runtime. */
export const runKeepsCancellation: Probe = async (context) => {
  const served = await ServedPlatform.of(context);
  const { id: bindingId } = await served.binding();
  const { authorization, ...message } = served.platform.asRun(served.event(), bindingId);
  const cancel = new AbortController();
  const settings = { deadlineMs: served.callMs, signal: cancel.signal, metadata: { authorization } };
  return served.whileRuntime({ model: served.model, hang: true }, async () => {
    const ended = rawCall(context.target, 'RunBinding', { ...message, bindingId }, settings);
    const call = await served.comes();
    const cancelled = performance.now();
    cancel.abort();
    await ended;
    return [`the runtime heard of it after ${await served.felt(call, cancelled, 'caller')} ms`];
  });
};

/** What a caller shows, and whom its input is about, stays with the adapter. */
export const runGivesNothingAway: Probe = async (context) => {
  const served = await ServedPlatform.of(context);
  const binding = await served.binding();
  const event = served.event();
  await served.whileRuntime({ model: served.model, answer: answerWith(0.75) }, async () => {
    findingsOf((await served.ran(binding, event)).part);
  });
  const call = served.asked();
  for (const credential of served.platform.credentials) {
    if (holds(call, credential)) throw new TargetFailure('the runtime was given what the caller showed');
  }
  if (holds(call, event.subject)) throw new TargetFailure('the runtime was told whom the input is about');
  return ['the runtime was asked, without what the caller showed, and not told whom the input is about'];
};
