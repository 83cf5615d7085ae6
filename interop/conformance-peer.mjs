// Runtimes in other languages, each with the public gRPC library of its language: the suite on the templates.
import { join } from 'node:path';
import { expectEqual, expectTrue } from './check-report.mjs';
import { BUILDERS } from './conformance-templates.mjs';
import { LOOPBACK_ENVIRONMENT } from './loopback-environment.mjs';
import { lastLines, runProcess } from './run-process.mjs';

const RUN_LIMIT_MS = 300_000;
/** Steered by the harness; the templates lose no host, since they have none. */
const STEERED = ['DH-HRN-001', 'DH-HRN-002', 'DH-HRN-005', 'DH-HRN-006', 'DH-HRN-007'];
/**
 * What the templates do not do, and do not claim to: they hold no packages of their own to judge, keep no queue,
 * and leave deadlines, broken messages and security to what a vendor builds from them.
 */
const NOT_CLAIMED = [
  ...['DH-CONC', 'DH-DECL', 'DH-DLN', 'DH-FLT', 'DH-LIFE', 'DH-MEM', 'DH-META', 'DH-PERF', 'DH-SEC'],
  ...['DH-ERR-035', 'DH-ERR-038', 'DH-SAFE-006'],
];
/** Fewer would mean that the models are not found. */
const LEAST_PASSED = 50;

/** The peer of one language. */
export function conformanceTemplate(language, title) {
  return {
    title: `the template in ${title}`,
    install: (root, name) => BUILDERS[language](root, name),
    run: runConformance,
    lane: 'any',
  };
}

async function runConformance(harness, { root, name }, report) {
  const args = [
    'conformance',
    'runtime',
    '--profile',
    'runtime-core',
    '--partial-models',
    '--json',
    '--skip',
    NOT_CLAIMED.join(','),
  ];
  const command = harness.map((word) => `"${word}"`).join(' ');
  const { code, stdout, stderr } = await runProcess(
    process.execPath,
    [join(root, 'cli', 'bin', 'deephealth.mjs'), ...args, '--harness', command],
    { limitMs: RUN_LIMIT_MS, env: LOOPBACK_ENVIRONMENT },
  );
  let found;
  await report.check(name, 'is judged by the conformance suite, through its harness', () => {
    try {
      found = JSON.parse(stdout);
    } catch {
      throw new Error(`the suite ended with ${code}: ${lastLines(stderr)}`);
    }
    expectEqual('faults of the suite', withStatus(found, 'error'), []);
  });
  if (found === undefined) return;
  await report.check(name, 'fails no case', () => {
    expectEqual('failed', [...withStatus(found, 'fail'), ...withStatus(found, 'warn')], []);
    expectEqual('verdict and exit code', [found.verdict, code], ['partial', 3]);
    expectTrue(`passes at least ${LEAST_PASSED} cases`, (found.counts.pass ?? 0) >= LEAST_PASSED);
  });
  await report.check(name, 'is put back and meets faults as its harness is told', () => {
    const passed = found.results.filter(({ status }) => status === 'pass').map(({ id }) => id);
    expectEqual(
      'steered',
      STEERED.filter((id) => !passed.includes(id)),
      [],
    );
  });
}

function withStatus({ results }, wanted) {
  return results
    .filter(({ status }) => status === wanted)
    .map(({ id, parameters, detail }) => `${id} ${parameters}: ${detail}`);
}
