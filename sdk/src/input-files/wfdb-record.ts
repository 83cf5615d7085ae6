import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { FileRefusal } from '../errors/file-refusal.js';
import type { Recording } from './recording.js';
import { readWfdbSignals } from './wfdb.js';
import { parseWfdbHeader } from './wfdb-header.js';

/**
 * A WFDB record from its header and the signal files beside it.
 *
 * @param path of the header; the header's names hold no folder, so nothing else is opened
 * @param text what it holds
 */
export async function readWfdbRecord(path: string, text: string): Promise<Recording> {
  const header = parseWfdbHeader(text);
  const files = new Map<string, Uint8Array>();
  for (const name of new Set(header.signals.map(({ file }) => file))) {
    try {
      files.set(name, await readFile(join(dirname(path), name)));
    } catch (cause) {
      throw new FileRefusal(`needs "${name}" beside it, which cannot be read`, { cause });
    }
  }
  return readWfdbSignals(header, files);
}
