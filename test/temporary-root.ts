import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** One folder for all that tests write, gone with them: also what a test that failed or was ended left behind. */
export function setup(): () => void {
  const root = mkdtempSync(join(tmpdir(), 'dh-tests-'));
  // Workers and what they start inherit it; node:os reads it for tmpdir().
  process.env.TMPDIR = root;
  return () => rmSync(root, { recursive: true, force: true, maxRetries: 3 });
}
