import { type Entity, IDS, reference } from './crate-entity.js';

/** What a workflow takes or gives, with what it was in this run. */
export function formalParameter(
  name: string,
  id: string,
  additionalType: string,
  examples: readonly Entity[],
  more: Readonly<Record<string, unknown>>,
): Entity {
  return {
    '@id': id,
    '@type': 'FormalParameter',
    name,
    additionalType,
    ...more,
    valueRequired: true,
    conformsTo: { '@id': 'https://bioschemas.org/profiles/FormalParameter/1.0-RELEASE' },
    ...(examples.length === 0 ? {} : { workExample: examples.map(reference) }),
  };
}

/** A value of this run. */
export function propertyValue(
  name: string,
  set: unknown,
  parameterId: string,
  more: Readonly<Record<string, unknown>> = {},
): Entity {
  return {
    '@id': `${IDS.valuePrefix}${encodeURIComponent(name)}`,
    '@type': 'PropertyValue',
    name,
    value: set,
    ...more,
    exampleOfWork: { '@id': parameterId },
  };
}
