import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Files that take a minute and more: begun last, each would be waited for alone. */
const LONGEST = [
  'conformance/test/sharpness.test.ts',
  'conformance/test/sharpness-measured.test.ts',
  'conformance/test/adapter-sharpness.test.ts',
  'test/ttmip-demo.test.ts',
  'cli/test/check-on-platform.test.ts',
  'cli/test/batch.test.ts',
  'cli/test/conformance.test.ts',
  'conformance/test/cds-sharpness.test.ts',
  'conformance/test/wsi-sharpness.test.ts',
  'conformance/test/expressif-sharpness.test.ts',
  'conformance/test/piaf-sharpness.test.ts',
  'conformance/test/benign.test.ts',
  'adapters/piaf/test/run-service.test.ts',
  'test/docs/guide-commands.test.ts',
  'test/docs/page-commands.test.ts',
  'runtime/test/faults.test.ts',
  'runtime/test/package-integrity.test.ts',
  'cli/test/conformance-adapter.test.ts',
  'cli/test/serve.test.ts',
  'cli/test/adapter-new.test.ts',
  'samples/test/deephealth-toolkit.test.ts',
];

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification) => {
      const index = LONGEST.findIndex((one) => moduleId.endsWith(one));
      return index < 0 ? LONGEST.length : index;
    };
    return (await super.sort(files)).sort((left, right) => rank(left) - rank(right));
  }
}

const PACKAGES = '{proto,sdk,runtime,cli,samples,conformance,console,adapters/*}';
const UNIT_TESTS = [`${PACKAGES}/src/**/*.test.ts`, 'native/lib/**/*.test.ts', 'bench/**/*.test.mjs'];
/** The console's page is built by another tool than the rest of its package. */
const APP_TESTS = 'console/app/**/*.test.ts';

/** Unit tests that change what others share: modules, the clock, the environment. */
const ALONE = ['proto', 'sdk', 'runtime', 'cli', 'conformance', 'console', 'adapters', 'native'].flatMap((folder) =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.test.ts') && !file.includes('node_modules'))
    .map((file) => join(folder, file))
    .filter((file) =>
      /\bvi\.(?:mock|doMock|hoisted|useFakeTimers|stubGlobal|stubEnv)\(|process\.env\.\w+ =[^=]|delete process\.env/.test(
        readFileSync(file, 'utf8'),
      ),
    ),
);

/**
 * Tests that compare times, memory, or how long a process stands still. They come last, and with one file less beside
 * them.
 */
const MEASURED = [
  'conformance/test/sharpness-measured.test.ts',
  'runtime/test/faults.test.ts',
  'conformance/test/hostile-targets.test.ts',
  'runtime/test/soak.test.ts',
  'runtime/test/audit-kills.test.ts',
  'test/soak.test.ts',
  // What runs has to last until all that overtake each other have come.
  'runtime/test/scheduling.test.ts',
  'adapters/clinical-decision-support/test/overload.test.ts',
  'native/test/**/*.test.ts',
];

const limits = {
  // Commands that tests start record no time to model in production, but where a test is about it.
  env: { DEEPHEALTH_TTMIP: 'off' },
  // Files that take long wait for half of their time and more: for deadlines, and for processes that start.
  maxWorkers: 4,
  testTimeout: 60_000,
  hookTimeout: 120_000,
  // What is polled for comes in a moment, but on a machine that does other things: one second, as it is else, is little.
  expect: { poll: { timeout: 20_000 } },
};

export default defineConfig({
  test: {
    ...limits,
    globalSetup: 'test/temporary-root.ts',
    sequence: { sequencer: LongestFirst },
    projects: [
      // To load the packages anew for each of hundreds of small files takes longer than their tests.
      { test: { ...limits, name: 'units', include: [...UNIT_TESTS, APP_TESTS], exclude: ALONE, isolate: false } },
      {
        test: {
          ...limits,
          name: 'whole',
          include: [`${PACKAGES}/test/**/*.test.ts`, 'test/**/*.test.ts', ...ALONE],
          exclude: MEASURED,
        },
      },
      { test: { ...limits, name: 'measured', include: MEASURED, maxWorkers: 2, sequence: { groupOrder: 1 } } },
    ],
  },
});
