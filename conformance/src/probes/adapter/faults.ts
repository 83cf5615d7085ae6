import { setTimeout as delay } from 'node:timers/promises';
import { toContractTensor } from '@deephealth/sdk';
import { TargetFailure } from '../../run/case-result.js';
import { TIMEOUTS_MS } from '../../run/timeouts.js';
import type { PlatformFault } from '../../simulators/platform-simulator.js';
import { namedTensor } from '../../tensors/named-tensor.js';
import type { Probe } from '../probe.js';
import { answerWith, scoreOf } from './made-answers.js';
import { errorOf, findingsOf, MODEL, onlyPart, POLL_MS, predictOf, Sandwiched } from './sandwiched.js';

/** Nobody at the runtime's address: the client must hear UNAVAILABLE, and that it may try again. */
export const clientHearsOfLostRuntime: Probe = async (context) => {
  const sandwich = new Sandwiched(context);
  const { address } = sandwich.runtime;
  await rightAnswer(sandwich, 'before');
  const outcome = await sandwich.withoutRuntime(() => predict(sandwich, 'while it is away'));
  if (outcome.status !== 'UNAVAILABLE') throw new TargetFailure(`expected UNAVAILABLE, got ${outcome.status}`);
  if (outcome.domain !== 'deephealth' || outcome.reason === '') {
    throw new TargetFailure('the error holds no ErrorInfo with a reason of the contract');
  }
  if (outcome.metadata.retryable !== 'true')
    throw new TargetFailure('the error does not say that it may be tried again');
  if ([outcome.message, ...Object.values(outcome.metadata)].some((text) => text.includes(address))) {
    throw new TargetFailure("the error gives the runtime's address away");
  }
  return [`UNAVAILABLE / ${outcome.reason}, retryable`];
};

/** The same for the platform: an error that says so, never an empty result. */
export const platformHearsOfLostRuntime: Probe = async (context) => {
  const sandwich = new Sandwiched(context);
  await rightAnswer(sandwich, 'before');
  const event = sandwich.event({ respondWithinMs: sandwich.within('shortDeadline') });
  const part = await sandwich.withoutRuntime(() => sandwich.ask(event));
  const { reason, retryable } = errorOf(part);
  if (!retryable) throw new TargetFailure(`the platform is told ${reason}, and that it is not worth another try`);
  return [`the platform was told ${reason}, retryable`];
};

/** A runtime that was away is found again; `with.face` is the one that is asked. */
export const runtimeIsFoundAgain: Probe = async (context) => {
  const sandwich = new Sandwiched(context);
  const face = context.with.face as 'contract' | 'platform';
  if (!(await sandwich.worksWithin(face))) throw new TargetFailure('nothing works before the runtime goes away');
  sandwich.runtime.goAway();
  try {
    if (await sandwich.works(face)) throw new TargetFailure('it answers without a runtime');
  } finally {
    await sandwich.runtime.comeBack();
  }
  const back = performance.now();
  if (!(await sandwich.worksWithin(face))) {
    throw new TargetFailure(`the runtime is back, and after ${sandwich.within('reconnect')} ms nothing works`);
  }
  const tookMs = Math.round(performance.now() - back);
  // The other face has lost the runtime, too, and is given the same time before the next case.
  await sandwich.untilAnswered();
  return [`works again ${tookMs} ms after the runtime is back`];
};

/** Ready while the runtime is, and live all the time. */
export const readinessFollows: Probe = async (context) => {
  const sandwich = new Sandwiched(context);
  const { runtime } = sandwich;
  const evidence: string[] = [];
  const expect = async (isReady: boolean, when: string) => {
    const end = performance.now() + sandwich.within('readiness');
    for (;;) {
      const health = await sandwich.platform.health();
      if (!health.isLive) throw new TargetFailure(`the adapter does not say that it lives ${when}`);
      if (health.isReady === isReady) break;
      if (performance.now() > end) {
        throw new TargetFailure(`the adapter says that it is ${isReady ? 'not ' : ''}ready ${when}`);
      }
      await delay(POLL_MS);
    }
    evidence.push(`live and ${isReady ? '' : 'not '}ready ${when}`);
  };
  await expect(true, 'with a runtime that is ready');
  runtime.claimReady(false);
  try {
    await expect(false, 'with a runtime that is not ready');
  } finally {
    runtime.claimReady(true);
  }
  await expect(true, 'once the runtime is ready again');
  await sandwich.withoutRuntime(() => expect(false, 'without a runtime'));
  await expect(true, 'once the runtime is back');
  return evidence;
};

/** A platform that cannot take a result gets it later, or finds out that it will not: `with.fault` is what it does. */
export const resultIsNotLost: Probe = async (context) => {
  const sandwich = new Sandwiched(context);
  sandwich.needsDeliveries();
  const event = sandwich.event();
  const undo = sandwich.platform.misbehave({ at: 'results', fault: faultOf(context.with.fault) });
  try {
    await sandwich.whileRuntime({ model: sandwich.model, answer: answerWith(0.8125) }, async () => {
      await sandwich.tell(event);
      await sandwich.comes();
      await untilAttempted(sandwich, event.id);
    });
  } finally {
    undo();
  }
  const back = performance.now();
  const end = back + sandwich.within('redelivery');
  while (performance.now() < end) {
    const [result] = sandwich.platform.results(event.id);
    if (result !== undefined) {
      const [finding] = findingsOf(onlyPart(result));
      if (scoreOf(finding) !== 0.8125) throw new TargetFailure('another result came than the runtime gave');
      return [`the result came ${Math.round(performance.now() - back)} ms after the platform was back`];
    }
    const { state, error } = await sandwich.reach(() => sandwich.platform.state(event.id));
    if (state === 'delivered' && sandwich.platform.results(event.id).length === 0) {
      throw new TargetFailure('the adapter says that it delivered a result that the platform does not have');
    }
    if (state === 'undelivered' && error !== undefined && error.reason !== '') {
      return [`the adapter says that the result was not delivered: ${error.reason}`];
    }
    await delay(POLL_MS);
  }
  throw new TargetFailure('the platform is back; the result never came, and the adapter does not say that it is lost');
};

/** A platform that refuses a result for good is not pressed, and the adapter says that it was not delivered. */
export const refusedResultIsSaid: Probe = async (context) => {
  const sandwich = new Sandwiched(context);
  sandwich.needsDeliveries();
  const event = sandwich.event();
  const undo = sandwich.platform.misbehave({ at: 'results', fault: faultOf(context.with.fault) });
  try {
    await sandwich.whileRuntime({ model: sandwich.model, answer: answerWith(0.8125) }, async () => {
      await sandwich.tell(event);
      await sandwich.comes();
      await untilAttempted(sandwich, event.id);
    });
    const end = performance.now() + sandwich.within('delivery');
    for (;;) {
      const { state, error } = await sandwich.reach(() => sandwich.platform.state(event.id));
      if (state === 'delivered') throw new TargetFailure('the adapter says that a refused result was delivered');
      if (state === 'undelivered' && (error?.reason ?? '') !== '') break;
      if (performance.now() > end)
        throw new TargetFailure('the adapter does not say that the result was not delivered');
      await delay(POLL_MS);
    }
    const attempts = sandwich.platform.attempts(event.id);
    await delay(sandwich.within('settling'));
    if (sandwich.platform.attempts(event.id) > attempts) {
      throw new TargetFailure('a refused result is brought again and again');
    }
    return [`refused ${attempts} time${attempts === 1 ? '' : 's'}, then said to be undelivered`];
  } finally {
    undo();
  }
};

/** Without inputs there is nothing to ask: the runtime is left alone, and the platform told. */
export const noInputsNoQuestion: Probe = async (context) => {
  const sandwich = new Sandwiched(context);
  await rightAnswer(sandwich, 'before');
  const known = sandwich.predicts().length;
  const undo = sandwich.platform.misbehave({ at: 'inputs', fault: faultOf(context.with.fault) });
  try {
    const event = sandwich.event({ respondWithinMs: sandwich.within('shortDeadline') });
    const { reason } = errorOf(await sandwich.ask(event));
    if (sandwich.predicts().length > known) {
      const asked = predictOf(sandwich.predicts()[known] as never);
      throw new TargetFailure(`the runtime was asked with ${asked.inputs.length} inputs that the platform never gave`);
    }
    return [`the platform was told ${reason}, and the runtime not asked`];
  } finally {
    undo();
  }
};

/** A platform that is slow to take a result holds nobody else up. */
export const slowPlatformHoldsNothingUp: Probe = async (context) => {
  const sandwich = new Sandwiched(context);
  sandwich.needsDeliveries();
  const slow = sandwich.event();
  const undo = sandwich.platform.misbehave({ at: 'results', fault: 'hold' });
  try {
    await sandwich.tell(slow);
    await untilAttempted(sandwich, slow.id);
    await rightAnswer(sandwich, 'meanwhile');
    const other = sandwich.event();
    await sandwich.tell(other);
    await untilAttempted(sandwich, other.id);
  } finally {
    undo();
  }
  findingsOf(onlyPart(await sandwich.result(slow)));
  return ['a client and another event were served while the platform took its time, and the result came, too'];
};

/** Cases write an HTTP status as text. */
function faultOf(given: unknown): PlatformFault['fault'] {
  return (/^\d+$/.test(String(given)) ? Number(given) : given) as PlatformFault['fault'];
}

async function untilAttempted(sandwich: Sandwiched, eventId: string): Promise<void> {
  const end = performance.now() + sandwich.within('delivery');
  while (sandwich.platform.attempts(eventId) === 0) {
    if (performance.now() > end) throw new TargetFailure('the adapter brought no result');
    await delay(POLL_MS);
  }
}

function predict({ context }: Sandwiched, requestId: string) {
  const inputs = [{ name: 'features', tensor: toContractTensor(namedTensor('noise1-1x16.fp32')) }];
  const deadlineMs = TIMEOUTS_MS.call * (context.timeScale ?? 1);
  return context.client.call('Predict', { requestId, modelName: MODEL, inputs }, deadlineMs);
}

/** Asked over the contract's face, seen by the runtime. */
async function rightAnswer(sandwich: Sandwiched, when: string): Promise<void> {
  const { status, reason } = await predict(sandwich, when);
  if (status !== 'OK') throw new TargetFailure(`${when}: expected OK, got ${status} ${reason}`);
  sandwich.asked((call) => predictOf(call).requestId === when);
}
