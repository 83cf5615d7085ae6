import { setTimeout as delay } from 'node:timers/promises';
import { CHAINS, ITEMS_PER_CHUNK } from '../../chain/chain-models.js';
import { studies, tableStudy } from '../../chain/chain-studies.js';
import { NotJudged, TargetFailure } from '../../run/case-result.js';
import { MOMENT_MS } from '../../run/timeouts.js';
import type { Probe } from '../probe.js';
import { ChainFaces, FINAL, OGC, OGC_FINAL, parsed, type TaskLog } from './chain-faces.js';
import { judgeResults } from './judge-results.js';
import { artefactsOfRun, linksOf } from './read-artefacts.js';
import { digestOf, outOfRange } from './results.js';

/** States in the order in which a run has them; those after the last word are final. */
const ORDER = ['QUEUED', 'INITIALIZING', 'RUNNING'];
/** From a cancellation to its effect. */
const CANCEL_MS = 2_000;
const CLOCK_MS = 2_000;
/** Until what was answered has left. */
const FLUSH_MS = 20;

const statesInOrder: Probe = async (context) => {
  const faces = new ChainFaces(context);
  const sent = studies(4);
  const from = faces.asked;
  const seen: string[] = [];
  const look = async (run: string) => {
    const state = await faces.state(run);
    if (seen.at(-1) !== state) seen.push(state);
    return state;
  };
  const keys = sent.map(({ key }) => key);
  const run = await faces.target.runtime.holding(keys, async (release) => {
    const started = await faces.start({ studies: sent });
    await look(started);
    await faces.poll(
      () => look(started),
      (state) => !['QUEUED', 'INITIALIZING'].includes(state),
    );
    await faces.untilAsked(keys[0] as string, from);
    for (const key of keys) {
      const state = await look(started);
      if (state !== 'RUNNING') throw new TargetFailure(`the runtime has an item, and the run is ${state}, not RUNNING`);
      release(key);
    }
    return started;
  });
  await faces.poll(
    () => look(run),
    (state) => FINAL.includes(state),
  );
  await delay(MOMENT_MS);
  await look(run);
  const ranks = seen.map((state) => (state === 'COMPLETE' ? ORDER.length : ORDER.indexOf(state)));
  if (ranks.includes(-1) || ranks.some((rank, index) => rank < (ranks[index - 1] ?? 0))) {
    throw new TargetFailure(`its states were ${seen.join(', ')}`);
  }
  if (seen.at(-1) !== 'COMPLETE') throw new TargetFailure(`the run became ${seen.at(-1)}, expected COMPLETE`);
  return [seen.join(', ')];
};

const progressIsTrue: Probe = async (context) => {
  const faces = new ChainFaces(context);
  const sent = studies(4 * ITEMS_PER_CHUNK);
  const seen: number[] = [];
  const look = async (job: string) => {
    const { progress, status = '' } = await faces.job(job);
    if (typeof progress !== 'number' || progress < 0 || progress > 100) {
      throw new TargetFailure(`the progress is ${progress}`);
    }
    if (progress === 100 && !OGC_FINAL.includes(status))
      throw new TargetFailure(`it is ${status} with a progress of 100`);
    seen.push(progress);
    return progress;
  };
  const keys = sent.map(({ key }) => key);
  const job = await faces.target.runtime.holding(keys, async (release) => {
    const started = await faces.startJob({ studies: sent });
    await faces.untilAsked(keys[0] as string, 0);
    let before = await look(started);
    for (let chunk = 0; chunk < 3; chunk++) {
      for (const key of keys.slice(chunk * ITEMS_PER_CHUNK, (chunk + 1) * ITEMS_PER_CHUNK)) release(key);
      const [known] = [before];
      before = await faces.poll(
        () => look(started),
        (progress) => progress > known,
      );
    }
    return started;
  });
  await faces.untilJob(job, 'successful');
  if ((await look(job)) !== 100) throw new TargetFailure(`it is done with a progress of ${seen.at(-1)}`);
  if (seen.some((progress, index) => progress < (seen[index - 1] ?? 0))) {
    throw new TargetFailure(`the progress went back: ${[...new Set(seen)].join(', ')}`);
  }
  return [`progress ${[...new Set(seen)].join(', ')}`];
};

const timeOf = (text: string | undefined): number => Date.parse(text ?? '');

const tasksAreListed: Probe = async (context) => {
  const faces = new ChainFaces(context);
  const count = 3;
  const before = Date.now();
  const run = await faces.complete({ studies: studies(count * ITEMS_PER_CHUNK) });
  const tasks = await faces.tasks(run);
  const chunks = tasks.filter(({ name = '' }) => /chunk/i.test(name));
  if (chunks.length !== count) throw new TargetFailure(`of ${count} chunks, ${chunks.length} are among the tasks`);
  const ids = tasks.map(({ id = '' }) => id);
  if (ids.includes('') || new Set(ids).size !== ids.length)
    throw new TargetFailure('ids of tasks are missing or equal');
  for (const task of chunks) checkTimes(task, before);
  const [{ run_log: log = {} }] = [await faces.log(run)];
  checkTimes({ name: 'the run', start_time: String(log.start_time), end_time: String(log.end_time) }, before);
  return [`${tasks.length} tasks, ${count} of them chunks`];
};

function checkTimes({ name, start_time: start, end_time: end }: TaskLog, before: number): void {
  const [from, to] = [timeOf(start), timeOf(end)];
  if (!(from >= before - CLOCK_MS && from <= to && to <= Date.now() + CLOCK_MS)) {
    throw new TargetFailure(`${name} began at ${start} and ended at ${end}`);
  }
}

/** Three words at least. */
const SENTENCE = /[a-z]+\W+(?:\w+\W+)*[a-z]+\W+(?:\w+\W+)*[a-z]+/i;
const withoutNumbers = (line: string): string => line.replace(/\d+/g, '#');

/** What the system says of a run and of its tasks. */
async function linesOf(faces: ChainFaces, run: string, log?: object): Promise<readonly string[]> {
  const own = log ?? (await faces.log(run)).run_log;
  return [own, ...(await faces.tasks(run))].flatMap((one) => (one as TaskLog | undefined)?.system_logs ?? []);
}

const failureIsSaid: Probe = async (context) => {
  const faces = new ChainFaces(context);
  const sent = [tableStudy(), outOfRange()];
  const run = await faces.start({ studies: sent });
  await faces.until(run, ['EXECUTOR_ERROR']);
  const { outputs, run_log: log } = await faces.log(run);
  if (linksOf(outputs).length > 0) throw new TargetFailure('a run that failed shows outputs');
  const usual = new Set((await linesOf(faces, await faces.complete({ studies: studies(2) }))).map(withoutNumbers));
  const said = (await linesOf(faces, run, log)).find((line) => !usual.has(withoutNumbers(line)) && SENTENCE.test(line));
  if (said === undefined) throw new TargetFailure('no log of the run says why it failed');
  const job = await faces.startJob({ studies: sent });
  const { message = '' } = await faces.untilJob(job, 'failed');
  if (!SENTENCE.test(message)) throw new TargetFailure('the job does not say why it failed');
  return [message];
};

const runtimeGone: Probe = async (context) => {
  const faces = new ChainFaces(context);
  const runtime = context.sandwich?.runtime;
  if (runtime === undefined) throw new NotJudged('notApplicable', 'the suite is not the runtime behind it');
  const sent = studies(4);
  const from = faces.asked;
  const held = sent[2]?.key ?? '';
  let healed: () => void = () => undefined;
  const run = await faces.target.runtime.holding([held], async () => {
    const started = await faces.start({ studies: sent });
    await faces.untilAsked(held, from);
    // As a process that ends: what it has is refused, and then nobody listens.
    healed = faces.target.runtime.failing(held);
    const next = { from: faces.asked, withinMs: 3 * MOMENT_MS };
    await faces.target.runtime.waitFor(({ key }) => key === held, next);
    await delay(FLUSH_MS);
    runtime.goAway();
    return started;
  });
  healed();
  await delay(MOMENT_MS);
  const state = await faces.state(run).finally(() => runtime.comeBack());
  if (state === 'COMPLETE') throw new TargetFailure('the run is COMPLETE, and the runtime went away in its middle');
  const ended = await faces.until(run, ['COMPLETE', 'SYSTEM_ERROR']);
  if (ended === 'SYSTEM_ERROR') {
    if (linksOf((await faces.log(run)).outputs).length > 0) throw new TargetFailure('a run that failed shows outputs');
    return ['SYSTEM_ERROR'];
  }
  return judgeResults(await artefactsOfRun(faces, run), sent, digestOf(faces, CHAINS.dose));
};

const cancelWorks: Probe = async (context) => {
  const faces = new ChainFaces(context);
  const isOgc = context.with.over === 'ogc';
  const sent = studies(4);
  const held = sent[2]?.key ?? '';
  const from = faces.asked;
  const limitMs = CANCEL_MS * (context.timeScale ?? 1);
  return faces.target.runtime.holding([held], async () => {
    const run = await (isOgc ? faces.startJob({ studies: sent }) : faces.start({ studies: sent }));
    await faces.untilAsked(held, from);
    const asked = performance.now();
    const answer = await (isOgc ? faces.ask('DELETE', `${OGC}/jobs/${run}`) : faces.cancel(run));
    if (answer.status !== 200) throw new TargetFailure(`the cancellation: expected status 200, got ${answer.status}`);
    if (isOgc) {
      const { status } = parsed<{ status?: string }>(answer.body, 'the dismissal');
      if (status !== 'dismissed') throw new TargetFailure(`the job that is dismissed is ${status}`);
      await faces.poll(
        () => jobStatus(faces, run),
        (one) => ['dismissed', 'gone'].includes(one),
        limitMs,
      );
    } else {
      await faces.poll(
        () => faces.state(run),
        (state) => FINAL.includes(state),
        limitMs,
      );
      const state = await faces.state(run);
      if (state !== 'CANCELED') throw new TargetFailure(`the run that was cancelled is ${state}`);
      if (linksOf((await faces.log(run)).outputs).length > 0)
        throw new TargetFailure('it was cancelled and has outputs');
    }
    const left = Math.max(0, limitMs - (performance.now() - asked));
    const ended = await faces.target.runtime.waitFor(
      (question) => question.key === held && question.cancelledAt !== undefined,
      { from, withinMs: left },
    );
    if (ended === undefined)
      throw new TargetFailure(`after ${limitMs} ms the runtime still computes what nobody wants`);
    if (isOgc) {
      const { status } = await faces.ask('GET', `${OGC}/jobs/${run}/results`);
      if (status < 400) throw new TargetFailure(`a job that was dismissed has results, with status ${status}`);
    }
    const afterwards = faces.asked;
    await delay(MOMENT_MS);
    if (sent.some(({ key }) => faces.target.runtime.countOf(key, afterwards) > 0)) {
      throw new TargetFailure('the runtime was asked about an item after the cancellation');
    }
    return [`within ${Math.round(performance.now() - asked)} ms`];
  });
};

async function jobStatus(faces: ChainFaces, job: string): Promise<string> {
  const { status, body } = await faces.ask('GET', `${OGC}/jobs/${job}`);
  if (status === 404 || status === 410) return 'gone';
  return parsed<{ status?: string }>(body, 'the job').status ?? '';
}

const endedStays: Probe = async (context) => {
  const faces = new ChainFaces(context);
  const sent = studies(2);
  const run = await faces.complete({ studies: sent });
  const before = await artefactsOfRun(faces, run);
  const log = JSON.stringify(await faces.log(run));
  await faces.cancel(run);
  await delay(MOMENT_MS);
  const state = await faces.state(run);
  if (state !== 'COMPLETE') throw new TargetFailure(`a run that was COMPLETE is ${state} after a cancellation`);
  if (JSON.stringify(await faces.log(run)) !== log)
    throw new TargetFailure('its log is another one after a cancellation');
  const after = await artefactsOfRun(faces, run);
  if (after.sums !== before.sums) throw new TargetFailure('its artefacts are others after a cancellation');
  return judgeResults(after, sent, digestOf(faces, CHAINS.dose));
};

const NOT_READY = /\/(?:1\.0\/)?result-not-ready$/;

const unfinishedHasNone: Probe = async (context) => {
  const faces = new ChainFaces(context);
  const sent = studies(4);
  const held = sent[3]?.key ?? '';
  const from = faces.asked;
  const evidence = await faces.target.runtime.holding([held], async () => {
    const run = await faces.start({ studies: sent });
    const job = await faces.startJob({ studies: sent });
    await faces.untilAsked(held, from);
    await faces.poll(
      () => faces.job(job),
      ({ status }) => status === 'running',
    );
    if (linksOf((await faces.log(run)).outputs).length > 0) throw new TargetFailure('a run under way shows outputs');
    const { status, body } = await faces.ask('GET', `${OGC}/jobs/${job}/results`);
    if (status !== 404) throw new TargetFailure(`results of a job under way: expected status 404, got ${status}`);
    const { type = '' } = parsed<{ type?: string }>(body, 'results of a job under way');
    if (!NOT_READY.test(type))
      throw new TargetFailure(`the exception has the type "${type}", expected …/result-not-ready`);
    return [type];
  });
  const failed = await faces.startJob({ studies: [outOfRange()] });
  await faces.untilJob(failed, 'failed');
  const { status } = await faces.ask('GET', `${OGC}/jobs/${failed}/results`);
  if (status < 400) throw new TargetFailure(`results of a job that failed have status ${status}`);
  return evidence;
};

export const CHAIN_STATE_PROBES: Readonly<Record<string, Probe>> = {
  'chain-states-in-order': statesInOrder,
  'chain-progress-is-true': progressIsTrue,
  'chain-tasks-are-listed': tasksAreListed,
  'chain-failure-is-said': failureIsSaid,
  'chain-runtime-gone': runtimeGone,
  'chain-cancel-works': cancelWorks,
  'chain-ended-stays': endedStays,
  'chain-unfinished-has-none': unfinishedHasNone,
};
