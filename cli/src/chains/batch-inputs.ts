import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { ItemKind, StageInput } from '@deephealth/adapter-piaf';
import { DeepHealthError } from '@deephealth/sdk';

/**
 * The studies that a command line names: of a chain of files, a folder stands for all files in it, sorted by their
 * names; of series and slides, every argument is one study.
 *
 * @throws DH_CHAIN_REQUEST_INVALID for what is not there, and for an empty folder
 */
export async function batchInputs(paths: readonly string[], kind: ItemKind): Promise<StageInput[]> {
  const inputs: StageInput[] = [];
  for (const [index, path] of paths.entries()) {
    const found = await stat(path).catch(() => undefined);
    if (found === undefined) throw invalid(`Input ${index + 1} is not there. Check the path.`);
    if (kind !== 'file' || !found.isDirectory()) {
      inputs.push({ path });
      continue;
    }
    const files = (await readdir(path, { withFileTypes: true }))
      .filter((entry) => entry.isFile() && !entry.name.startsWith('.'))
      .map(({ name }) => name)
      // By their characters, whatever the language of the machine.
      .sort((a, b) => (a < b ? -1 : 1));
    if (files.length === 0) throw invalid(`Input ${index + 1} is a folder without files.`);
    inputs.push(...files.map((name) => ({ path: join(path, name) })));
  }
  return inputs;
}

function invalid(message: string): DeepHealthError {
  return new DeepHealthError('DH_CHAIN_REQUEST_INVALID', message, { details: { field: 'input' } });
}
