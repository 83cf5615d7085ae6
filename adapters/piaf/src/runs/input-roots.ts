import { realpath, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { DeepHealthError } from '@deephealth/sdk';
import { nameRefusal } from './upload-area.js';

/** A folder of the operator that runs may read from. */
export interface InputRoot {
  readonly name: string;
  /** Absolute. */
  readonly folder: string;
  /** Tenants that may read it. Default all. */
  readonly tenants?: readonly string[];
}

/**
 * The absolute path of an input below a root, links followed.
 *
 * @throws DH_CHAIN_REQUEST_INVALID for a root that is not open to the tenant, a path that leaves it, and one that is
 * not there: all in the same words, so that nobody learns what lies elsewhere
 */
export async function resolveInRoot(
  roots: readonly InputRoot[],
  tenant: string,
  name: string,
  path: string,
  field: string,
): Promise<string> {
  const root = roots.find((one) => one.name === name && (one.tenants?.includes(tenant) ?? true));
  if (root === undefined || nameRefusal(path) !== undefined) throw notThere(field);
  const home = await realpath(root.folder).catch(() => undefined);
  const found = await realpath(join(root.folder, path)).catch(() => undefined);
  if (home === undefined || found === undefined) throw notThere(field);
  const inside = relative(home, found);
  if (inside === '' || inside === '..' || inside.startsWith(`..${sep}`)) throw notThere(field);
  const kind = await stat(found).catch(() => undefined);
  if (kind === undefined || !(kind.isFile() || kind.isDirectory())) throw notThere(field);
  return found;
}

function notThere(field: string): DeepHealthError {
  return new DeepHealthError(
    'DH_CHAIN_REQUEST_INVALID',
    `Field "${field}" names no file or folder that may be read. Send it as an attachment, or ask the operator to open its folder.`,
    { details: { field } },
  );
}
