import { CHAINS, type Chain } from '../../chain/chain-models.js';
import {
  dicomStudy,
  pictureStudy,
  recordingStudy,
  type Study,
  studies,
  tableStudy,
} from '../../chain/chain-studies.js';
import { TargetFailure } from '../../run/case-result.js';
import type { Probe } from '../probe.js';
import { ChainFaces, WES } from './chain-faces.js';
import { judgeItem, judgeResults } from './judge-results.js';
import { artefactsOfJob, artefactsOfRun, fetched } from './read-artefacts.js';

/** Items by the word that cases give. @param identifier is planted in it */
export const KINDS: Readonly<Record<string, { readonly chain: Chain; readonly make: (identifier?: string) => Study }>> =
  {
    table: {
      chain: CHAINS.dose,
      make: (identifier) =>
        tableStudy(identifier === undefined ? {} : { name: identifier, record: { mrn: identifier } }),
    },
    picture: { chain: CHAINS.parts, make: pictureStudy },
    radiograph: {
      chain: CHAINS.shadows,
      make: (identifier) => dicomStudy(identifier === undefined ? {} : { identifier }),
    },
    recording: { chain: CHAINS.level, make: recordingStudy },
  };

/** Throws RangeError for a word that stands for nothing. */
export function kindOf(word: unknown): (typeof KINDS)[string] {
  const kind = KINDS[String(word)];
  if (kind === undefined) throw new RangeError(`the suite has no items of kind "${word}"`);
  return kind;
}

/** Of the package of a chain's model. */
export function digestOf({ target }: ChainFaces, { model }: Chain): string {
  return target.models.find((one) => one.model.name === model)?.packageSha256 ?? '';
}

/** Sent in the order in which they are not made, so that no order but that of the inputs is right. */
const turned = (all: readonly Study[]): Study[] => [...all].reverse();

const resultsAreRight: Probe = async (context) => {
  const faces = new ChainFaces(context);
  const { chain, make } = kindOf(context.with.kind);
  const sent = turned(studies(5, () => make()));
  const isOgc = context.with.over === 'ogc';
  const from = faces.asked;
  const artefacts = await (isOgc ? overOgc(faces, chain, sent) : overWes(faces, chain, sent));
  const unasked = sent.find(({ key }) => faces.target.runtime.countOf(key, from) === 0);
  if (unasked !== undefined) throw new TargetFailure('there is a result for an item that the runtime never saw');
  return judgeResults(artefacts, sent, digestOf(faces, chain));
};

async function overWes(faces: ChainFaces, chain: Chain, sent: readonly Study[]) {
  return artefactsOfRun(faces, await faces.complete({ chain, studies: sent }));
}

async function overOgc(faces: ChainFaces, chain: Chain, sent: readonly Study[]) {
  const job = await faces.startJob({ chain, studies: sent });
  await faces.untilJob(job, 'successful');
  return artefactsOfJob(faces, job);
}

/** One that the model refuses among others. */
const refusedIsRecorded: Probe = async (context) => {
  const faces = new ChainFaces(context);
  const chain = CHAINS.recorded;
  const sent = [tableStudy(), outOfRange(), tableStudy()];
  const artefacts = await artefactsOfRun(faces, await faces.complete({ chain, studies: sent }));
  const { results } = artefacts;
  if (results.length !== sent.length) throw new TargetFailure(`3 items were sent, and ${results.length} have results`);
  const [, refused] = results;
  if (refused?.status !== 'refused') throw new TargetFailure(`the item that is refused is ${refused?.status}`);
  const { code = '', message = '' } = refused.error ?? {};
  if (code === '' || message === '') throw new TargetFailure('the item that is refused has no code and no sentence');
  if ((refused.findings ?? []).length > 0) throw new TargetFailure('the item that is refused has findings');
  for (const index of [0, 2]) judgeItem(artefacts, results[index] ?? {}, sent[index] as Study, index);
  return [`refused with ${code}, beside two right results`];
};

/** What the model refuses. */
export function outOfRange(): Study {
  const study = tableStudy();
  const document = JSON.parse(study.bytes.toString()) as { marker: { value: number } };
  document.marker.value = 2_000_000 + document.marker.value;
  return { ...study, bytes: Buffer.from(JSON.stringify(document)) };
}

const digestsAreTrue: Probe = async (context) => {
  const faces = new ChainFaces(context);
  const run = await faces.complete({ chain: CHAINS.parts, studies: studies(3, pictureStudy) });
  const { files, links, base, results } = await artefactsOfRun(faces, run);
  const unlinked = [...files.keys()].find(
    (path) => !links.some((link) => decodeURIComponent(link) === decodeURIComponent(`${base}${path}`)),
  );
  if (unlinked !== undefined) throw new TargetFailure(`the outputs do not lead to ${unlinked}`);
  for (const { item, files: own = [] } of results) {
    for (const { path = '', sha256 } of own) {
      const bytes = files.get(path);
      if (bytes === undefined) throw new TargetFailure(`${item} names ${path}, which SHA256SUMS does not`);
      const line = `${sha256}  ${path}`;
      if (!(await artefactLines(faces, `${base}SHA256SUMS`)).includes(line)) {
        throw new TargetFailure(`${item} gives another digest of ${path} than SHA256SUMS`);
      }
    }
  }
  return [`${files.size} artefacts with their digests`];
};

async function artefactLines(faces: ChainFaces, link: string): Promise<string[]> {
  return (await fetched(faces, link)).toString('utf8').split('\n');
}

const sameAgain: Probe = async (context) => {
  const faces = new ChainFaces(context);
  const { chain, make } = kindOf(context.with.kind);
  const sent = studies(3, () => make());
  const first = await overWes(faces, chain, sent);
  const again = await (context.with.over === 'ogc' ? overOgc(faces, chain, sent) : overWes(faces, chain, sent));
  if (first.sums !== again.sums) throw new TargetFailure('the same inputs gave other artefacts');
  judgeResults(again, sent, digestOf(faces, chain));
  return [`${first.files.size} artefacts, equal in both`];
};

const crateIsThere: Probe = async (context) => {
  const faces = new ChainFaces(context);
  const chain = CHAINS.dose;
  const run = await faces.complete({ chain, studies: studies(3) });
  const { base, links, results } = await artefactsOfRun(faces, run);
  const name = 'ro-crate-metadata.json';
  const link = links.find((one) => new URL(one).pathname.endsWith(`/${name}`)) ?? `${base}${name}`;
  const text = (await fetched(faces, link)).toString('utf8');
  let crate: { '@context'?: unknown; '@graph'?: unknown };
  try {
    crate = JSON.parse(text);
  } catch {
    throw new TargetFailure('the crate is no JSON');
  }
  if (crate['@context'] === undefined || !Array.isArray(crate['@graph'])) throw new TargetFailure('it is no RO-Crate');
  if (!text.includes(digestOf(faces, chain)))
    throw new TargetFailure('the crate does not name the package of the model');
  const missing = results.find(({ inputSha256 = '' }) => !text.includes(inputSha256));
  if (missing !== undefined)
    throw new TargetFailure(`the crate does not name the input of ${missing.item} by its digest`);
  return ['a crate with the package and every input'];
};

const serviceInfo: Probe = async (context) => {
  const faces = new ChainFaces(context);
  const read = () => faces.read<Record<string, unknown>>(`${WES}/service-info`);
  const info = await read();
  const wes = info.supported_wes_versions as readonly string[] | undefined;
  if (!wes?.some((version) => /^1\.1/.test(version))) throw new TargetFailure('it does not say that it speaks WES 1.1');
  const types = info.workflow_type_versions as
    | Record<string, { workflow_type_version?: readonly string[] }>
    | undefined;
  const versions = types?.CWL?.workflow_type_version ?? [];
  if (!versions.includes('v1.2')) throw new TargetFailure('it does not say that it runs CWL v1.2');
  for (const name of [
    ...['supported_filesystem_protocols', 'workflow_engine_versions', 'default_workflow_engine_parameters'],
    ...['auth_instructions_url', 'tags', 'id', 'name', 'type', 'organization', 'version'],
  ]) {
    if (info[name] === undefined) throw new TargetFailure(`the field ${name} is missing`);
  }
  const complete = (one: Record<string, unknown>) =>
    Number((one.system_state_counts as Record<string, number> | undefined)?.COMPLETE);
  const before = complete(info);
  await faces.complete({ studies: [tableStudy()] });
  const after = complete(await read());
  if (after !== before + 1)
    throw new TargetFailure(`one run more is COMPLETE, and the count went from ${before} to ${after}`);
  // What it names runs; what it does not name is refused by other cases.
  const type = Object.keys(types ?? {}).find((one) => one !== 'CWL');
  if (type !== undefined) {
    const version = types?.[type]?.workflow_type_version?.[0] ?? '';
    const fields = { workflow_type: type, workflow_type_version: version };
    const { status } = await faces.submit({ studies: [tableStudy()], fields });
    if (status !== 200) throw new TargetFailure(`it says that it runs ${type}, and does not take it`);
  }
  return [`WES ${wes.join(', ')}, CWL ${versions.join(', ')}`];
};

const processesAreDescribed: Probe = async (context) => {
  const faces = new ChainFaces(context);
  const { conformsTo = [] } = await faces.read<{ conformsTo?: readonly string[] }>('/ogc/conformance');
  if (!conformsTo.some((uri) => /ogcapi-processes-1\/1\.\d+\/conf\/core$/.test(uri))) {
    throw new TargetFailure('it does not say that it conforms to the core of OGC API - Processes');
  }
  for (const chain of Object.values(CHAINS)) {
    const id = await faces.processOf(chain);
    const process = await faces.read<Record<string, unknown>>(`/ogc/processes/${encodeURIComponent(id)}`);
    if (process.id !== id || typeof process.version !== 'string') throw new TargetFailure(`${id} has no id or version`);
    const options = (process.jobControlOptions ?? []) as readonly string[];
    if (!options.includes('async-execute')) throw new TargetFailure(`${id} does not say that it runs asynchronously`);
    const inputs = (process.inputs ?? {}) as Record<string, { schema?: unknown }>;
    if (inputs.studies?.schema === undefined) throw new TargetFailure(`${id} describes no input "studies"`);
    const takesFrame = JSON.stringify(inputs.frame?.schema ?? null);
    const isParts = chain === CHAINS.parts;
    if (isParts && !(takesFrame.includes('"maximum":3') && takesFrame.includes('integer'))) {
      throw new TargetFailure(`${id} does not describe the parameter frame with its limits`);
    }
    if (!isParts && inputs.frame !== undefined) throw new TargetFailure(`${id} describes a parameter that it has not`);
    if (Object.keys((process.outputs ?? {}) as object).length === 0)
      throw new TargetFailure(`${id} describes no outputs`);
  }
  return [`${Object.keys(CHAINS).length} processes`];
};

/** Asked after every case. */
const stillRight: Probe = async (context) => {
  const faces = new ChainFaces(context);
  const sent = [tableStudy()];
  return judgeResults(await overWes(faces, CHAINS.dose, sent), sent, digestOf(faces, CHAINS.dose));
};

export const CHAIN_RESULT_PROBES: Readonly<Record<string, Probe>> = {
  'chain-results-are-right': resultsAreRight,
  'chain-refused-is-recorded': refusedIsRecorded,
  'chain-digests-are-true': digestsAreTrue,
  'chain-same-again': sameAgain,
  'chain-crate-is-there': crateIsThere,
  'chain-service-info': serviceInfo,
  'chain-processes-are-described': processesAreDescribed,
  'chain-still-right': stillRight,
};
