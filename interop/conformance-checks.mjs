// The conformance suite, profile oip, against a server of others: what it finds is known, and must stay what it is.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expectEqual, expectTrue } from './check-report.mjs';
import { runProcess } from './run-process.mjs';

const RUN_LIMIT_MS = 300_000;

/**
 * Runs the suite and compares with `interop/<name>/findings.json`, which WRITE_FINDINGS=1 writes anew.
 * `flags` name the target.
 */
export async function runConformanceChecks({ root, name, flags }, report) {
  const check = (sentence, run) => report.check(name, sentence, run);
  const program = join(root, 'cli', 'bin', 'deephealth.mjs');
  const command = [program, 'conformance', 'runtime', '--profile', 'oip', '--json', ...flags];
  const { stdout, stderr } = await runProcess(process.execPath, command, { limitMs: RUN_LIMIT_MS });
  let results = [];
  await check('the suite runs to its end', () => {
    results = JSON.parse(stdout || '{"results": []}').results;
    expectTrue(`more than 100 results\n${stderr}`, results.length > 100);
  });
  await check('the suite itself has no fault', () => {
    expectEqual(
      'errors',
      results.filter(({ status }) => status === 'error'),
      [],
    );
  });
  await check('it finds what is written in findings.json, and nothing else', () => {
    const file = join(root, 'interop', name, 'findings.json');
    if (process.env.WRITE_FINDINGS) writeFileSync(file, `${JSON.stringify(findingsOf(results), null, 2)}\n`);
    expectEqual('findings', findingsOf(results), JSON.parse(readFileSync(file, 'utf8')));
  });
}

/** What was not passed, by status: cases with their parameters. */
function findingsOf(results) {
  const findings = {};
  for (const { id, parameters, status } of results) {
    if (status === 'pass') continue;
    findings[status] ??= [];
    findings[status].push(parameters === '' ? id : `${id}[${parameters}]`);
  }
  return findings;
}
