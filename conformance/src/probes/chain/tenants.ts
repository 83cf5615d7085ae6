import { randomUUID } from 'node:crypto';
import { CHAINS } from '../../chain/chain-models.js';
import { studies, tableStudy } from '../../chain/chain-studies.js';
import { TargetFailure } from '../../run/case-result.js';
import type { Probe } from '../probe.js';
import { ChainFaces, OGC, WES } from './chain-faces.js';
import { artefactsOfRun } from './read-artefacts.js';

interface Page {
  readonly runs?: readonly { readonly run_id?: string; readonly state?: string }[];
  readonly next_page_token?: string;
}

/** What one may do with a run, by the word that cases give. */
const ACTS: Readonly<Record<string, (run: string) => readonly [method: string, path: string]>> = {
  log: (run) => ['GET', `${WES}/runs/${run}`],
  status: (run) => ['GET', `${WES}/runs/${run}/status`],
  tasks: (run) => ['GET', `${WES}/runs/${run}/tasks`],
  cancel: (run) => ['POST', `${WES}/runs/${run}/cancel`],
  job: (run) => ['GET', `${OGC}/jobs/${run}`],
  results: (run) => ['GET', `${OGC}/jobs/${run}/results`],
  dismiss: (run) => ['DELETE', `${OGC}/jobs/${run}`],
};

/** Answered to another tenant as what never was, word for word. */
const otherTenantFindsNothing: Probe = async (context) => {
  const faces = new ChainFaces(context);
  const act = ACTS[String(context.with.act)];
  if (act === undefined) throw new RangeError(`the case names no act of the suite: ${context.with.act}`);
  const isOgc = act('x')[1].startsWith(OGC);
  const sent = studies(2);
  const held = sent[0]?.key ?? '';
  await faces.target.runtime.holding([held], async (release) => {
    const run = await (isOgc ? faces.startJob({ studies: sent }) : faces.start({ studies: sent }));
    await faces.untilAsked(held, 0);
    const none = randomUUID().replaceAll('-', '');
    const ask = async (id: string) => {
      const { status, body } = await faces.ask(...act(id), { tenant: 'second' });
      return { status, told: body.toString('utf8').replaceAll(id, '<id>') };
    };
    const [found, never] = [await ask(run), await ask(none)];
    if (found.status !== 404) throw new TargetFailure(`another tenant is answered with ${found.status}, expected 404`);
    if (found.told !== never.told) throw new TargetFailure('another tenant sees that there is such a run');
    release(held);
    if (isOgc) await faces.untilJob(run, 'successful');
    else await faces.until(run, ['COMPLETE']);
  });
  return ['status 404, as for what never was'];
};

const otherTenantReadsNothing: Probe = async (context) => {
  const faces = new ChainFaces(context);
  const run = await faces.complete({ studies: studies(2) });
  const { base } = await artefactsOfRun(faces, run);
  const { pathname } = new URL(base);
  for (const path of ['SHA256SUMS', 'results.ndjson']) {
    for (const tenant of ['second', 'nobody'] as const) {
      const { status } = await faces.ask('GET', `${pathname}${path}`, { tenant });
      const wanted = tenant === 'nobody' ? 401 : 404;
      if (status !== wanted)
        throw new TargetFailure(`${path} is answered to ${tenant} with ${status}, expected ${wanted}`);
    }
  }
  return ['artefacts are for their tenant alone'];
};

async function listed(
  faces: ChainFaces,
  tenant: 'first' | 'second' | 'listing',
  size: number,
  between?: () => Promise<void>,
) {
  const ids: string[] = [];
  let token = '';
  for (let pages = 0; pages < 500; pages++) {
    const query = `page_size=${size}${token === '' ? '' : `&page_token=${encodeURIComponent(token)}`}`;
    const page = await faces.read<Page>(`${WES}/runs?${query}`, { tenant });
    const { runs = [] } = page;
    if (runs.length > size) throw new TargetFailure(`a page of ${size} holds ${runs.length} runs`);
    if (runs.some(({ run_id: id }) => typeof id !== 'string'))
      throw new TargetFailure('a run of the list has no run_id');
    ids.push(...runs.map(({ run_id: id = '' }) => id));
    token = page.next_page_token ?? '';
    if (token === '') return ids;
    if (pages === 0) await between?.();
  }
  throw new TargetFailure('the list does not end');
}

const onlyOwnAreListed: Probe = async (context) => {
  const faces = new ChainFaces(context);
  const own = await faces.complete({ studies: [tableStudy()] });
  const other = await faces.complete({ studies: [tableStudy()], tenant: 'second' });
  const [mine, theirs] = [await listed(faces, 'first', 100), await listed(faces, 'second', 100)];
  if (!mine.includes(own) || !theirs.includes(other))
    throw new TargetFailure('a run is missing in the list of its tenant');
  if (mine.includes(other) || theirs.includes(own)) throw new TargetFailure('a run is in the list of another tenant');
  const { jobs = [] } = await faces.read<{ jobs?: readonly { jobID?: string; id?: string }[] }>(`${OGC}/jobs`);
  if (jobs.some(({ jobID, id }) => jobID === other || id === other)) {
    throw new TargetFailure('a job is in the list of another tenant');
  }
  return [`${mine.length} and ${theirs.length} runs`];
};

const pagesAreWhole: Probe = async (context) => {
  const faces = new ChainFaces(context);
  const tenant = 'listing';
  const runs: string[] = [];
  for (let count = 0; count < 5; count++) runs.push(await faces.start({ studies: [tableStudy()], tenant }));
  const ids = await listed(faces, tenant, 2, async () => {
    runs.push(await faces.start({ studies: [tableStudy()], tenant }));
  });
  const known = runs.slice(0, 5);
  const missing = known.filter((run) => !ids.includes(run));
  if (missing.length > 0) throw new TargetFailure(`${missing.length} of 5 runs are on no page`);
  if (new Set(ids).size !== ids.length) throw new TargetFailure('a run is on two pages');
  const again = await listed(faces, tenant, 3);
  if (runs.some((run) => !again.includes(run))) throw new TargetFailure('a run is missing in pages of another size');
  for (const run of runs) await faces.until(run, ['COMPLETE'], { tenant });
  return [`${ids.length} runs on pages of 2`];
};

const strangePagesAreRefused: Probe = async (context) => {
  const faces = new ChainFaces(context);
  const tenant = 'listing';
  await faces.start({ studies: [tableStudy()], tenant });
  const { runs = [] } = await faces.read<Page>(`${WES}/runs?page_size=1`, { tenant });
  if (runs.length !== 1) throw new TargetFailure('a page of one run holds none');
  for (const query of [
    'page_token=conformance-garbage',
    'page_token=%00%27',
    'page_size=0',
    'page_size=-1',
    'page_size=many',
  ]) {
    const { status } = await faces.ask('GET', `${WES}/runs?${query}`, { tenant });
    if (status !== 400) throw new TargetFailure(`${query}: expected status 400, got ${status}`);
  }
  return ['strange tokens and sizes have status 400'];
};

const keyIsAsked: Probe = async (context) => {
  const faces = new ChainFaces(context);
  const run = await faces.complete({ studies: [tableStudy()] });
  const job = await faces.startJob({ studies: [tableStudy()] });
  const from = faces.asked;
  const study = tableStudy();
  const process = await faces.processOf(CHAINS.dose);
  for (const tenant of ['nobody', 'stranger'] as const) {
    const answers = [
      await faces.submit({ studies: [study], tenant }),
      await faces.execute({ studies: [study], tenant, process }),
    ];
    for (const path of [
      `${WES}/runs`,
      `${WES}/runs/${run}`,
      `${OGC}/jobs`,
      `${OGC}/jobs/${job}`,
      `${OGC}/jobs/${job}/results`,
    ]) {
      answers.push(await faces.ask('GET', path, { tenant }));
    }
    const strange = answers.find(({ status }) => status !== 401);
    if (strange !== undefined)
      throw new TargetFailure(`without a known key: expected status 401, got ${strange.status}`);
  }
  if (faces.target.runtime.countOf(study.key, from) > 0) throw new TargetFailure('what was refused was computed');
  await faces.untilJob(job, 'successful');
  return ['status 401 without a known key'];
};

export const CHAIN_TENANT_PROBES: Readonly<Record<string, Probe>> = {
  'chain-other-tenant-finds-nothing': otherTenantFindsNothing,
  'chain-other-tenant-reads-nothing': otherTenantReadsNothing,
  'chain-only-own-are-listed': onlyOwnAreListed,
  'chain-pages-are-whole': pagesAreWhole,
  'chain-strange-pages-are-refused': strangePagesAreRefused,
  'chain-key-is-asked': keyIsAsked,
};
