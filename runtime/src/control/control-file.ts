import { mkdir, open, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { DeepHealthError } from '@deephealth/sdk';
import { type ControlState, damaged, formatControlState, NO_CONTROL, parseControlState } from './control-state.js';

const CONTROL_FILE = 'control.json';

/** Where suspensions and rollouts outlast the server. One server writes it. */
export class ControlFile {
  readonly #folder: string;
  /** What was read or written last; undefined where there was no file. */
  #known: string | undefined;

  /** @param folder state folder; made when something is written first */
  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Empty where there is no file yet. Throws DH_CONTROL_STATE_INVALID for one that is damaged or cannot be read. */
  async read(): Promise<ControlState> {
    let text: string;
    try {
      text = await readFile(join(this.#folder, CONTROL_FILE), 'utf8');
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return NO_CONTROL;
      throw damaged('it cannot be read', cause);
    }
    this.#known = text;
    return parseControlState(text);
  }

  /**
   * Resolves once the file is on the disk, whole: whoever reads finds the former state or this one.
   * Throws DH_CONTROL_STATE_NOT_WRITTEN, also where another server has written it: its suspensions would be lost.
   */
  async write(state: ControlState): Promise<void> {
    const path = join(this.#folder, CONTROL_FILE);
    try {
      await mkdir(this.#folder, { recursive: true, mode: 0o700 });
      const found = await textOf(path);
      if (found !== undefined && found !== this.#known) throw new Error('another server has written it');
      const text = formatControlState(state);
      const written = `${path}.new`;
      await withFile(written, 'w', async (file) => {
        await file.writeFile(text);
        await file.sync();
      });
      await rename(written, path);
      this.#known = text;
      // The new name must survive a power cut, too.
      await withFile(this.#folder, 'r', (folder) => folder.sync());
    } catch (cause) {
      throw new DeepHealthError(
        'DH_CONTROL_STATE_NOT_WRITTEN',
        'control.json of the state folder cannot be written. Look at the disk and the rights of the folder, and whether another server uses it. A suspension holds until the server ends, and not beyond.',
        { details: { file: CONTROL_FILE }, cause },
      );
    }
  }
}

async function textOf(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw cause;
  }
}

async function withFile(
  path: string,
  flags: 'w' | 'r',
  use: (file: Awaited<ReturnType<typeof open>>) => Promise<void>,
): Promise<void> {
  const file = await open(path, flags, 0o600);
  try {
    await use(file);
  } finally {
    await file.close();
  }
}
