import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ChainBinding } from '../bindings/processing-chain-binding.js';
import { commitFolder } from './commit-folder.js';
import { documentText, readDocument } from './read-document.js';
import type { Chunk, StagedItems } from './run-folder.js';

/** The tasks of the scatter: as many items for each as the chain says, in their order. */
export function chunksOf(staged: StagedItems, stagedSha256: string, { chunk: { items: size } }: ChainBinding): Chunk[] {
  const count = Math.ceil(staged.items.length / size);
  return Array.from({ length: count }, (_, index) => ({
    schemaVersion: 1,
    chunk: `chunk-${String(index).padStart(5, '0')}`,
    index,
    count,
    stagedSha256,
    items: staged.items.slice(index * size, (index + 1) * size).map(({ item }) => item),
  }));
}

/**
 * Writes a document for each chunk.
 *
 * @param out `chunks`; comes into being at once
 * @throws DH_CHAIN_INPUT_CHANGED, DH_OUTPUT_NOT_WRITTEN
 */
export async function writeChunks(stagedFolder: string, chain: ChainBinding, out: string): Promise<void> {
  const { document, sha256 } = await readDocument<StagedItems>(
    join(stagedFolder, 'items.json'),
    'staged/items.json',
    'items',
  );
  await commitFolder(out, async (folder) => {
    for (const chunk of chunksOf(document, sha256, chain)) {
      await writeFile(join(folder, `${chunk.chunk}.json`), documentText(chunk));
    }
  });
}
