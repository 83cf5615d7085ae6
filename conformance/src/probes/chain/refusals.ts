import { createHash, randomUUID } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { CHAINS, FRAMES } from '../../chain/chain-models.js';
import { dicomStudy, pictureStudy, type Study, studies, tableStudy } from '../../chain/chain-studies.js';
import { TargetFailure } from '../../run/case-result.js';
import { MOMENT_MS } from '../../run/timeouts.js';
import type { Probe } from '../probe.js';
import { ChainFaces, checkRefused, FINAL, OGC, parsed, runIdOf, type Submission, WES } from './chain-faces.js';
import { judgeResults } from './judge-results.js';
import { artefactsOfRun } from './read-artefacts.js';
import { digestOf } from './results.js';

/** What a request says wrongly, by the word that cases give. */
const WRONG: Readonly<Record<string, (studies: readonly Study[]) => Partial<Submission>>> = {
  'unknown workflow': () => ({ fields: { workflow_url: 'conformance-chain-none/1/dose' } }),
  'unknown version': () => ({ fields: { workflow_url: 'conformance-chain-table/2/dose' } }),
  'address elsewhere': () => ({ fields: { workflow_url: 'https://workflows.example/dose.cwl' } }),
  'unknown type': () => ({ fields: { workflow_type: 'CONFORMANCE' } }),
  'unknown type version': () => ({ fields: { workflow_type_version: 'v0.1' } }),
  'no type': () => ({ fields: { workflow_type: undefined } }),
  'no parameters': () => ({ fields: { workflow_params: undefined } }),
  'no JSON': () => ({ fields: { workflow_params: '{"studies": [' } }),
  'no studies': () => ({ fields: { workflow_params: '{}' } }),
  'empty studies': () => ({ fields: { workflow_params: '{"studies": []}' } }),
  'unattached study': () => ({ fields: { workflow_params: filesOf('nowhere.json') } }),
  'file of the machine': () => ({ fields: { workflow_params: filesOf('file:///etc/hostname') } }),
  'unknown parameter': () => ({ chain: CHAINS.parts, parameters: { colour: 1 } }),
  'parameter of another chain': () => ({ chain: CHAINS.dose, parameters: { frame: 0 } }),
  'above its limit': () => ({ chain: CHAINS.parts, parameters: { frame: FRAMES.maximum + 1 } }),
  'below its limit': () => ({ chain: CHAINS.parts, parameters: { frame: FRAMES.minimum - 1 } }),
  'not whole': () => ({ chain: CHAINS.parts, parameters: { frame: 0.5 } }),
  'text for a number': () => ({ chain: CHAINS.parts, parameters: { frame: '0' } }),
};

const filesOf = (location: string): string => JSON.stringify({ studies: [{ class: 'File', location }] });

/** Refused at once, and nothing is computed; with nothing wrong it would have been taken. */
const wrongIsRefused: Probe = async (context) => {
  const faces = new ChainFaces(context);
  const make = WRONG[String(context.with.what)];
  if (make === undefined) throw new RangeError(`the case names no fault of the suite: ${context.with.what}`);
  const study = tableStudy();
  const wrong = make([study]);
  const sent = [wrong.chain === CHAINS.parts ? pictureStudy() : study];
  const isOgc = context.with.over === 'ogc';
  const from = faces.asked;
  const answer = await (isOgc ? faces.execute({ studies: sent, ...wrong }) : faces.submit({ studies: sent, ...wrong }));
  checkRefused(answer, `a request with ${context.with.what}`, [400, 404, 422]);
  const told = parsed<Record<string, unknown>>(answer.body, 'the refusal');
  if (isOgc ? typeof told.type !== 'string' : typeof told.msg !== 'string' || told.status_code !== answer.status) {
    throw new TargetFailure('the refusal has not the form of its standard');
  }
  const right = { studies: sent, ...(wrong.chain !== undefined && { chain: wrong.chain }) };
  await (isOgc ? faces.startJob(right) : faces.complete(right));
  const key = sent[0]?.key ?? '';
  await faces.untilAsked(key, from);
  if (faces.target.runtime.countOf(key, from) > 1)
    throw new TargetFailure('what was refused was computed all the same');
  return [`status ${answer.status}: ${String(told.msg ?? told.title ?? told.detail ?? told.type).slice(0, 120)}`];
};

const NAME = 'conformance-planted';
const TRAVERSALS: Readonly<Record<string, (folder: string) => string>> = {
  parent: () => `../${NAME}.json`,
  'far parent': () => `../../../../${NAME}.json`,
  inside: () => `studies/../../${NAME}.json`,
  absolute: (folder) => join(folder, `${NAME}.json`),
  backslash: () => `..\\${NAME}.json`,
  'parent alone': () => '..',
};

const traversalIsRefused: Probe = async (context) => {
  const faces = new ChainFaces(context);
  const { stateFolder } = faces.target;
  const parent = stateFolder === undefined ? '/tmp' : dirname(stateFolder);
  const name = TRAVERSALS[String(context.with.name)]?.(parent);
  if (name === undefined) throw new RangeError(`the case names no name of the suite: ${context.with.name}`);
  const before = stateFolder === undefined ? [] : outside(stateFolder);
  const from = faces.asked;
  const study = tableStudy();
  // Quoted as forms do it, so that a backslash stays one.
  const sent = await faces.submit({ studies: [study, tableStudy()], names: [name, 'second.json'] });
  checkRefused(sent, `an attachment called ${context.with.name}`, [400, 422]);
  await faces.complete({ studies: [tableStudy()], names: ['studies/first.json'] });
  if (faces.target.runtime.countOf(study.key, from) > 0) throw new TargetFailure('what was refused was computed');
  const after = stateFolder === undefined ? [] : outside(stateFolder);
  const written = after.find((path) => !before.includes(path));
  if (written !== undefined) throw new TargetFailure('a file was written outside of the state folder');
  return [`status ${sent.status}; a name in a folder below is taken`];
};

/** Files beside a folder, below its parent. */
function outside(folder: string): string[] {
  const parent = dirname(folder);
  const own = relative(parent, folder);
  return readdirSync(parent, { withFileTypes: true })
    .filter(({ name }) => name !== own)
    .flatMap((one) =>
      one.isDirectory()
        ? readdirSync(join(parent, one.name), { recursive: true, encoding: 'utf8' }).map((path) => join(one.name, path))
        : [one.name],
    );
}

const wrongChecksum: Probe = async (context) => {
  const faces = new ChainFaces(context);
  const sumOf = ({ bytes }: Study) => `sha1$${createHash('sha1').update(bytes).digest('hex')}`;
  const sent = studies(2);
  const right = sent.map(sumOf);
  const run = await faces.complete({ studies: sent, checksums: right });
  const evidence = judgeResults(await artefactsOfRun(faces, run), sent, digestOf(faces, CHAINS.dose));
  const changed = studies(3);
  const from = faces.asked;
  const wrong = await faces.start({ studies: changed, checksums: [sumOf(changed[0] as Study), right[0] as string] });
  await faces.until(wrong, ['SYSTEM_ERROR']);
  await delay(MOMENT_MS);
  if (changed.some(({ key }) => faces.target.runtime.countOf(key, from) > 0)) {
    throw new TargetFailure('the runtime was asked about items of a run whose checksum is wrong');
  }
  return [...evidence, 'SYSTEM_ERROR'];
};

/** Neither at the submission nor later anything is computed of it. */
async function neverComputed(faces: ChainFaces, submission: Submission): Promise<string> {
  const from = faces.asked;
  const answer = await faces.submit(submission);
  const keys = submission.studies.map(({ key }) => key);
  let told = `status ${answer.status}`;
  if (answer.status === 200) {
    const run = runIdOf(answer);
    told = await faces.poll(
      () => faces.state(run),
      (state) => FINAL.includes(state),
    );
    if (told === 'COMPLETE' || told === 'CANCELED') throw new TargetFailure(`the run is ${told}`);
  } else checkRefused(answer, 'the submission', [400, 415, 422]);
  if (keys.some((key) => faces.target.runtime.countOf(key, from) > 0)) {
    throw new TargetFailure('the runtime was asked about it');
  }
  return told;
}

const burnedInIsRefused: Probe = async (context) => {
  const faces = new ChainFaces(context);
  const chain = CHAINS.shadows;
  const told = await neverComputed(faces, { chain, studies: [dicomStudy({ isBurnedIn: true })] });
  await faces.complete({ chain, studies: [dicomStudy()] });
  return [`${told}; without the annotation it is computed`];
};

const otherTypeIsRefused: Probe = async (context) => {
  const faces = new ChainFaces(context);
  const chain = CHAINS.parts;
  const study = { ...tableStudy(), mediaType: 'image/png', extension: 'png' };
  const told = await neverComputed(faces, { chain, studies: [study] });
  const misnamed = { ...pictureStudy(), extension: 'dat', mediaType: 'application/octet-stream' };
  const run = await faces.complete({ chain, studies: [misnamed] });
  return [told, ...judgeResults(await artefactsOfRun(faces, run), [misnamed], digestOf(faces, chain))];
};

const sameKeySameRun: Probe = async (context) => {
  const faces = new ChainFaces(context);
  const sent = studies(2);
  const idempotencyKey = randomUUID();
  const from = faces.asked;
  const isOgc = context.with.over === 'ogc';
  const submit = () =>
    isOgc ? faces.startJob({ studies: sent, idempotencyKey }) : faces.start({ studies: sent, idempotencyKey });
  const first = await submit();
  const again = await submit();
  if (first !== again) throw new TargetFailure('the same key and the same request began two runs');
  if (isOgc) await faces.untilJob(first, 'successful');
  else await faces.until(first, ['COMPLETE']);
  if ((await submit()) !== first) throw new TargetFailure('after its end, the same key and request began another run');
  const other = await faces.start({ studies: sent, tenant: 'second', idempotencyKey });
  if (other === first) throw new TargetFailure('the key of one tenant gives its run to another one');
  await faces.until(other, ['COMPLETE'], { tenant: 'second' });
  const count = faces.target.runtime.countOf(sent[0]?.key ?? '', from);
  if (count !== 2) throw new TargetFailure(`an item of two runs was asked about ${count} times`);
  return ['one run for three submissions'];
};

const otherContentConflicts: Probe = async (context) => {
  const faces = new ChainFaces(context);
  const idempotencyKey = randomUUID();
  const run = await faces.start({ studies: studies(1), idempotencyKey });
  const from = faces.asked;
  const study = tableStudy();
  const answer = await faces.submit({ studies: [study], idempotencyKey });
  checkRefused(answer, 'another request with the same key', [409, 422]);
  await faces.until(run, ['COMPLETE']);
  if (faces.target.runtime.countOf(study.key, from) > 0) throw new TargetFailure('what was refused was computed');
  return [`status ${answer.status}`];
};

const overQuota: Probe = async (context) => {
  const faces = new ChainFaces(context);
  const tenant = 'bounded';
  const all = studies(4);
  const keys = all.map(({ key }) => key);
  const runs = await faces.target.runtime.holding(keys, async () => {
    const taken = [];
    for (const study of all.slice(0, 2)) taken.push(await faces.start({ studies: [study], tenant }));
    const answer = await faces.submit({ studies: [all[2] as Study], tenant });
    checkRefused(answer, 'one run more than the tenant may have', [429, 503]);
    const { 'retry-after': hint = '' } = answer.headers;
    if (!(Number(hint) >= 0 || Date.parse(hint) > 0) || hint === '') {
      throw new TargetFailure(`the refusal has the hint "${hint}" when to come back`);
    }
    // Others are not held back by it.
    await faces.complete({ studies: [tableStudy()] });
    return taken;
  });
  for (const run of runs) await faces.until(run, ['COMPLETE'], { tenant });
  await faces.complete({ studies: [tableStudy()], tenant });
  return ['refused with a hint, and taken when runs had ended'];
};

/** What is not there, by the face. */
const unknownIsNotFound: Probe = async (context) => {
  const faces = new ChainFaces(context);
  const none = randomUUID();
  const run = await faces.complete({ studies: [tableStudy()] });
  const isOgc = context.with.over === 'ogc';
  const paths = isOgc
    ? [`${OGC}/jobs/${none}`, `${OGC}/jobs/${none}/results`, `${OGC}/processes/${none}`]
    : [`${WES}/runs/${none}`, `${WES}/runs/${none}/status`, `${WES}/runs/${none}/tasks`];
  const types = ['no-such-job', 'no-such-job', 'no-such-process'];
  for (const [index, path] of paths.entries()) {
    const { status, body, headers } = await faces.ask('GET', path);
    if (status !== 404)
      throw new TargetFailure(`GET ${path.replace(none, '<none>')}: expected status 404, got ${status}`);
    const told = parsed<Record<string, unknown>>(body, 'what is not there');
    if (!/json/.test(headers['content-type'] ?? '')) throw new TargetFailure('the error is not said to be JSON');
    const isRight = isOgc
      ? String(told.type).endsWith(`/${types[index]}`)
      : typeof told.msg === 'string' && told.status_code === 404;
    if (!isRight)
      throw new TargetFailure(`the error has not the form of its standard: ${JSON.stringify(told).slice(0, 120)}`);
  }
  if ((await faces.state(run)) !== 'COMPLETE') throw new TargetFailure('a run that is there is not found');
  return [`${paths.length} addresses without anything`];
};

export const CHAIN_REFUSAL_PROBES: Readonly<Record<string, Probe>> = {
  'chain-wrong-is-refused': wrongIsRefused,
  'chain-traversal-is-refused': traversalIsRefused,
  'chain-wrong-checksum': wrongChecksum,
  'chain-burned-in-is-refused': burnedInIsRefused,
  'chain-other-type-is-refused': otherTypeIsRefused,
  'chain-same-key-same-run': sameKeySameRun,
  'chain-other-content-conflicts': otherContentConflicts,
  'chain-over-quota': overQuota,
  'chain-unknown-is-not-found': unknownIsNotFound,
};
