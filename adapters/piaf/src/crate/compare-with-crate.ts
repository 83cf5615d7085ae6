import { DeepHealthError } from '@deephealth/sdk';
import { listArtefacts } from '../runs/list-artefacts.js';
import type { StagedItems } from '../steps/run-folder.js';
import { METADATA_FILE, WORKFLOW_FILE } from './crate-entity.js';
import type { RunCrate } from './read-run-crate.js';

export interface ArtefactDifference {
  /** In the result. */
  readonly path: string;
  /** `missing`: only the crate has it; `unexpected`: only the result; `different`: other bytes. */
  readonly kind: 'missing' | 'unexpected' | 'different';
  /** SHA-256 in the crate. */
  readonly expected?: string;
  /** SHA-256 in the result. */
  readonly received?: string;
}

const NAMED = 10;

/**
 * What a result has otherwise than a crate, by path; empty for a run that was repeated.
 *
 * @param resultFolder the folder with `results.ndjson`
 * @throws DH_ARTEFACT_NOT_FOUND where there is no such folder
 */
export async function compareWithCrate(crate: RunCrate, resultFolder: string): Promise<ArtefactDifference[]> {
  const expected = new Map(crate.artefacts.map(({ path, sha256 }) => [path, sha256]));
  // A result that is a crate itself has its own times.
  const found = (await listArtefacts(resultFolder)).filter(
    ({ path }) => path !== METADATA_FILE && path !== WORKFLOW_FILE,
  );
  const received = new Map(found.map(({ path, sha256 }) => [path, sha256]));
  return [...new Set([...expected.keys(), ...received.keys()])].sort().flatMap((path): ArtefactDifference[] => {
    const [before, now] = [expected.get(path), received.get(path)];
    if (before === now) return [];
    if (before === undefined) return [{ path, kind: 'unexpected', received: now as string }];
    if (now === undefined) return [{ path, kind: 'missing', expected: before }];
    return [{ path, kind: 'different', expected: before, received: now }];
  });
}

/** DH_RESULT_DIFFERS with the paths of the artefacts; the message names the first ones. */
export function resultDiffers(differences: readonly ArtefactDifference[]): DeepHealthError {
  const shown = differences.slice(0, NAMED).map(({ path, kind }) => `${JSON.stringify(path)} (${kind})`);
  const more = differences.length > NAMED ? ` and ${differences.length - NAMED} more` : '';
  return new DeepHealthError(
    'DH_RESULT_DIFFERS',
    `The repeated run gave other artefacts: ${shown.join(', ')}${more}.`,
    {
      details: { artefacts: differences.map(({ path }) => path).join('\n') },
    },
  );
}

/**
 * Whether what was staged is what the crate was made of; to be asked before anything is computed.
 *
 * @throws DH_CHAIN_INPUT_CHANGED naming the items; DH_CHAIN_REQUEST_INVALID for another chain, package or parameter,
 * and for more or fewer inputs
 */
export function checkRepeats(crate: RunCrate, staged: StagedItems): void {
  const refuse = (field: string, expected: string, received: string) => {
    throw new DeepHealthError(
      'DH_CHAIN_REQUEST_INVALID',
      `The crate was made with another ${field}: expected ${expected}, got ${received}.`,
      { details: { field } },
    );
  };
  if (staged.chain !== crate.chain) refuse('chain', crate.chain, staged.chain);
  if (staged.packageSha256 !== crate.packageSha256) refuse('package', crate.packageSha256, staged.packageSha256);
  for (const name of new Set([...Object.keys(crate.parameters), ...Object.keys(staged.parameters)])) {
    const [before, now] = [crate.parameters[name], staged.parameters[name]];
    if (before !== now) refuse(name, String(before ?? 'none'), String(now ?? 'none'));
  }
  if (staged.items.length !== crate.inputs.length) {
    refuse('number of inputs', String(crate.inputs.length), String(staged.items.length));
  }
  const changed = staged.items.filter(
    ({ item, sha256 }, i) => crate.inputs[i]?.item !== item || crate.inputs[i]?.sha256 !== sha256,
  );
  if (changed.length === 0) return;
  const names = changed.slice(0, NAMED).map(({ item }) => item);
  const more = changed.length > NAMED ? ` and ${changed.length - NAMED} more` : '';
  throw new DeepHealthError(
    'DH_CHAIN_INPUT_CHANGED',
    `Inputs are not those of the crate, or were cleaned otherwise: ${names.join(', ')}${more}. They must come in the same order, and with the same key for identifiers.`,
  );
}
