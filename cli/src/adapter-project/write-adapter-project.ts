import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DeepHealthError } from '@deephealth/sdk';
import { CLI_VERSION } from '../version.js';

export const PROJECT_LANGUAGES = ['ts', 'js'] as const;
export type ProjectLanguage = (typeof PROJECT_LANGUAGES)[number];

export interface AdapterProject {
  readonly name: string;
  readonly language: ProjectLanguage;
  /** Folder of the project; it must not be there. */
  readonly folder: string;
}

/** Where the templates lie: the same from `src/` and from `dist/`. */
const TEMPLATES = join(fileURLToPath(new URL('..', import.meta.url)), 'templates', 'adapter');

/** Names that npm takes, and that stand in a line of the handshake and in a path. */
const NAME = /^[a-z][a-z0-9-]{1,62}[a-z0-9]$/;
const TAKEN = ['node_modules', 'deephealth', 'test'];

/** @throws DH_CONFIG_INVALID for a name that no project can have */
export function assertProjectName(name: string): void {
  if (NAME.test(name) && !name.includes('--') && !TAKEN.includes(name)) return;
  throw new DeepHealthError(
    'DH_CONFIG_INVALID',
    `The name ${JSON.stringify(name.slice(0, 80))} cannot be that of an adapter. Use 3 to 64 lower-case letters, digits and single "-", a letter first, a letter or digit last.`,
  );
}

/**
 * Writes a project that builds, passes its own tests and keeps the contract of adapters as it is.
 *
 * @returns the files, relative to the folder, in order
 * @throws DH_CONFIG_INVALID, DH_OUTPUT_EXISTS for a folder that is there, DH_OUTPUT_NOT_WRITTEN
 */
export async function writeAdapterProject({ name, language, folder }: AdapterProject): Promise<readonly string[]> {
  assertProjectName(name);
  const fill = filler(name, language);
  const written: string[] = [];
  try {
    await mkdir(dirname(folder), { recursive: true });
    // Not recursive: of two that write at a time one has it, and what is there stays.
    await mkdir(folder);
    for (const template of ['common', language]) {
      const source = join(TEMPLATES, template);
      for (const file of await filesBelow(source)) {
        const path = fill(file);
        await mkdir(dirname(join(folder, path)), { recursive: true });
        await writeFile(join(folder, path), fill(await readFile(join(source, file), 'utf8')), { flag: 'wx' });
        written.push(path);
      }
    }
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'EEXIST') {
      throw new DeepHealthError(
        'DH_OUTPUT_EXISTS',
        `There is a file or folder "${name}" already. Nothing was changed.`,
        {
          cause,
        },
      );
    }
    throw new DeepHealthError('DH_OUTPUT_NOT_WRITTEN', 'The project could not be written.', { cause });
  }
  return written.sort();
}

const BUILD_ROW = '| `npm run build` | compiles to `dist/` |\n';

/** Placeholders `__name__` in names and texts of files; one that is not known is a fault of the template. */
function filler(name: string, language: ProjectLanguage): (text: string) => string {
  const isTypeScript = language === 'ts';
  const values: Readonly<Record<string, string>> = {
    ...{ name, version: CLI_VERSION, dot: '.', ext: language },
    main: isTypeScript ? 'dist/src/index.js' : 'src/index.js',
    build: isTypeScript ? BUILD_ROW : '',
  };
  return (text) =>
    text.replace(/__([a-z]+)__/g, (whole, key: string) => {
      const value = values[key];
      if (value === undefined) throw new Error(`the template has an unknown placeholder ${whole}`);
      return value;
    });
}

async function filesBelow(folder: string): Promise<string[]> {
  const names = await readdir(folder, { recursive: true });
  const files: string[] = [];
  for (const name of names) {
    if ((await stat(join(folder, name))).isFile())
      files.push(relative(folder, join(folder, name)).split(sep).join('/'));
  }
  return files;
}
