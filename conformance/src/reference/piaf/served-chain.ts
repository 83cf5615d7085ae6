import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Manifest, parseManifest, sha256 } from '@deephealth/sdk';

/** A chain as the suite's binding says it. */
export interface ServedChain {
  /** "<model>/<version>/<label>". */
  readonly id: string;
  readonly title: string;
  readonly mediaTypes: readonly string[];
  readonly itemsPerChunk: number;
  readonly records: boolean;
  readonly timeLimitS: number;
  readonly parameters: readonly ChainParameter[];
  readonly manifest: Manifest;
  readonly packageSha256: string;
}

export interface ChainParameter {
  readonly name: string;
  readonly default?: number;
  readonly minimum?: number;
  readonly maximum?: number;
}

/** The chains of a package, in the order of its binding. */
export function readChains(folder: string): ServedChain[] {
  const text = (path: string) => readFileSync(join(folder, path), 'utf8');
  const manifest = parseManifest(readFileSync(join(folder, 'model.json')));
  const { chains } = JSON.parse(text('bindings/processing-chain.json'));
  const packageSha256 = sha256(readFileSync(join(folder, 'SHA256SUMS')));
  return chains.map((chain: Record<string, never>) => {
    const {
      label,
      title,
      item,
      chunk,
      resources,
      parameters = [],
      onRefusedItem,
    } = chain as never as {
      label: string;
      title: string;
      item: { mediaTypes: string[] };
      chunk: { items: number };
      resources: { timeLimitS: number };
      parameters?: ChainParameter[];
      onRefusedItem?: string;
    };
    return {
      ...{ id: `${manifest.name}/${manifest.version}/${label}`, title, mediaTypes: item.mediaTypes },
      ...{ itemsPerChunk: chunk.items, records: onRefusedItem === 'record', timeLimitS: resources.timeLimitS },
      ...{ parameters, manifest, packageSha256 },
    };
  });
}

/** As the runtime describes them. */
export function describedInputs({ inputs }: Manifest) {
  return {
    inputs: inputs.map((input) => ({
      name: input.name,
      kind: `INPUT_KIND_${input.kind.toUpperCase()}`,
      ...(input.kind === 'signal' && { samplingRateHz: input.samplingRateHz }),
    })),
  };
}

/** Parts of so many items, the last of what is left. */
export function chunksOf(items: readonly string[], size: number): string[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  );
}
