import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { packageFileReader } from '@deephealth/sdk';

export interface HostResources {
  readonly memoryMiB: number;
  readonly loadTimeoutMs: number;
}

/**
 * The resources that a manifest asks for, read before its host exists. Nothing is trusted yet: what
 * cannot be read counts as not stated, and the verification in the host says what is wrong with it.
 *
 * @param packageSha256 of the package that is meant, where it is known: no other one is read
 */
export async function declaredResources(folder: string, packageSha256?: string): Promise<Partial<HostResources>> {
  try {
    const { resources } = JSON.parse(await manifestOf(folder, packageSha256)) as {
      resources?: Partial<HostResources>;
    };
    const number = (value: unknown) => (typeof value === 'number' && value > 0 ? value : undefined);
    const memoryMiB = number(resources?.memoryMiB);
    const loadTimeoutMs = number(resources?.loadTimeoutMs);
    return { ...(memoryMiB && { memoryMiB }), ...(loadTimeoutMs && { loadTimeoutMs }) };
  } catch {
    return {};
  }
}

async function manifestOf(folder: string, packageSha256: string | undefined): Promise<string> {
  if (packageSha256 === undefined) return readFile(join(folder, 'model.json'), 'utf8');
  const read = await packageFileReader(folder, packageSha256);
  return (await read('model.json')).toString('utf8');
}

/** A model may ask for less than the server allows, never for more. */
export function capResources(declared: Partial<HostResources>, allowed: HostResources): HostResources {
  return {
    memoryMiB: Math.min(declared.memoryMiB ?? allowed.memoryMiB, allowed.memoryMiB),
    loadTimeoutMs: Math.min(declared.loadTimeoutMs ?? allowed.loadTimeoutMs, allowed.loadTimeoutMs),
  };
}
