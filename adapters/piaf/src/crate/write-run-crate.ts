import { randomUUID } from 'node:crypto';
import { lstat, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DeepHealthError, sha256 } from '@deephealth/sdk';
import { listArtefacts } from '../runs/list-artefacts.js';
import { RESULTS_FILE } from '../steps/run-folder.js';
import { METADATA_FILE, RO_CRATE, RUN_TERMS, WORKFLOW_FILE } from './crate-entity.js';
import { enginesOfResults } from './engines-of-results.js';
import { crateEntities } from './run-crate-entities.js';
import type { RunCrateInfo } from './run-crate-info.js';

/**
 * Makes a Workflow Run RO-Crate of a folder with the results of a run: `workflow.cwl` and `ro-crate-metadata.json`
 * beside them say what was made of what, by which model, engine and software, with which parameters, when, and by
 * which tasks. It follows Process and Workflow Run Crate 0.5, Provenance Run Crate 0.5 where tasks are told, Workflow
 * RO-Crate 1.0 and RO-Crate 1.1. Inputs are named by their place and content; no name of a file, person or machine
 * is in it, and no path but those of the crate.
 *
 * @param folder which holds `result/`, or what `info.resultFolder` says
 * @throws DH_ARTEFACT_NOT_FOUND without results, DH_OUTPUT_EXISTS where there is a crate, DH_OUTPUT_NOT_WRITTEN,
 * DH_RUN_STORE_INVALID for results that are no results
 */
export async function writeRunCrate(folder: string, info: RunCrateInfo): Promise<void> {
  const resultFolder = info.resultFolder ?? 'result';
  const result = join(folder, resultFolder);
  const found = await listArtefacts(result);
  // Of a folder that is both, the crate's own files are no artefacts.
  const artefacts =
    resultFolder === '' ? found.filter(({ path }) => path !== WORKFLOW_FILE && path !== METADATA_FILE) : found;
  if (!artefacts.some(({ path }) => path === RESULTS_FILE)) {
    throw new DeepHealthError('DH_ARTEFACT_NOT_FOUND', `There is no ${RESULTS_FILE} to make a crate of.`);
  }
  const engines = await enginesOfResults(join(result, RESULTS_FILE)).catch((cause: unknown) => {
    throw new DeepHealthError('DH_RUN_STORE_INVALID', `${RESULTS_FILE} has a line that is no result.`, { cause });
  });
  const workflow = { size: Buffer.byteLength(info.workflow), sha256: sha256(info.workflow) };
  const document = {
    '@context': [`${RO_CRATE}/context`, RUN_TERMS],
    '@graph': crateEntities({ info, artefacts, workflow, engines }),
  };
  // The metadata last: what has them is whole.
  for (const name of [WORKFLOW_FILE, METADATA_FILE]) await refuseExisting(folder, name);
  await writeAtOnce(folder, WORKFLOW_FILE, info.workflow);
  await writeAtOnce(folder, METADATA_FILE, `${JSON.stringify(document, null, 2)}\n`);
}

async function refuseExisting(folder: string, name: string): Promise<void> {
  const isThere = await lstat(join(folder, name)).then(
    () => true,
    () => false,
  );
  if (isThere)
    throw new DeepHealthError('DH_OUTPUT_EXISTS', `"${name}" is there already.`, { details: { file: name } });
}

async function writeAtOnce(folder: string, name: string, text: string): Promise<void> {
  const part = join(folder, `.${name}.${randomUUID()}`);
  try {
    await writeFile(part, text, { flag: 'wx' });
    await rename(part, join(folder, name));
  } catch (cause) {
    await rm(part, { force: true });
    throw new DeepHealthError('DH_OUTPUT_NOT_WRITTEN', `"${name}" could not be written.`, {
      details: { file: name },
      cause,
    });
  }
}
