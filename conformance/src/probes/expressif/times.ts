import { setTimeout as delay } from 'node:timers/promises';
import { ruleBase } from '../../expressif/expressif-models.js';
import { judgeDecision } from '../../expressif/judge-decision.js';
import { mixed, TRIAGE } from '../../expressif/suite-questions.js';
import { QUESTIONS_IN_FLIGHT } from '../../expressif/write-expressif-folder.js';
import { NotJudged, TargetFailure } from '../../run/case-result.js';
import { rawCall } from '../../targets/channel-call.js';
import type { ObservedQuestion } from '../../targets/steered-runtime.js';
import { type Overload, overload } from '../overload.js';
import type { Probe } from '../probe.js';
import { RuleRuns } from './rule-runs.js';

/** Long enough that all questions are there before one is answered. */
const HELD_MS = 300;
const TOGETHER = 6;

const deadlineArrives: Probe = async (context) => {
  const runs = new RuleRuns(context);
  const deadlineMs = runs.callMs / 2;
  const { asked } = await runs.decided(ruleBase('mixed'), mixed(), { deadlineMs });
  return [runs.seesNoMoreThan(deadlineMs, asked)];
};

/** Until the runtime hears that nobody waits any more. */
async function left(runs: RuleRuns, question: ObservedQuestion, since: number, why: string): Promise<string> {
  const withinMs = runs.within('cancelObserved');
  await runs.runtime.waitFor((one) => one === question && one.cancelledAt !== undefined, { from: runs.from, withinMs });
  if (question.cancelledAt === undefined)
    throw new TargetFailure(`${why}, and the runtime was still waited for after ${withinMs} ms`);
  return `the runtime was left after ${Math.round(question.cancelledAt - since)} ms`;
}

const cancellationArrives: Probe = async (context) => {
  const runs = new RuleRuns(context);
  const cancel = new AbortController();
  return runs.runtime.while({ hang: true }, async () => {
    const ended = rawCall(context.target, 'RunBinding', runs.message(ruleBase('mixed'), mixed()), {
      ...{ deadlineMs: 2 * runs.callMs, signal: cancel.signal },
    });
    const held = await runs.comes(runs.from);
    const since = performance.now();
    cancel.abort();
    await ended;
    return [await left(runs, held, since, 'the caller cancelled')];
  });
};

/** A runtime that hangs is left when the caller's time is over. */
const hangingIsLeft: Probe = async (context) => {
  const runs = new RuleRuns(context);
  return runs.runtime.while({ hang: true }, async () => {
    const deadlineMs = runs.within('shortDeadline') / 4;
    const { status } = await runs.run(ruleBase('mixed'), mixed(), { deadlineMs });
    if (status !== 'DEADLINE_EXCEEDED') throw new TargetFailure(`expected DEADLINE_EXCEEDED, got ${status}`);
    const held = await runs.comes(runs.from);
    return [await left(runs, held, performance.now(), "the caller's time was over")];
  });
};

/** Questions about different patients at the same time, each with its own answer. */
const questionsKeepApart: Probe = async (context) => {
  const runs = new RuleRuns(context);
  const base = ruleBase('mixed');
  const questions = Array.from({ length: TOGETHER }, (_, index) => {
    const suspect = (index + 1) / 16;
    const probabilities = [1 - 2 * suspect, suspect, suspect];
    return { ...mixed(probabilities, 42 + 6 * index), requestId: `conformance-${index}` };
  });
  const outcomes = await runs.runtime.while({ isFor: (number) => number % 2 === 0, delayMs: HELD_MS / 4 }, () =>
    Promise.all(questions.map((question) => runs.run(base, question))),
  );
  outcomes.forEach((outcome, index) => {
    const question = questions[index] as (typeof questions)[number];
    const { decision, expected, runs: of } = runs.read(base, question, outcome, runs.asked);
    judgeDecision(decision, base, expected);
    if (decision.requestId !== question.requestId || of.length !== 1)
      throw new TargetFailure('a question was answered under the id of another');
  });
  return [`${TOGETHER} questions at the same time, each with its own decision`];
};

/** More questions than are taken at a time. */
const overloadIsSaid: Probe = (context) =>
  overload('questions', HELD_MS, (heldMs) => askTogether(new RuleRuns(context), heldMs));

/** More questions than are taken at a time, each held for a while and answered rightly, or refused as it must be. */
async function askTogether(runs: RuleRuns, heldMs: number): Promise<Overload> {
  const base = ruleBase('mixed');
  const questions = Array.from({ length: 2 * QUESTIONS_IN_FLIGHT + 1 }, (_, index) => mixed(undefined, 40 + index));
  const all = await runs.runtime.while({ delayMs: heldMs }, () =>
    Promise.all(questions.map((question) => runs.run(base, question))),
  );
  let answered = 0;
  let refused = 0;
  all.forEach((outcome, index) => {
    if (outcome.status !== 'OK') {
      runs.refusedAs(outcome, ['RESOURCE_EXHAUSTED / QUEUE_FULL']);
      refused++;
      return;
    }
    const { decision, expected } = runs.read(base, questions[index] as (typeof questions)[number], outcome, runs.asked);
    judgeDecision(decision, base, expected);
    answered++;
  });
  if (answered === 0) throw new TargetFailure('no question was taken');
  return { answered, refused };
}

/** A runtime that is away is said to be, without saying where it is; what needs none is answered all the same. */
const lostRuntimeIsSaid: Probe = async (context) => {
  const { sandwich } = context;
  if (sandwich === undefined)
    throw new NotJudged('notApplicable', 'only the runtime behind an adapter can be taken away');
  const runs = new RuleRuns(context);
  const base = ruleBase('mixed');
  // So that there is a connection that is lost.
  await runs.decided(base, mixed());
  sandwich.runtime.goAway();
  let status = '';
  try {
    const outcome = await runs.run(base, mixed(), { deadlineMs: runs.within('shortDeadline') });
    status = outcome.status;
    if (!['UNAVAILABLE', 'DEADLINE_EXCEEDED'].includes(status)) {
      throw new TargetFailure(`the runtime is away, and a question is answered ${status} ${outcome.reason}`);
    }
    if (`${outcome.message}${JSON.stringify(outcome.metadata)}`.includes(runs.runtimeAddress)) {
      throw new TargetFailure('the error says where the runtime is');
    }
    await runs.decided(ruleBase('triage'), { values: TRIAGE });
  } finally {
    await sandwich.runtime.comeBack();
  }
  const end = performance.now() + runs.within('reconnect');
  for (;;) {
    const { status: now, reason } = await runs.run(base, mixed(), { deadlineMs: runs.within('shortDeadline') });
    if (now === 'OK') return [`${status}; rules that read no model were answered, and the runtime was found again`];
    if (performance.now() > end)
      throw new TargetFailure(`the runtime is back, and a question is answered ${now} ${reason}`);
    await delay(50);
  }
};

export const RULE_TIME_PROBES: Readonly<Record<string, Probe>> = {
  'rule-deadline-arrives': deadlineArrives,
  'rule-cancellation-arrives': cancellationArrives,
  'rule-hanging-is-left': hangingIsLeft,
  'rule-questions-keep-apart': questionsKeepApart,
  'rule-overload-is-said': overloadIsSaid,
  'rule-lost-runtime-is-said': lostRuntimeIsSaid,
};
