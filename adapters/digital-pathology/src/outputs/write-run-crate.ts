import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { RESEARCH_USE } from '@deephealth/sdk';
import type { MapProvenance } from '../map/slide-map.js';
import { outputRefusal } from './output-failure.js';
import { type OutputOptions, writeOutputFile } from './output-file.js';

/** A result in the folder of the crate. */
export interface CrateFile {
  /** Its name in the folder. */
  readonly name: string;
  readonly mediaType?: string;
  /** For people. */
  readonly description?: string;
}

const METADATA = 'ro-crate-metadata.json';
const RO_CRATE = 'https://w3id.org/ro/crate/1.1';
/** Where the terms of runs that RO-Crate does not have are, such as sha256. */
const RUN_TERMS = 'https://w3id.org/ro/terms/workflow-run/context';
const PROCESS_RUN = 'https://w3id.org/ro/wfrun/process/0.5';

/**
 * Writes `ro-crate-metadata.json` beside the results of a run: what was made of what, by which model and
 * software, with which parameters, and when (Process Run Crate 0.5 on RO-Crate 1.1). The slide is named by its
 * content, without a path. The same run with the same results gives the same bytes.
 *
 * @param folder with the results
 * @throws DH_REQUEST_MALFORMED for a result that is not there, DH_OUTPUT_EXISTS, DH_OUTPUT_NOT_WRITTEN
 */
export async function writeRunCrate(
  folder: string,
  provenance: MapProvenance,
  files: readonly CrateFile[],
  options: OutputOptions = {},
): Promise<void> {
  await writeOutputFile(join(folder, METADATA), options, async (sink) => {
    const results = [];
    for (const file of files) results.push(await fileEntity(folder, file));
    const graph = { '@context': [`${RO_CRATE}/context`, RUN_TERMS], '@graph': entities(provenance, results) };
    await sink.write(`${JSON.stringify(graph, null, 2)}\n`);
  });
}

type Entity = { readonly '@id': string; readonly [member: string]: unknown };
const reference = ({ '@id': id }: Entity) => ({ '@id': id });

async function fileEntity(folder: string, { name, mediaType, description }: CrateFile): Promise<Entity> {
  const path = join(folder, name);
  const found = dirname(name) === '.' ? await stat(path).catch(() => undefined) : undefined;
  if (found === undefined) throw outputRefusal(METADATA, `"${basename(name)}" is not in its folder`);
  const told = {
    name,
    ...(description === undefined ? {} : { description }),
    ...(mediaType === undefined ? {} : { encodingFormat: mediaType }),
  };
  if (found.isDirectory()) return { '@id': `${encodeURIComponent(name)}/`, '@type': 'Dataset', ...told };
  const hash = createHash('sha256');
  for await (const part of createReadStream(path)) hash.update(part as Buffer);
  return {
    '@id': encodeURIComponent(name),
    '@type': 'File',
    ...told,
    contentSize: String(found.size),
    sha256: hash.digest('hex'),
  };
}

function entities(provenance: MapProvenance, results: readonly Entity[]): Entity[] {
  const { slide, model, runtime, parameters, planSha256, software } = provenance;
  const profile = {
    '@id': PROCESS_RUN,
    '@type': 'CreativeWork',
    name: 'Process Run Crate',
    version: '0.5',
  };
  const input: Entity = {
    '@id': `urn:sha256:${slide.sha256}`,
    '@type': 'CreativeWork',
    name: slide.name,
    description: `Whole slide image (${slide.format})`,
    identifier: slide.sha256,
    sha256: slide.sha256,
  };
  const program: Entity = {
    '@id': '#software',
    '@type': 'SoftwareApplication',
    name: software,
    softwareRequirements: [{ '@id': '#model' }, { '@id': '#engine' }],
  };
  const modelEntity: Entity = {
    '@id': '#model',
    '@type': 'SoftwareApplication',
    name: model.title === '' ? model.name : model.title,
    alternateName: model.name,
    softwareVersion: model.version,
    license: model.license,
    identifier: model.packageSha256,
    sha256: model.onnxSha256,
  };
  const engine: Entity = {
    '@id': '#engine',
    '@type': 'SoftwareApplication',
    name: runtime.engine,
    description: `${runtime.server}, ${runtime.executionProvider}`,
  };
  const values = Object.entries(parameters).map(
    ([name, value]): Entity => ({
      '@id': `#parameter-${encodeURIComponent(name)}`,
      '@type': 'PropertyValue',
      name,
      value,
    }),
  );
  const action: Entity = {
    '@id': `#run-${planSha256}`,
    '@type': 'CreateAction',
    name: `${model.name} ${model.version} on ${slide.name}`,
    description: `${RESEARCH_USE}.`,
    identifier: planSha256,
    instrument: reference(program),
    object: [input, ...values].map(reference),
    result: results.map(reference),
    startTime: provenance.startedAt.toISOString(),
    endTime: provenance.completedAt.toISOString(),
    actionStatus: { '@id': 'http://schema.org/CompletedActionStatus' },
  };
  return [
    {
      '@id': METADATA,
      '@type': 'CreativeWork',
      about: { '@id': './' },
      conformsTo: { '@id': RO_CRATE },
    },
    {
      '@id': './',
      '@type': 'Dataset',
      name: `Results of ${model.name} ${model.version}`,
      description: `What ${model.name} made of the whole slide image ${slide.name}. ${RESEARCH_USE}.`,
      datePublished: provenance.completedAt.toISOString(),
      license: 'No licence is stated for these results.',
      conformsTo: reference(profile),
      hasPart: results.map(reference),
      mentions: reference(action),
    },
    profile,
    action,
    program,
    modelEntity,
    engine,
    input,
    ...values,
    ...results,
  ];
}
