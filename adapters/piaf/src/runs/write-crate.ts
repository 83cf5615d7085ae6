import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { ChainBinding } from '../bindings/processing-chain-binding.js';
import type { ChainPackage } from '../bindings/read-chain-package.js';
import { METADATA_FILE, WORKFLOW_FILE } from '../crate/crate-entity.js';
import type { RunCrateInfo } from '../crate/run-crate-info.js';
import { writeRunCrate } from '../crate/write-run-crate.js';
import { CWL_FILES, exportCwl } from '../export/export-cwl.js';
import { removeUnfinished } from '../steps/commit-folder.js';
import { flush } from '../steps/flush.js';
import { readDocument } from '../steps/read-document.js';
import { type Chunk, RUN_FOLDER, type StagedItems } from '../steps/run-folder.js';
import { VERSION } from '../version.js';

/**
 * Makes the result of a run a crate. Where an earlier start was ended in the middle of it, it is written anew.
 *
 * @throws what writeRunCrate throws
 */
export async function writeCrate(
  runFolder: string,
  { manifest, packageSha256 }: Pick<ChainPackage, 'manifest' | 'packageSha256'>,
  chain: ChainBinding,
  run: RunCrateInfo['run'],
  backend: string,
): Promise<void> {
  const result = join(runFolder, RUN_FOLDER.result);
  for (const name of [METADATA_FILE, WORKFLOW_FILE]) await rm(join(result, name), { force: true });
  await removeUnfinished(result);
  const { document: staged } = await readDocument<StagedItems>(
    join(runFolder, RUN_FOLDER.stagedItems),
    RUN_FOLDER.stagedItems,
    'items',
  );
  const chunks: Chunk[] = [];
  for (const name of (await readdir(join(runFolder, RUN_FOLDER.chunks))).sort()) {
    chunks.push((await readDocument<Chunk>(join(runFolder, RUN_FOLDER.chunks, name), name, 'chunk')).document);
  }
  await writeRunCrate(result, {
    ...{ chain, manifest, staged, chunks, run, resultFolder: '' },
    workflow: exportCwl({ manifest, packageSha256, binding: chain }).get(CWL_FILES.packed) ?? '',
    backend: { name: backend },
    software: { 'deephealth-piaf': VERSION },
  });
  // A run is told to be complete when all of its artefacts survive.
  for (const name of [METADATA_FILE, WORKFLOW_FILE]) await flush(join(result, name));
  await flush(result);
}
