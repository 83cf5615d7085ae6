import { randomUUID } from 'node:crypto';
import { chmod, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { DeepHealthError, readKeyFile } from '@deephealth/sdk';

/**
 * Adds an entry to a file of keys. The new file takes the place of the old one at once, so that a server that reads it
 * meanwhile has one or the other; two that add at the same time do not undo each other.
 *
 * @throws DH_CONFIG_INVALID for a file that is none, and for an id that is there already
 */
export async function addKeyEntry(file: string, entry: object): Promise<void> {
  const draft = join(dirname(file), `.keys-${randomUUID()}`);
  const lock = `${file}.lock`;
  const handle = await open(lock, 'wx', 0o600).catch((cause) => {
    throw new DeepHealthError(
      'DH_CONFIG_INVALID',
      'The file of keys cannot be written, or somebody else writes it: look for a file of its name with ".lock".',
      { cause },
    );
  });
  try {
    const before = await readFile(file).catch((cause: NodeJS.ErrnoException) => {
      if (cause.code === 'ENOENT') return undefined;
      throw new DeepHealthError('DH_CONFIG_INVALID', 'The file of keys cannot be read.', { cause });
    });
    if (before !== undefined) readKeyFile(before);
    const document = before === undefined ? { keys: [] } : (JSON.parse(before.toString('utf8')) as { keys: object[] });
    const text = `${JSON.stringify({ ...document, keys: [...document.keys, entry] }, undefined, 2)}\n`;
    readKeyFile(Buffer.from(text));
    const mode = before === undefined ? 0o600 : (await stat(file)).mode & 0o777;
    const written = await open(draft, 'wx', mode);
    try {
      await written.writeFile(text);
      await written.sync();
    } finally {
      await written.close();
    }
    await chmod(draft, mode);
    await rename(draft, file);
  } finally {
    await rm(draft, { force: true });
    await handle.close();
    await rm(lock, { force: true });
  }
}
