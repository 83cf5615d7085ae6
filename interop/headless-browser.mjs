// The browser that our own tests of pages drive, which is written in TypeScript: peers are not built.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import ts from 'typescript';

/** Gives what samples/test/headless-browser.ts exports. */
export async function headlessBrowser(root, scratch) {
  const source = readFileSync(join(root, 'samples', 'test', 'headless-browser.ts'), 'utf8');
  const { outputText } = ts.transpileModule(source, {
    compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 },
  });
  const folder = mkdtempSync(join(scratch, 'browser-'));
  try {
    const path = join(folder, 'headless-browser.mjs');
    writeFileSync(path, outputText);
    return await import(pathToFileURL(path).href);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
