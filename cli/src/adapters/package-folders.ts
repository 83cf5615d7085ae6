import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { DeepHealthError } from '@deephealth/sdk';

/**
 * Folders of the packages that are named, or of all that have a binding of an adapter.
 *
 * @throws DH_CONFIG_INVALID for a package that no store holds, and where there is none
 */
export async function packageFolders(
  models: readonly string[],
  bindingFile: string,
  named?: readonly string[],
): Promise<string[]> {
  if (named !== undefined) {
    return named.map((place) => {
      const folder = models.map((store) => join(store, place)).find(existsSync);
      if (folder !== undefined) return folder;
      throw new DeepHealthError('DH_CONFIG_INVALID', `No model store holds the package ${JSON.stringify(place)}.`, {
        details: { field: 'packages' },
      });
    });
  }
  const folders: string[] = [];
  for (const store of models) {
    for (const model of await subfolders(store)) {
      for (const version of await subfolders(join(store, model))) {
        const folder = join(store, model, version);
        if (existsSync(join(folder, bindingFile))) folders.push(folder);
      }
    }
  }
  if (folders.length > 0) return folders;
  throw new DeepHealthError(
    'DH_CONFIG_INVALID',
    `No package of the model stores has a ${bindingFile}, so there is nothing for the adapter to serve.`,
  );
}

async function subfolders(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort();
}
