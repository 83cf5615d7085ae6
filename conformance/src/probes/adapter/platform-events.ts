import { setTimeout as delay } from 'node:timers/promises';
import { DeepHealthError, toGrpcFailure } from '@deephealth/sdk';
import { NotJudged, TargetFailure } from '../../run/case-result.js';
import type { Probe } from '../probe.js';
import { answerWith, scoreOf } from './made-answers.js';
import { errorOf, findingsOf, onlyPart, predictOf, Sandwiched } from './sandwiched.js';

/** The time that the platform gives counts from its event on, what it takes itself included. */
export const platformDeadlineCounts: Probe = async (context) => {
  const sandwich = new Sandwiched(context);
  const { fixedTimeMs } = sandwich.platform;
  const delayMs = fixedTimeMs === undefined ? sandwich.within('slowPlatform') : fixedTimeMs / 2;
  const respondWithinMs = fixedTimeMs ?? 3 * delayMs;
  const undo = sandwich.platform.misbehave({ at: 'inputs', fault: { delayMs } });
  const told = performance.now();
  try {
    const event = sandwich.event({ respondWithinMs });
    findingsOf(await sandwich.ask(event));
  } finally {
    undo();
  }
  const { remainingMs, receivedAt } = sandwich.asked();
  const left = respondWithinMs - (receivedAt - told);
  if (Math.abs(remainingMs - left) > sandwich.within('deadlineTolerance')) {
    throw new TargetFailure(
      `of the ${respondWithinMs} ms that the platform gave ${Math.round(left)} ms were left, and the runtime saw ${Number.isFinite(remainingMs) ? `${Math.round(remainingMs)} ms` : 'no deadline'}`,
    );
  }
  return [`${Math.round(left)} ms were left, and the runtime saw ${Math.round(remainingMs)} ms`];
};

/** A runtime that hangs costs the platform the time that it gave, and no more. */
export const hangingRuntimeIsSaid: Probe = async (context) => {
  const sandwich = new Sandwiched(context);
  const respondWithinMs = sandwich.platform.fixedTimeMs ?? sandwich.within('shortDeadline');
  const event = sandwich.event({ respondWithinMs });
  const started = performance.now();
  const part = await sandwich.whileRuntime({ model: sandwich.model, hang: true }, async () => {
    await sandwich.tell(event);
    await sandwich.comes();
    return onlyPart(await sandwich.result(event));
  });
  const error = errorOf(part);
  if (error.reason !== 'DEADLINE_EXCEEDED') throw new TargetFailure(`expected DEADLINE_EXCEEDED, got ${error.reason}`);
  return [`the platform was told after ${Math.round(performance.now() - started)} ms of ${respondWithinMs} ms`];
};

/** A platform that does not want the result any more frees the runtime. */
export const platformCancellationArrives: Probe = async (context) => {
  const sandwich = new Sandwiched(context);
  const event = sandwich.event();
  return sandwich.whileRuntime({ model: sandwich.model, hang: true }, async () => {
    await sandwich.tell(event);
    const call = await sandwich.comes();
    const cancelled = performance.now();
    await sandwich.reach(() => sandwich.platform.cancel(event.id));
    return [`the runtime heard of it after ${await sandwich.felt(call, cancelled, 'platform')} ms`];
  });
};

/** The same event again, as platforms do that are not sure of the first: `with.when` is `meanwhile` or `afterwards`. */
export const sameEventOnce: Probe = async (context) => {
  const sandwich = new Sandwiched(context);
  sandwich.needsDeliveries();
  const event = sandwich.event();
  const isMeanwhile = context.with.when === 'meanwhile';
  const again = async () => {
    // Whether the adapter accepts it again or says that it knows it: one result is what counts.
    await sandwich.reach(() => sandwich.platform.send(event));
  };
  const behaviour = { model: sandwich.model, answer: answerWith(0.75), delayMs: sandwich.within('settling') };
  await sandwich.whileRuntime(behaviour, async () => {
    await sandwich.tell(event);
    await sandwich.comes();
    if (isMeanwhile) await again();
    findingsOf(onlyPart(await sandwich.result(event)));
    if (!isMeanwhile) await again();
    // Time for the second result that there must not be.
    await delay(3 * sandwich.within('settling'));
  });
  const { length } = sandwich.platform.results(event.id);
  if (length !== 1) throw new TargetFailure(`the same event twice gave ${length} results`);
  return ['the same event twice gave one result'];
};

/** Of two requests one fails: the platform gets the other's findings only with the word that something is missing. */
export const partIsNoWhole: Probe = async (context) => {
  const sandwich = new Sandwiched(context);
  if (sandwich.platform.maxRequests < 2)
    throw new NotJudged('notApplicable', 'an event of the platform has one request');
  const good = sandwich.request({ id: 'good' });
  const bad = sandwich.request({ id: 'bad', ...sandwich.otherQuestion });
  const refuse = toGrpcFailure(new DeepHealthError('DH_MODEL_QUARANTINED', 'Made for the conformance suite.'));
  const event = sandwich.event({ requests: [good, bad] });
  const result = await sandwich.whileRuntime({ model: sandwich.model, answer: answerWith(0.75) }, () =>
    sandwich.whileRuntime({ model: sandwich.otherQuestion.model, refuse }, async () => {
      await sandwich.tell(event);
      return sandwich.result(event);
    }),
  );
  if (result.state === 'complete') throw new TargetFailure('a result with a failed part is called complete');
  const failed = result.parts.find(({ request }) => request === 'bad');
  if (failed === undefined) throw new TargetFailure('the platform was not told of the request that failed');
  const { reason } = errorOf(failed);
  if (reason !== 'MODEL_QUARANTINED') throw new TargetFailure(`expected MODEL_QUARANTINED, got ${reason}`);
  if (result.state === 'failed') {
    const others = result.parts.filter(({ findings }) => findings.length > 0);
    if (others.length > 0) throw new TargetFailure('a failed result holds findings');
    return ['one request failed, and the platform was told that all have'];
  }
  const whole = result.parts.find(({ request }) => request === 'good');
  if (whole === undefined) throw new TargetFailure('a partial result lacks the request that was answered');
  return [`a partial result: ${findingsOf(whole).length} finding, and ${reason} for the other request`];
};

/** Two events at the same time, of which the second is answered first: each gets its own answer. */
export const eventsAreKeptApart: Probe = async (context) => {
  const sandwich = new Sandwiched(context);
  let isMet = await askedTogether(sandwich, sandwich.within('settling'));
  // Of a machine that does much else, the second one may come when the first is answered.
  isMet ||= await askedTogether(sandwich, LONGER * sandwich.within('settling'));
  return [isMet ? 'two events at the same time got their own answers' : 'one event after the other got its own answer'];
};

/** For a second try. */
const LONGER = 5;

/** Asks about two events, of which the first is answered after a while; gives whether the second was answered before. */
async function askedTogether(sandwich: Sandwiched, delayMs: number): Promise<boolean> {
  const { model: otherModel } = sandwich.otherQuestion;
  const slow = { model: sandwich.model, probability: 0.8125, delayMs };
  const quick = { model: otherModel, probability: 0.3125, delayMs: 0 };
  const first = sandwich.event();
  const second = sandwich.event({ requests: [sandwich.request(sandwich.otherQuestion)] });
  const known = sandwich.predicts().length;
  const asked = (model: string) =>
    sandwich
      .predicts()
      .slice(known)
      .find((call) => predictOf(call).modelName === model);
  await sandwich.whileRuntime(answering(slow), () =>
    sandwich.whileRuntime(answering(quick), async () => {
      await sandwich.tell(first);
      const isAsked = await sandwich.runtime.waitFor(() => asked(sandwich.model) !== undefined, {
        from: sandwich.from,
        withinMs: sandwich.within('delivery'),
      });
      if (isAsked === undefined) throw new TargetFailure('the runtime was not asked');
      await sandwich.tell(second);
      for (const [event, { probability }] of [
        [second, quick],
        [first, slow],
      ] as const) {
        const [finding] = findingsOf(onlyPart(await sandwich.result(event)));
        const received = scoreOf(finding);
        if (received !== probability) {
          throw new TargetFailure(`an event whose answer is ${probability} got ${received ?? 'nothing'}`);
        }
      }
    }),
  );
  const [slowCall, quickCall] = [asked(sandwich.model), asked(otherModel)];
  if (slowCall === undefined || quickCall === undefined) {
    throw new TargetFailure('the runtime was not asked about both events');
  }
  return (quickCall.answeredAt ?? Number.POSITIVE_INFINITY) < (slowCall.answeredAt ?? Number.POSITIVE_INFINITY);
}

function answering({ model, probability, delayMs }: { model: string; probability: number; delayMs: number }) {
  return { model, answer: answerWith(probability), delayMs };
}
