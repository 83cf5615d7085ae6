import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { CHAIN_MODELS, CHAINS, ITEMS_PER_CHUNK, TIME_LIMIT_S } from '../../chain/chain-models.js';
import { bytesOf } from '../../chain/chain-runtime.js';
import { studies, tableStudy } from '../../chain/chain-studies.js';
import { NotJudged, TargetFailure } from '../../run/case-result.js';
import { MOMENT_MS } from '../../run/timeouts.js';
import type { Probe } from '../probe.js';
import { ChainFaces, checkRefused, FINAL, WES } from './chain-faces.js';
import { judgeResults } from './judge-results.js';
import { artefactsOfJob, artefactsOfRun, linksOf } from './read-artefacts.js';
import { digestOf, kindOf, outOfRange } from './results.js';

const modelIsReplaced: Probe = async (context) => {
  const faces = new ChainFaces(context);
  const { runtime } = faces.target;
  const sent = studies(3 * ITEMS_PER_CHUNK);
  const held = sent[ITEMS_PER_CHUNK]?.key ?? '';
  const from = faces.asked;
  let putBack: () => void = () => undefined;
  try {
    const run = await runtime.holding([held], async () => {
      const started = await faces.start({ studies: sent });
      await faces.untilAsked(held, from);
      // The first chunk was computed by the one, the rest would be by the other.
      await faces.poll(
        async () => runtime.countOf(sent[0]?.key ?? '', from),
        (count) => count > 0,
      );
      putBack = runtime.replace(CHAIN_MODELS.table);
      return started;
    });
    const state = await faces.poll(
      () => faces.state(run),
      (one) => FINAL.includes(one),
    );
    if (state === 'COMPLETE') {
      return judgeResults(await artefactsOfRun(faces, run), sent, digestOf(faces, CHAINS.dose));
    }
    if (linksOf((await faces.log(run)).outputs).length > 0) throw new TargetFailure('a run that failed shows outputs');
    return [`the run is ${state}`];
  } finally {
    putBack();
  }
};

const killedGoesOn: Probe = async (context) => {
  const faces = new ChainFaces(context);
  const { runtime, restart } = faces.target;
  if (restart === undefined)
    throw new NotJudged('notApplicable', 'only a service that the suite starts itself can be killed');
  const sent = studies(3 * ITEMS_PER_CHUNK);
  const plain = await artefactsOfRun(faces, await faces.complete({ studies: sent }));
  const from = faces.asked;
  const held = sent[2 * ITEMS_PER_CHUNK]?.key ?? '';
  const done = sent.slice(0, 2 * ITEMS_PER_CHUNK).map(({ key }) => key);
  const idempotencyKey = randomUUID();
  const run = await runtime.holding([held], async () => {
    const started = await faces.start({ studies: sent, idempotencyKey });
    await faces.untilAsked(held, from);
    await faces.poll(async () => done.every((key) => runtime.countOf(key, from) > 0), Boolean);
    // Chunks that go on at the same time may not be done yet: their tasks say when they are.
    await faces.poll(
      async () =>
        (await faces.tasks(started)).filter(({ name = '', end_time: end }) => /chunk/i.test(name) && end).length,
      (ended) => ended >= 2,
    );
    await restart().catch((failed: Error) => {
      throw new TargetFailure(`after it was killed it does not start again: ${failed.message}`);
    });
    return started;
  });
  await faces.until(run, ['COMPLETE']);
  const artefacts = await artefactsOfRun(faces, run);
  const evidence = judgeResults(artefacts, sent, digestOf(faces, CHAINS.dose));
  if (artefacts.sums !== plain.sums) throw new TargetFailure('a run that was interrupted has other artefacts');
  const twice = done.find((key) => runtime.countOf(key, from) > 1);
  if (twice !== undefined) throw new TargetFailure('an item of a chunk that was done was asked about again');
  const again = await faces.start({ studies: sent, idempotencyKey });
  if (again !== run) throw new TargetFailure('after the start the idempotency key is forgotten');
  return [...evidence, 'chunks that were done were not asked about again'];
};

const callsAreBatch: Probe = async (context) => {
  const faces = new ChainFaces(context);
  const sent = studies(2);
  const from = faces.asked;
  await faces.complete({ studies: sent });
  const own = faces.target.runtime.questions.slice(from).filter(({ key }) => sent.some((one) => one.key === key));
  if (own.length === 0) throw new TargetFailure('the runtime was not asked');
  for (const { request } of own) {
    if (context.with.what === 'priority' && request.priority !== 'PRIORITY_BATCH') {
      throw new TargetFailure(`a call has the priority ${request.priority}`);
    }
    if (context.with.what === 'package' && request.expectedPackageSha256 !== digestOf(faces, CHAINS.dose)) {
      throw new TargetFailure('a call does not say which package the run is pinned to');
    }
  }
  const late = own.find(({ remainingMs }) => !(remainingMs <= TIME_LIMIT_S * 1000 + 1000));
  if (context.with.what === 'deadline' && late !== undefined) {
    throw new TargetFailure(`a call has ${late.remainingMs} ms, and its task ${TIME_LIMIT_S} s`);
  }
  return [`${own.length} calls`];
};

/** Hosts that only look like the one that is listed. */
const FOREIGN = [
  'http://callbacks.example/done',
  'https://127.0.0.1.callbacks.example/done',
  'http://127.0.0.1@callbacks.example/done',
  'http://127.0.0.1:9/done',
  'file:///tmp/conformance-callback',
];

const foreignCallbacks: Probe = async (context) => {
  const faces = new ChainFaces(context);
  const from = faces.asked;
  const study = tableStudy();
  for (const url of FOREIGN) {
    for (const name of ['successUri', 'failedUri', 'inProgressUri']) {
      const answer = await faces.execute({ studies: [study], callbacks: { [name]: url } });
      checkRefused(answer, `${name} to a host that is not listed`, [400, 403, 422]);
    }
  }
  const callbacks = { successUri: faces.target.callbacks.url(`/${randomUUID()}`) };
  await faces.untilJob(await faces.startJob({ studies: [study], callbacks }), 'successful');
  if (faces.target.runtime.countOf(study.key, from) !== 1) throw new TargetFailure('what was refused was computed');
  return [`${FOREIGN.length} hosts are refused, and the one that is listed is not`];
};

const callbacksCome: Probe = async (context) => {
  const faces = new ChainFaces(context);
  const receiver = faces.target.callbacks;
  const path = `/${randomUUID()}`;
  const [success, failed, inProgress] = ['success', 'failed', 'inprogress'].map((name) => `${path}/${name}`) as [
    string,
    string,
    string,
  ];
  const callbacks = {
    successUri: receiver.url(success),
    failedUri: receiver.url(failed),
    ...(context.with.what === 'progress' && { inProgressUri: receiver.url(inProgress) }),
  };
  const isFailing = context.with.what === 'failed';
  const sent = isFailing ? [outOfRange()] : studies(3);
  const job = await faces.startJob({ studies: sent, callbacks });
  const wanted = { failed, progress: inProgress }[String(context.with.what)] ?? success;
  const found = await receiver.waitFor(wanted, faces.patienceMs);
  if (found === undefined) throw new TargetFailure('no callback came');
  if (found.method !== 'POST') throw new TargetFailure(`the callback is a ${found.method}`);
  try {
    if (typeof JSON.parse(found.body) !== 'object') throw new RangeError();
  } catch {
    throw new TargetFailure('the callback has no body in JSON');
  }
  await faces.untilJob(job, isFailing ? 'failed' : 'successful');
  await delay(MOMENT_MS);
  const other = receiver.seen.find((one) => one.path === (isFailing ? success : failed));
  if (other !== undefined) throw new TargetFailure('the callback for the other ending came, too');
  const count = receiver.seen.filter((one) => one.path === wanted).length;
  if (wanted !== inProgress && count !== 1) throw new TargetFailure(`the callback came ${count} times`);
  return [`POST with ${found.body.length} characters`];
};

/** What was planted in an item, its name and its tags is seen nowhere but in what gives the request back. */
const identifiersStay: Probe = async (context) => {
  const faces = new ChainFaces(context);
  const { chain, make } = kindOf(context.with.kind);
  const identifier = `XQ${randomUUID().replaceAll('-', '').slice(0, 14).toUpperCase()}`;
  const sent = [make(identifier), make()];
  const from = faces.asked;
  const fields = { tags: JSON.stringify({ patient: identifier }) };
  const names = sent.map(({ extension }, index) => `${identifier}_${index}.${extension}`);
  const run = await faces.complete({ chain, studies: sent, names, fields });
  const { files, results: _, ...rest } = await artefactsOfRun(faces, run);
  const { request: __, ...log } = await faces.log(run);
  const info = { ...(await faces.ask('GET', `${WES}/runs/${run}/status`)).headers };
  const job = await faces.startJob({ chain, studies: sent });
  await faces.untilJob(job, 'successful');
  const places: [string, string][] = [
    ['an answer', JSON.stringify([log, info, await faces.tasks(run), rest.links, await faces.job(job)])],
    ['the name of an artefact', [...files.keys()].join('\n')],
    ...[...files].map(([path, bytes]): [string, string] => [path, bytes.toString('latin1')]),
    ...[...(await artefactsOfJob(faces, job)).files].map(([path, bytes]): [string, string] => [
      path,
      bytes.toString('latin1'),
    ]),
    ['the log of the service', faces.target.log().join('\n')],
    ...faces.target.runtime.questions
      .slice(from)
      .map((one): [string, string] => ['a call of the runtime', bytesOf(one)]),
  ];
  const failing = await faces.start({
    chain,
    studies: [refusedOf(make(identifier).bytes)],
    names: [`${identifier}.bin`],
  });
  await faces.poll(
    () => faces.state(failing),
    (state) => FINAL.includes(state),
  );
  const { request: ___, ...failed } = await faces.log(failing);
  places.push(['the log of a run that failed', JSON.stringify([failed, await faces.tasks(failing)])]);
  places.push(['the log of the service', faces.target.log().join('\n')]);
  const leak = places.find(([, text]) => text.includes(identifier));
  if (leak !== undefined) throw new TargetFailure(`what identifies a patient is in ${leak[0]}`);
  return [`not in ${places.length} places`];
};

/** No item of any chain, with the bytes of one in it. */
function refusedOf(bytes: Buffer) {
  const broken = Buffer.concat([Buffer.from('conformance\0'), bytes]);
  return { ...tableStudy(), bytes: broken, extension: 'bin', mediaType: 'application/octet-stream' };
}

export const CHAIN_FAULT_PROBES: Readonly<Record<string, Probe>> = {
  'chain-model-is-replaced': modelIsReplaced,
  'chain-killed-goes-on': killedGoesOn,
  'chain-calls-are-batch': callsAreBatch,
  'chain-foreign-callbacks': foreignCallbacks,
  'chain-callbacks-come': callbacksCome,
  'chain-identifiers-stay': identifiersStay,
};
