import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The addon that the tests of this process load: the sanitized build where they are told so. */
export const addonPath = fileURLToPath(
  new URL(
    process.env.DEEPHEALTH_NATIVE_BUILD === 'sanitized'
      ? '../build/sanitized/deephealth.node'
      : '../build/deephealth.node',
    import.meta.url,
  ),
);

/** Skipped only where nobody insists on the addon. */
export const isAddonBuilt = process.env.DEEPHEALTH_NATIVE === 'require' || existsSync(addonPath);

/** Path of a program beside the tests. */
export const programPath = (name: string) => fileURLToPath(new URL(name, import.meta.url));

/** Calls `use` with a folder that is gone afterwards. */
export async function withScratchFolder<T>(use: (folder: string) => T | Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'deephealth-native-'));
  try {
    return await use(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
