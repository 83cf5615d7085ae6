import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { contractRequirements } from '@deephealth/proto';
import { loadCases } from '../cases/load-cases.js';
import { numbersPage } from '../compare/numbers-page.js';
import { packageRoot } from '../package-root.js';
import { coverageTable, parseIneligible } from './coverage.js';
import { brokenIds, changedTexts, formatIdsLock, lockOf, parseIdsLock } from './ids-lock.js';
import { parseStandard, standardPage } from './standards.js';

/** Where the generated files lie: the lock in the package, the pages in the documentation beside it. */
export const REQUIREMENT_FILES = {
  lock: join(packageRoot, 'requirements', 'ids.lock.yaml'),
  ineligible: join(packageRoot, 'requirements', 'ineligible.yaml'),
  coverage: join(packageRoot, '..', 'docs', 'conformance', 'coverage.md'),
  cdsHooks: join(packageRoot, 'requirements', 'cds-hooks-2.0.yaml'),
  cdsCoverage: join(packageRoot, '..', 'docs', 'conformance', 'cds-hooks.md'),
  numbers: join(packageRoot, '..', 'docs', 'conformance', 'numbers.md'),
} as const;

/** The generated files as they should be, by their path. */
export function requirementFiles(): Record<string, string> {
  const cases = loadCases();
  const before = parseIdsLock(textOf(REQUIREMENT_FILES.lock));
  const ineligible = parseIneligible(textOf(REQUIREMENT_FILES.ineligible));
  return {
    [REQUIREMENT_FILES.lock]: formatIdsLock(lockOf(cases, before)),
    [REQUIREMENT_FILES.coverage]: coverageTable(contractRequirements(), cases, ineligible),
    [REQUIREMENT_FILES.cdsCoverage]: standardPage(
      'CDS Hooks 2.0',
      parseStandard(textOf(REQUIREMENT_FILES.cdsHooks)),
      cases.filter(({ profile }) => profile === 'cds'),
    ),
    [REQUIREMENT_FILES.numbers]: numbersPage(),
  };
}

/**
 * Writes them. Throws Error for an id that is gone without a tombstone, and, unless `update` is set, for
 * a case whose text is another one.
 */
export function writeRequirements({ update = false }: { readonly update?: boolean } = {}): string[] {
  const cases = loadCases();
  const before = parseIdsLock(textOf(REQUIREMENT_FILES.lock));
  const broken = brokenIds(cases, before);
  if (broken.length > 0) throw new Error(`${broken.join('; ')} (a tombstone says since which version, and why)`);
  const changed = changedTexts(cases, before);
  if (changed.length > 0 && !update) {
    throw new Error(`the text of ${changed.join(', ')} is another one than was locked; with --update it is taken over`);
  }
  const files = requirementFiles();
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
  return Object.keys(files);
}

function textOf(path: string): string {
  return existsSync(path) ? readFileSync(path, 'utf8') : '';
}
