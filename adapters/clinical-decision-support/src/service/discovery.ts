import type { CatalogService } from './service-catalog.js';
import { withoutEmpty } from './without-empty.js';

/** The answer of GET cds-services: everything that a platform has to know to call the services. */
export function describeServices(services: Iterable<CatalogService>): { services: object[] } {
  return { services: [...services].map(describe) };
}

function describe({ binding, manifest, packageSha256 }: CatalogService): object {
  const { id, hook, title, description, usageRequirements, prefetch, isShadow } = binding;
  return withoutEmpty({
    hook,
    title,
    description,
    id,
    prefetch: Object.fromEntries(Object.entries(prefetch).map(([key, { query }]) => [key, query])),
    usageRequirements,
    extension: {
      'eu.deephealth.model': {
        name: manifest.name,
        version: manifest.version,
        packageSha256,
        intendedUse: manifest.intendedUse,
        researchUseOnly: manifest.researchUseOnly,
        isShadow,
      },
    },
  });
}
