import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { DeepHealthError } from '@deephealth/sdk';

/** A passphrase never comes by the command line, where every user of the machine can read it. */
export async function passphraseOf(file: string | undefined): Promise<string | undefined> {
  if (file === undefined) return process.env.DEEPHEALTH_KEY_PASSPHRASE || undefined;
  const text = await readFile(file, 'utf8').catch((cause) => {
    throw invalid(file, 'cannot be read', cause);
  });
  const passphrase = text.replace(/\r?\n$/, '');
  if (passphrase === '') throw invalid(file, 'is empty');
  return passphrase;
}

function invalid(file: string, why: string, cause?: unknown): DeepHealthError {
  const name = basename(file);
  return new DeepHealthError('DH_KEY_FILE_INVALID', `Passphrase file "${name}" ${why}.`, {
    details: { file: name },
    cause,
  });
}
