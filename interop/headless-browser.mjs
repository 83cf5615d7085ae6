// The browser that our own tests of pages drive, which is written in TypeScript: peers are not built.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { transformSync } from 'esbuild';

/** Gives what sdk/src/testing/headless-browser.ts exports. */
export async function headlessBrowser(root, scratch) {
  const source = readFileSync(join(root, 'sdk', 'src', 'testing', 'headless-browser.ts'), 'utf8');
  const { code } = transformSync(source, { loader: 'ts', format: 'esm', target: 'es2022' });
  const folder = mkdtempSync(join(scratch, 'browser-'));
  try {
    const path = join(folder, 'headless-browser.mjs');
    writeFileSync(path, code);
    return await import(pathToFileURL(path).href);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
