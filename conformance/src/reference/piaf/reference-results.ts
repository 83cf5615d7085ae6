import { createHash } from 'node:crypto';
import type { runtimeV1 } from '@deephealth/proto';
import type { ReferenceRun } from './reference-run.js';

/** What one task made, as it is kept. */
export interface ReferencePart {
  readonly items: readonly PartItem[];
}

export interface PartItem {
  readonly item: string;
  readonly inputSha256: string;
  readonly error?: { readonly code: string; readonly message: string };
  readonly findings: readonly unknown[];
  readonly provenance?: runtimeV1.Provenance;
  /** Regions by the names of their findings, in base64. */
  readonly regions: Readonly<Record<string, string>>;
}

export const digestOf = (bytes: Buffer | string): string => createHash('sha256').update(bytes).digest('hex');

/** Makes artefacts of parts. Each behaviour is a method of its own, so that a mutant can change one and nothing else. */
export class ReferenceResults {
  /** All artefacts by their paths. */
  merge(run: ReferenceRun, parts: readonly ReferencePart[]): Map<string, Buffer> {
    const files = new Map<string, Buffer>();
    const lines = parts.flatMap(({ items }) => items).map((one) => JSON.stringify(this.line(run, one, files)));
    files.set('results.ndjson', Buffer.from(lines.map((line) => `${line}\n`).join('')));
    files.set('SHA256SUMS', Buffer.from(this.sums(files)));
    return files;
  }

  line(run: ReferenceRun, one: PartItem, files: Map<string, Buffer>): object {
    const { item, inputSha256, error, findings, provenance } = one;
    const own = Object.entries(one.regions).map(([name, base64]) => {
      const path = `files/${item}/${name}.bin`;
      const bytes = Buffer.from(base64, 'base64');
      files.set(path, bytes);
      return { path, mediaType: 'application/octet-stream', name, size: bytes.length, sha256: digestOf(bytes) };
    });
    const [name, version] = run.chain.split('/');
    return {
      ...{ item, inputSha256, status: error === undefined ? 'predicted' : 'refused' },
      ...(error !== undefined && { error }),
      model: {
        name,
        version,
        packageSha256: this.packageOf(run, provenance),
        onnxSha256: provenance?.onnxSha256 ?? '',
      },
      ranOn: { engine: 'reference', executionProvider: 'cpu', batchSize: 1 },
      ...{ findings, warnings: [], files: own },
    };
  }

  packageOf({ packageSha256 }: ReferenceRun, _provenance: runtimeV1.Provenance | undefined): string {
    return packageSha256;
  }

  sums(files: ReadonlyMap<string, Buffer>): string {
    return [...files]
      .map(([path, bytes]) => `${digestOf(bytes)}  ${path}\n`)
      .sort((a, b) => (a.slice(66) < b.slice(66) ? -1 : 1))
      .join('');
  }

  /** Workflow Run RO-Crate, in its plainest form. */
  crate(run: ReferenceRun, files: ReadonlyMap<string, Buffer>, inputs: readonly string[]): object {
    const entities = [...files].map(([path, bytes]) => ({ '@id': path, '@type': 'File', sha256: digestOf(bytes) }));
    return {
      '@context': 'https://w3id.org/ro/crate/1.1/context',
      '@graph': [
        {
          '@id': 'ro-crate-metadata.json',
          '@type': 'CreativeWork',
          about: { '@id': './' },
          conformsTo: { '@id': 'https://w3id.org/ro/crate/1.1' },
        },
        { '@id': './', '@type': 'Dataset', hasPart: entities.map((one) => ({ '@id': one['@id'] })) },
        { '@id': '#run', '@type': 'CreateAction', instrument: { '@id': '#model' } },
        { '@id': '#model', '@type': 'SoftwareApplication', name: run.chain, sha256: run.packageSha256 },
        ...inputs.map((sha256, index) => ({ '@id': `#input-${index + 1}`, '@type': 'File', sha256 })),
        ...entities,
      ],
    };
  }
}
