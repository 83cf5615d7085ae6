// Blocks of the documentation that take too long for npm test: servers, conformance runs, models that are added.
import { join } from 'node:path';
import { runProcess } from './run-process.mjs';

const LIMIT_MS = 1_800_000;

/** The tests of the pages, of which this runs only what is marked `by=peer`. */
export async function runDocsBlocksChecks(_installed, { root }, report) {
  const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
  const files = ['commands', 'guide-commands', 'page-commands'].map((name) => join('test', 'docs', `${name}.test.ts`));
  const { code, stdout, stderr } = await runProcess(
    process.execPath,
    [vitest, 'run', '--reporter=json', '--maxWorkers=2', ...files],
    {
      ...{ cwd: root, limitMs: LIMIT_MS, env: { DEEPHEALTH_DOCS_PEER: '1' } },
    },
  );
  const begin = stdout.indexOf('{"numTotalTestSuites"');
  if (begin < 0) throw new Error(`vitest ended with ${code} before its report: ${stderr.slice(-2000)}`);
  const { testResults } = JSON.parse(stdout.slice(begin));
  for (const { fullName, status, failureMessages } of testResults.flatMap(({ assertionResults }) => assertionResults)) {
    if (status === 'passed') await report.check('docs_blocks', fullName, () => undefined);
    else if (status === 'failed') report.fail('docs_blocks', fullName, failureMessages.join('\n'));
    else report.skip('docs_blocks', fullName);
  }
}
