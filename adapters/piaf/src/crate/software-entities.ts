import { type Entity, IDS } from './crate-entity.js';
import type { ResultEngines } from './engines-of-results.js';
import type { RunCrateInfo } from './run-crate-info.js';

/** What computed: the model, its engine, the engine of the tasks, and our software. */
export function softwareEntities(
  { manifest, staged, backend, software }: RunCrateInfo,
  engines: ResultEngines,
): Entity[] {
  return [
    {
      '@id': IDS.model,
      '@type': 'SoftwareApplication',
      name: manifest.title,
      alternateName: manifest.name,
      description: [manifest.intendedUse, ...manifest.limitations].join(' '),
      softwareVersion: manifest.version,
      license: manifest.license,
      identifier: `${IDS.digestPrefix}${staged.packageSha256}`,
      ...(engines.onnxSha256.length === 0
        ? {}
        : { sha256: engines.onnxSha256.length === 1 ? engines.onnxSha256[0] : engines.onnxSha256 }),
    },
    ...engines.engines.map((text, index): Entity => {
      const [name = '', version = ''] = (text.split(', ')[0] ?? '').split('/');
      return {
        '@id': index === 0 ? IDS.engine : `${IDS.engine}-${index + 1}`,
        '@type': 'SoftwareApplication',
        name,
        softwareVersion: version,
        description: `Inference engine, execution provider ${text.split(', ')[1] ?? ''}`,
      };
    }),
    {
      '@id': '#backend',
      '@type': 'SoftwareApplication',
      name: backend.name,
      description: 'Engine of the tasks',
      ...(backend.version === undefined ? {} : { softwareVersion: backend.version }),
    },
    ...Object.entries(software)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(
        ([name, version]): Entity => ({
          '@id': `#software-${encodeURIComponent(name)}`,
          '@type': 'SoftwareApplication',
          name,
          softwareVersion: version,
        }),
      ),
  ];
}
