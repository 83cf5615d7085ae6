// What others say of what we ship: the schema of CycloneDX of our bill of materials, the registry of known advisories.
import { join } from 'node:path';
import { lastLines, runProcess } from './run-process.mjs';

const LIMIT_MS = 300_000;
const SKIPPED = 3;

const CHECKS = [
  ['sbom.mjs', 'the bill of materials has every package that ships and follows the schema of CycloneDX'],
  ['audit-dependencies.mjs', 'no advisory is known for what ships that is not explained'],
];

export async function runDependenciesChecks(_, { root, name }, report) {
  for (const [script, sentence] of CHECKS) {
    const { code, stdout, stderr } = await runProcess(process.execPath, [join(root, 'scripts', script)], {
      limitMs: LIMIT_MS,
      cwd: root,
    });
    if (code === SKIPPED) report.skip(name, stdout.trim());
    else {
      await report.check(name, sentence, () => {
        if (code !== 0) throw new Error(lastLines(stdout + stderr));
      });
    }
  }
}
