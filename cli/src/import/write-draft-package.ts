import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type Manifest, writeChecksums } from '@deephealth/sdk';
import type { ExternalFile } from './model-files.js';

/** Writes a package with an open draft: the graph, the files beside it, the manifest and a card to fill in. */
export async function writeDraftPackage(
  folder: string,
  manifest: Manifest,
  onnx: Uint8Array,
  external: readonly ExternalFile[],
): Promise<void> {
  await mkdir(join(folder, 'golden'), { recursive: true });
  await writeFile(join(folder, 'model.onnx'), onnx);
  for (const { file, path } of external) {
    await mkdir(dirname(join(folder, file)), { recursive: true });
    await copyFile(path, join(folder, file));
  }
  await writeFile(join(folder, 'model.json'), `${JSON.stringify(manifest, null, 2)}\n`);
  await writeFile(join(folder, 'MODEL_CARD.md'), MODEL_CARD.replaceAll('NAME', manifest.name));
  await writeChecksums(folder);
}

const MODEL_CARD = `# NAME

Draft. Replace each line.

- **Intended use**: for whom, for which decision, and for which not.
- **Population and data**: who, where, when, how many; licence.
- **Split**: how training and test were kept apart (by patient?).
- **Results**: each metric with its confidence interval.
- **Limits**: where it is known to fail.
`;
