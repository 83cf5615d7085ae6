import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A folder of its own; it goes with all others when the tests end. */
export function temporaryFolder(): string {
  return mkdtempSync(join(tmpdir(), 'deephealth-cds-'));
}
