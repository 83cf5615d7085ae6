import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

const left = new Set<string>();
// A hook that is registered by another hook is taken and never called.
process.once('exit', () => left.forEach(remove));

/** A folder that is gone after the test that asks for it, or, outside of a test, with the process. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'deephealth-cds-'));
  left.add(folder);
  try {
    onTestFinished(() => remove(folder));
  } catch {
    // No test is running.
  }
  return folder;
}

function remove(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
  left.delete(folder);
}
