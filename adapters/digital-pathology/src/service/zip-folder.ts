import { readdir, readFile } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { createZipWriter } from '../outputs/zip-writer.js';

/** The files of a folder and of the folders in it, stored in the order of their names: the same files, the same bytes. */
export async function zipFolder(folder: string): Promise<Uint8Array> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const names = entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .sort();
  const parts: Buffer[] = [];
  let position = 0;
  const zip = createZipWriter({
    get position() {
      return position;
    },
    async write(content) {
      const bytes = Buffer.from(content);
      parts.push(bytes);
      position += bytes.length;
    },
  });
  for (const name of names) await zip.put(name, await readFile(join(folder, name)));
  await zip.finish();
  return Buffer.concat(parts);
}
