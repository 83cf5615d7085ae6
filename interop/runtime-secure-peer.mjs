// Our own runtime in the production profile, under the conformance suite's profile runtime-secure; and without access
// control, to show that the suite would notice.
import { join } from 'node:path';
import { expectEqual, expectTrue } from './check-report.mjs';
import { LOOPBACK_ENVIRONMENT } from './loopback-environment.mjs';
import { lastLines, runProcess } from './run-process.mjs';

const RUN_LIMIT_MS = 300_000;
/** Fewer would mean that a face was not reached. */
const LEAST_PASSED = 140;
/** Whether a token opens a second call; judged with --single-use, and here by cli/test/access-matrix.test.ts. */
const NOT_JUDGED = ['DH-SEC-040'];
/** Each is about callers who prove nothing, or too little, and so about what is left out. */
const NOTICED = ['DH-SEC-025', 'DH-SEC-030', 'DH-SEC-032', 'DH-SEC-044', 'DH-SEC-047', 'DH-SEC-063', 'DH-SEC-065'];

export async function runRuntimeSecureChecks(_, { root, name }, report) {
  const check = (sentence, run) => report.check(name, sentence, run);
  await check('is conformant: no case fails, and none is left out but what does not apply', async () => {
    const { code, verdict, results } = await judged(root, []);
    expectEqual('not passed', notPassed(results, NOT_JUDGED), []);
    expectEqual('verdict and exit code', [verdict, code], ['conformant', 0]);
    expectTrue(`passes at least ${LEAST_PASSED}`, withStatus(results, 'pass').length >= LEAST_PASSED);
  });
  await check('is found out in the development profile, where nobody is asked who they are', async () => {
    const { code, verdict, results } = await judged(root, ['--without-access']);
    expectEqual('verdict and exit code', [verdict, code], ['non-conformant', 1]);
    const failed = new Set(withStatus(results, 'fail').map(({ id }) => id));
    expectEqual(
      'cases that should fail, and do not',
      NOTICED.filter((id) => !failed.has(id)),
      [],
    );
  });
}

/** What the script finds; throws with its last words where it finds nothing. */
async function judged(root, flags) {
  const script = join(root, 'conformance', 'bin', 'runtime-secure.mjs');
  const served = ['--', process.execPath, join(root, 'cli', 'bin', 'deephealth.mjs')];
  const { code, stdout, stderr } = await runProcess(process.execPath, [script, '--json', ...flags, ...served], {
    limitMs: RUN_LIMIT_MS,
    env: LOOPBACK_ENVIRONMENT,
  });
  try {
    const { verdict, results } = JSON.parse(stdout);
    return { code, verdict, results };
  } catch {
    throw new Error(`the suite ended with ${code}: ${lastLines(stderr)}`);
  }
}

/** Whatever became of them, but for cases that do not apply and are named. */
function notPassed(results, notJudged) {
  return results
    .filter(({ id, status }) => status !== 'pass' && !(status === 'notApplicable' && notJudged.includes(id)))
    .map(({ id, parameters, status, detail }) => `${id} ${parameters}: ${status}: ${detail}`);
}

function withStatus(results, wanted) {
  return results.filter(({ status }) => status === wanted);
}
