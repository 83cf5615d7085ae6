import { lstat, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DeepHealthError, repeatedKey, sha256 } from '@deephealth/sdk';
import { PARAMETER_TYPES } from '../bindings/processing-chain-binding.js';
import type { ArtefactRecord } from '../runs/run-record.js';
import { RESULTS_FILE } from '../steps/run-folder.js';
import { IDS, METADATA_FILE, PROFILES, RO_CRATE, WORKFLOW_FILE } from './crate-entity.js';

/** What is needed to run a chain again, and to tell whether it gave the same. */
export interface RunCrate {
  /** "<model>/<version>/<label>". */
  readonly chain: string;
  readonly packageSha256: string;
  readonly parameters: Readonly<Record<string, number | boolean>>;
  /** Inputs as they were staged, in their order. */
  readonly inputs: readonly { readonly item: string; readonly sha256: string }[];
  /** Artefacts by their path in the result. */
  readonly artefacts: readonly ArtefactRecord[];
  /** Where the artefacts are in the crate; "" for the folder itself. */
  readonly resultFolder: string;
  /** The chain as CWL. */
  readonly workflow: string;
}

/** A cohort of a million files needs less. */
const MOST_BYTES = 512 * 2 ** 20;
const MOST_WORKFLOW_BYTES = 4 * 2 ** 20;
const MOST_ENTITIES = 2_000_000;
const SHA256 = /^[0-9a-f]{64}$/;
const ITEM = /^item-\d{6,}$/;
const CHAIN = /^[a-z0-9][a-z0-9_-]{0,63}\/[0-9A-Za-z.-]{1,64}\/[a-z0-9][a-z0-9-]{0,62}$/;

type Found = Readonly<Record<string, unknown>>;

/**
 * Reads a crate that writeRunCrate wrote. Whatever it holds, nothing outside its folder is read, and nothing is
 * believed that is not of its form.
 *
 * @throws DH_CHAIN_REQUEST_INVALID saying what is wrong, by the id of the entity
 */
export async function readRunCrate(folder: string): Promise<RunCrate> {
  const crate = parseRunCrate(await contained(folder, METADATA_FILE, MOST_BYTES));
  const workflow = await contained(folder, WORKFLOW_FILE, MOST_WORKFLOW_BYTES);
  if (sha256(workflow) !== crate.workflowSha256) throw crateInvalid(`${WORKFLOW_FILE} is not what the crate says`);
  const { workflowSha256: _, ...told } = crate;
  return { ...told, workflow: new TextDecoder().decode(workflow) };
}

/** The metadata alone; `workflowSha256` is what the file with the workflow must have. Throws as readRunCrate does. */
export function parseRunCrate(bytes: Uint8Array): Omit<RunCrate, 'workflow'> & { readonly workflowSha256: string } {
  const graph = graphOf(bytes);
  const root = entity(graph, './');
  if (entity(graph, METADATA_FILE).about === undefined || !refers(entity(graph, METADATA_FILE).conformsTo, RO_CRATE)) {
    throw crateInvalid(`it is no RO-Crate 1.1`);
  }
  if (!refers(root.conformsTo, PROFILES.workflowRun[0])) throw crateInvalid(`it is no ${PROFILES.workflowRun[1]}`);
  if (!refers(root.mainEntity, WORKFLOW_FILE)) throw crateInvalid(`its main entity is not ${WORKFLOW_FILE}`);
  const workflow = entity(graph, WORKFLOW_FILE);
  const chain = text(workflow, WORKFLOW_FILE, 'identifier', CHAIN);
  const { artefacts, resultFolder } = artefactsOf(graph, root);
  return {
    chain,
    packageSha256: text(entity(graph, `${IDS.valuePrefix}package`), `${IDS.valuePrefix}package`, 'value', SHA256),
    parameters: parametersOf(graph),
    inputs: inputsOf(graph),
    artefacts,
    resultFolder,
    workflowSha256: text(workflow, WORKFLOW_FILE, 'sha256', SHA256),
  };
}

/** A file of the folder itself; no link, which may lead anywhere. */
async function contained(folder: string, name: string, mostBytes: number): Promise<Buffer> {
  const path = join(folder, name);
  const found = await lstat(path).catch(() => undefined);
  if (!found?.isFile()) throw crateInvalid(`it has no file ${name}`);
  if (found.size > mostBytes) throw crateInvalid(`${name} has more than ${mostBytes} bytes`);
  return readFile(path).catch((cause: unknown) => {
    throw crateInvalid(`${name} cannot be read`, cause);
  });
}

function graphOf(bytes: Uint8Array): Map<string, Found> {
  let document: unknown;
  try {
    const source = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    document = JSON.parse(source);
    if (repeatedKey(source) !== undefined) throw new SyntaxError('a name stands twice in an object');
  } catch (cause) {
    throw crateInvalid(`${METADATA_FILE} is no JSON in UTF-8, or has a name twice`, cause);
  }
  const list = isObject(document) ? document['@graph'] : undefined;
  if (!Array.isArray(list) || list.length > MOST_ENTITIES) throw crateInvalid('it has no @graph, or too large a one');
  const graph = new Map<string, Found>();
  for (const one of list as unknown[]) {
    const id = isObject(one) ? one['@id'] : undefined;
    if (typeof id !== 'string') throw crateInvalid('an entity has no @id');
    if (graph.has(id)) throw crateInvalid(`${named(id)} stands twice in it`);
    graph.set(id, one as Found);
  }
  return graph;
}

function parametersOf(graph: ReadonlyMap<string, Found>): Record<string, number | boolean> {
  const parameters = new Map<string, number | boolean>();
  for (const name of Object.keys(PARAMETER_TYPES)) {
    const found = graph.get(`${IDS.valuePrefix}${name}`);
    if (found === undefined) continue;
    const { value } = found;
    const isSound =
      PARAMETER_TYPES[name as keyof typeof PARAMETER_TYPES] === 'boolean'
        ? typeof value === 'boolean'
        : Number.isFinite(value);
    if (!isSound) throw crateInvalid(`the value of ${name} is of another type`);
    parameters.set(name, value as number | boolean);
  }
  // A parameter that we do not know would be left out without a word.
  const unknown = [...graph.keys()].find((id) => {
    const name = id.slice(IDS.valuePrefix.length);
    return id.startsWith(IDS.valuePrefix) && name !== 'package' && !parameters.has(name);
  });
  if (unknown !== undefined) throw crateInvalid(`${named(unknown)} is no parameter of a chain`);
  return Object.fromEntries([...parameters].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function inputsOf(graph: ReadonlyMap<string, Found>): RunCrate['inputs'] {
  const inputs = references(entity(graph, IDS.inputs).hasPart).flatMap((id) => {
    const found = entity(graph, id);
    const digest = text(found, id, 'sha256', SHA256);
    if (id !== `${IDS.digestPrefix}${digest}`) throw crateInvalid(`${named(id)} has another digest`);
    return [found.name, ...list(found.alternateName)].map((item) => {
      if (typeof item !== 'string' || !ITEM.test(item)) throw crateInvalid(`${named(id)} has a name that is no item`);
      return { item, sha256: digest };
    });
  });
  inputs.sort((a, b) => a.item.length - b.item.length || (a.item < b.item ? -1 : 1));
  const gap = inputs.findIndex(({ item }, index) => Number(item.slice(5)) !== index + 1);
  if (gap >= 0 || inputs.length === 0) throw crateInvalid(`its inputs are not counted from item-000001 without a gap`);
  return inputs;
}

function artefactsOf(graph: ReadonlyMap<string, Found>, root: Found): Pick<RunCrate, 'artefacts' | 'resultFolder'> {
  const ids = references(root.hasPart).filter((id) => id !== WORKFLOW_FILE);
  const paths = ids.map((id) => ({ id, path: insidePath(id) }));
  // An item may have a file of the same name further down.
  const results = paths
    .filter(({ path }) => path === RESULTS_FILE || path.endsWith(`/${RESULTS_FILE}`))
    .sort((a, b) => a.path.length - b.path.length)[0];
  if (results === undefined) throw crateInvalid(`it has no ${RESULTS_FILE}`);
  const resultFolder = results.path.slice(0, -RESULTS_FILE.length).replace(/\/$/, '');
  const artefacts = paths.map(({ id, path }): ArtefactRecord => {
    const found = entity(graph, id);
    const prefix = resultFolder === '' ? '' : `${resultFolder}/`;
    if (!path.startsWith(prefix)) throw crateInvalid(`${named(id)} is not among the results`);
    const size = text(found, id, 'contentSize', /^\d{1,15}$/);
    const mediaType = text(found, id, 'encodingFormat', /^[\w.+-]{1,64}\/[\w.+-]{1,64}$/);
    return {
      path: path.slice(prefix.length),
      mediaType,
      size: Number(size),
      sha256: text(found, id, 'sha256', SHA256),
    };
  });
  artefacts.sort((a, b) => (a.path < b.path ? -1 : 1));
  if (artefacts.some(({ path }, i) => path === artefacts[i - 1]?.path))
    throw crateInvalid('an artefact stands twice in it');
  return { artefacts, resultFolder };
}

/** The path of a relative id. Anything that could lead out of the folder is refused, on every system. */
function insidePath(id: string): string {
  let path: string;
  try {
    path = decodeURIComponent(id);
  } catch (cause) {
    throw crateInvalid(`${named(id)} is no URI`, cause);
  }
  const isInside =
    path.length <= 1024 &&
    !/[\\:\u0000-\u001f\u007f]/.test(path) &&
    path.split('/').every((step) => step !== '' && step !== '.' && step !== '..');
  if (!isInside) throw crateInvalid(`${named(id)} is no path inside the crate`);
  return path;
}

function entity(graph: ReadonlyMap<string, Found>, id: string): Found {
  const found = graph.get(id);
  if (found === undefined) throw crateInvalid(`it has no entity ${named(id)}`);
  return found;
}

function text(found: Found, id: string, member: string, form: RegExp): string {
  const value = found[member];
  if (typeof value !== 'string' || !form.test(value)) throw crateInvalid(`${named(id)} has no ${member} of its form`);
  return value;
}

function list(value: unknown): readonly unknown[] {
  return value === undefined ? [] : Array.isArray(value) ? value : [value];
}

function references(value: unknown): string[] {
  return list(value).flatMap((one) => (isObject(one) && typeof one['@id'] === 'string' ? [one['@id']] : []));
}

function refers(value: unknown, id: string): boolean {
  return references(value).includes(id);
}

function isObject(value: unknown): value is Found {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Ids may be anything, and long. */
function named(id: string): string {
  return JSON.stringify(id.length > 80 ? `${id.slice(0, 80)}…` : id);
}

function crateInvalid(why: string, cause?: unknown): DeepHealthError {
  return new DeepHealthError('DH_CHAIN_REQUEST_INVALID', `The crate cannot be run again: ${why}.`, {
    details: { field: 'crate' },
    ...(cause === undefined ? {} : { cause }),
  });
}
