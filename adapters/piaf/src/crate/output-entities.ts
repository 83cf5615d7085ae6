import type { ArtefactRecord } from '../runs/run-record.js';
import { type Entity, IDS, pathId, reference } from './crate-entity.js';
import type { CrateParts } from './crate-parts.js';
import { formalParameter } from './formal-parameter.js';

/** What the outputs of the workflow are, and which artefacts each is. */
const OUTPUTS = [
  ['scores', 'Scores: a line for each item', (path: string) => path === 'scores.csv'],
  ['regions', 'Regions: masks, maps and highlights of the items', (path: string) => path.startsWith('files/')],
  ['results', 'Findings of each item in full', (path: string) => path === 'results.ndjson'],
  ['report', 'Report of the cohort', (path: string) => path === 'report.html' || path === 'summary.json'],
  ['checksums', 'Digests of all artefacts', (path: string) => path === 'SHA256SUMS'],
] as const;

/** Artefacts as files of the crate, and what each is to the workflow. Several of one output are a collection. */
export function outputEntities({ info, artefacts }: CrateParts) {
  const prefix = info.resultFolder ?? 'result';
  const digests = new Map(info.staged.items.map(({ item, sha256 }) => [item, sha256]));
  const roles = OUTPUTS.map(([name, description, isOf]) => ({
    ...{ name, description, isOf, id: `#output-${name}` },
    files: artefacts.filter(({ path }) => isOf(path)),
  }));
  const isCollection = (files: readonly ArtefactRecord[], name: string) => name === 'regions' || files.length > 1;
  const files = artefacts.map((artefact): Entity => {
    const { path, mediaType, size, sha256 } = artefact;
    const role = roles.find(({ isOf }) => isOf(path));
    const item = /^files\/(item-\d+)\//.exec(path)?.[1];
    const digest = item === undefined ? undefined : digests.get(item);
    return {
      '@id': pathId(prefix === '' ? path : `${prefix}/${path}`),
      '@type': 'File',
      name: path,
      ...(role === undefined ? {} : { additionalType: role.name }),
      encodingFormat: mediaType,
      contentSize: String(size),
      sha256,
      ...(digest === undefined ? {} : { isBasedOn: { '@id': `${IDS.digestPrefix}${digest}` } }),
      ...(role === undefined || isCollection(role.files, role.name) ? {} : { exampleOfWork: { '@id': role.id } }),
    };
  });
  const idsOf = new Map(artefacts.map((artefact, i) => [artefact, files[i] as Entity]));
  const collections = roles.flatMap(({ name, description, id, files: own }): Entity[] => {
    if (own.length === 0 || !isCollection(own, name)) return [];
    return [
      {
        '@id': `#${name}`,
        '@type': 'Collection',
        name: description,
        hasPart: own.map((artefact) => reference(idsOf.get(artefact) as Entity)),
        exampleOfWork: { '@id': id },
      },
    ];
  });
  const present = roles.filter((role) => role.files.length > 0);
  const valuesOf = ({ name, files: own }: (typeof roles)[number]): Entity[] =>
    isCollection(own, name)
      ? collections.filter((one) => one['@id'] === `#${name}`)
      : own.map((artefact) => idsOf.get(artefact) as Entity);
  const parameters = present.map((role) =>
    formalParameter(role.name, role.id, isCollection(role.files, role.name) ? 'Collection' : 'File', valuesOf(role), {
      description: role.description,
    }),
  );
  return { files, collections, parameters, values: present.flatMap(valuesOf) };
}
