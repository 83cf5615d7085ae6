import { readFile, rename, writeFile } from 'node:fs/promises';
import { DeepHealthError, readTrustedKeys } from '@deephealth/sdk';

/** One entry of a document of trusted keys, as its schema has it. */
export interface TrustEntry {
  readonly name: string;
  readonly key: unknown;
  readonly keyId: string;
  readonly notBefore?: string;
  readonly notAfter?: string;
  readonly models?: readonly string[];
  readonly revoked?: boolean;
}

interface TrustDocument {
  readonly keys: readonly TrustEntry[];
  readonly revokedPackages?: readonly string[];
}

/**
 * Puts an entry into a document of trusted keys in the place of a former one of the same key; the document is made if
 * it is not there, and is replaced whole, as a server may be reading it. Throws DH_TRUST_STORE_INVALID.
 */
export async function putTrustEntry(path: string, entry: TrustEntry): Promise<void> {
  const document = await readDocument(path);
  const keys = [...document.keys.filter((one) => one.keyId !== entry.keyId), entry];
  await replaceDocument(path, { ...document, keys });
}

/** Marks the key of an id as revoked. Throws DH_TRUST_STORE_INVALID for one that the document does not hold. */
export async function revokeTrustEntry(path: string, keyId: string): Promise<void> {
  const document = await readDocument(path);
  if (!document.keys.some((one) => one.keyId === keyId)) {
    throw new DeepHealthError('DH_TRUST_STORE_INVALID', 'The document holds no key of this id ("keyId").', {
      details: { keyId },
    });
  }
  const keys = document.keys.map((one) => (one.keyId === keyId ? { ...one, revoked: true } : one));
  await replaceDocument(path, { ...document, keys });
}

async function readDocument(path: string): Promise<TrustDocument> {
  try {
    const text = await readFile(path, 'utf8');
    await readTrustedKeys([path]);
    return JSON.parse(text) as TrustDocument;
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return { keys: [] };
    throw thrown;
  }
}

async function replaceDocument(path: string, document: TrustDocument): Promise<void> {
  const written = `${path}.new`;
  await writeFile(written, `${JSON.stringify(document, null, 2)}\n`);
  await rename(written, path);
}
