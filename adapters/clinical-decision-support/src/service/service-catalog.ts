import {
  type ClassificationOutputSpec,
  DeepHealthError,
  type ImageInputSpec,
  type Manifest,
  type RegressionOutputSpec,
  type SignalInputSpec,
  type TableInputSpec,
} from '@deephealth/sdk';
import type { ServiceBinding } from '../bindings/cds-hooks-binding.js';
import type { CdsPackage } from './read-cds-package.js';

/** Inputs that are filled from FHIR. */
export type FilledInputSpec = TableInputSpec | SignalInputSpec | ImageInputSpec;

/** A service with all that is known of its model. */
export interface CatalogService {
  readonly binding: ServiceBinding;
  readonly manifest: Manifest;
  readonly packageSha256: string;
  readonly input: FilledInputSpec;
  readonly output: ClassificationOutputSpec | RegressionOutputSpec;
  /** Address of the model card, which does not depend on the patient. */
  readonly modelCardUrl: string;
  /** Its text, Markdown. */
  readonly modelCard: string;
}

export interface ServiceCatalog {
  /** By id, in the order of the packages. */
  readonly services: ReadonlyMap<string, CatalogService>;
  /** Model cards by "name/version". */
  readonly modelCards: ReadonlyMap<string, string>;
}

/** All services of the packages. Throws DH_CDS_BINDING_INVALID if two have one id, or one is of a kind that no card can be made of. */
export function createServiceCatalog(packages: readonly CdsPackage[], baseUrl: string): ServiceCatalog {
  const services = new Map<string, CatalogService>();
  const modelCards = new Map<string, string>();
  for (const { manifest, packageSha256, modelCard, binding } of packages) {
    const place = `${manifest.name}/${manifest.version}`;
    modelCards.set(place, modelCard);
    for (const service of binding.services) {
      if (services.has(service.id)) {
        throw refused(service, 'is the id of two services; ids are unique on a server');
      }
      services.set(service.id, {
        binding: service,
        manifest,
        packageSha256,
        input: inputOf(service, manifest),
        output: outputOf(service, manifest),
        modelCardUrl: `${baseUrl}/models/${place}`,
        modelCard,
      });
    }
  }
  return { services, modelCards };
}

function inputOf(service: ServiceBinding, { inputs }: Manifest): FilledInputSpec {
  const input = inputs.find(({ name }) => name === service.input);
  if (input?.kind === 'table' || input?.kind === 'signal' || input?.kind === 'image') return input;
  throw refused(service, `takes the input "${service.input}", which is no table, signal or image`);
}

function outputOf(service: ServiceBinding, { outputs }: Manifest): ClassificationOutputSpec | RegressionOutputSpec {
  const output = outputs.find(({ name }) => name === service.output);
  if (output?.kind === 'classification' || output?.kind === 'regression') return output;
  throw refused(service, `asks for the output "${service.output}", which is neither a classification nor a regression`);
}

function refused({ id }: ServiceBinding, why: string): DeepHealthError {
  return new DeepHealthError('DH_CDS_BINDING_INVALID', `The service "${id}" of bindings/cds-hooks.json ${why}.`, {
    details: { service: id },
  });
}
