import { readFile } from 'node:fs/promises';
import { DeepHealthError, sha256 } from '@deephealth/sdk';

/** A document of the run folder, with the digest of its bytes. */
export interface ReadDocument<T> {
  readonly document: T;
  readonly sha256: string;
}

/**
 * Reads a document that another step wrote. Its form is not looked at further: who can write the run folder can
 * write results, too.
 *
 * @throws DH_CHAIN_INPUT_CHANGED where it is missing, or of another kind or version
 */
export async function readDocument<T extends { readonly schemaVersion: 1 }>(
  path: string,
  name: string,
  member: keyof T & string,
): Promise<ReadDocument<T>> {
  let bytes: Buffer;
  let document: T | undefined;
  try {
    bytes = await readFile(path);
    document = JSON.parse(bytes.toString('utf8')) as T;
  } catch (cause) {
    throw changed(name, 'is missing or no JSON', cause);
  }
  if (document?.schemaVersion !== 1 || document[member] === undefined) {
    throw changed(name, 'is not of this version of the chain');
  }
  return { document, sha256: sha256(bytes) };
}

export function changed(name: string, what: string, cause?: unknown): DeepHealthError {
  return new DeepHealthError('DH_CHAIN_INPUT_CHANGED', `${name} ${what}. Run the step before it again.`, {
    details: { file: name },
    ...(cause === undefined ? {} : { cause }),
  });
}

/** The text of a document; equal documents give equal bytes. */
export function documentText(document: object): string {
  return `${JSON.stringify(document, null, 2)}\n`;
}
