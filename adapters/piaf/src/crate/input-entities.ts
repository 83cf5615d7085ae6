import { PARAMETER_TYPES, type ParameterName } from '../bindings/processing-chain-binding.js';
import { type Entity, IDS, reference } from './crate-entity.js';
import { formalParameter, propertyValue } from './formal-parameter.js';
import type { RunCrateInfo } from './run-crate-info.js';

const DATA_TYPES = { integer: 'Integer', number: 'Float', boolean: 'Boolean' } as const;

/** Inputs of the workflow: the items by their content, the package, and each parameter. */
export function inputEntities({ staged, manifest, chain }: RunCrateInfo) {
  const items = new Map<string, string[]>();
  for (const { item, sha256 } of staged.items) items.set(sha256, [...(items.get(sha256) ?? []), item]);
  const mediaTypes = new Map(staged.items.map(({ sha256, mediaType }) => [sha256, mediaType]));
  const itemEntities = [...items].map(
    ([sha256, [name, ...more]]): Entity => ({
      '@id': `${IDS.digestPrefix}${sha256}`,
      '@type': 'CreativeWork',
      name,
      ...(more.length === 0 ? {} : { alternateName: more }),
      description: 'An input as it was staged: cleaned of what identifies, and not a part of this crate.',
      encodingFormat: mediaTypes.get(sha256),
      identifier: `${IDS.digestPrefix}${sha256}`,
      sha256,
    }),
  );
  const collection: Entity = {
    '@id': IDS.inputs,
    '@type': 'Collection',
    name: 'Inputs as staged',
    hasPart: itemEntities.map(reference),
    exampleOfWork: { '@id': IDS.itemsParameter },
  };
  const packageValue = propertyValue('package', staged.packageSha256, IDS.packageParameter, {
    propertyID: 'SHA-256 of SHA256SUMS of the package',
  });
  const itemParameter = formalParameter('items', IDS.itemsParameter, 'Collection', [collection], {
    description: `Studies of the media types ${chain.item.mediaTypes.join(', ')}`,
    multipleValues: true,
  });
  const packageParameter = formalParameter('package', IDS.packageParameter, 'Text', [packageValue], {
    description: `The model package ${manifest.name} ${manifest.version}`,
  });
  const settings = Object.entries(staged.parameters)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, set]) => {
      const id = `${IDS.parameterPrefix}${encodeURIComponent(name)}`;
      const own = propertyValue(name, set, id);
      const type =
        DATA_TYPES[PARAMETER_TYPES[name as ParameterName] ?? (typeof set === 'boolean' ? 'boolean' : 'number')];
      const description = chain.parameters?.find((one) => one.name === name)?.description;
      return [formalParameter(name, id, type, [own], description === undefined ? {} : { description }), own] as const;
    });
  return {
    items: itemEntities,
    parameters: [itemParameter, packageParameter, ...settings.map(([formal]) => formal)],
    values: [collection, packageValue, ...settings.map(([, own]) => own)],
  };
}
