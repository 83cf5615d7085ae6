import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Files that take a minute and more: begun last, each would be waited for alone. */
const LONGEST = [
  'conformance/test/sharpness.test.ts',
  'conformance/test/adapter-sharpness.test.ts',
  'cli/test/conformance.test.ts',
  'conformance/test/cds-sharpness.test.ts',
  'conformance/test/wsi-sharpness.test.ts',
  'conformance/test/expressif-sharpness.test.ts',
  'conformance/test/benign.test.ts',
  'runtime/test/faults.test.ts',
  'runtime/test/package-integrity.test.ts',
  'cli/test/conformance-adapter.test.ts',
  'cli/test/serve.test.ts',
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

const PACKAGES = '{proto,sdk,runtime,cli,samples,conformance,adapters/*}';
const UNIT_TESTS = [`${PACKAGES}/src/**/*.test.ts`, 'native/lib/**/*.test.ts'];

/** Unit tests that change what others share: modules, the clock, the environment. */
const ALONE = ['proto', 'sdk', 'runtime', 'cli', 'conformance', 'adapters', 'native'].flatMap((folder) =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.test.ts') && !file.includes('node_modules'))
    .map((file) => join(folder, file))
    .filter((file) =>
      /\bvi\.(?:mock|doMock|hoisted|useFakeTimers|stubGlobal|stubEnv)\(|process\.env\.\w+ =[^=]|delete process\.env/.test(
        readFileSync(file, 'utf8'),
      ),
    ),
);

const limits = {
  // Integration tests start model hosts, each a process; more files at once would only be slower.
  maxWorkers: 2,
  testTimeout: 30_000,
  hookTimeout: 60_000,
};

export default defineConfig({
  test: {
    ...limits,
    globalSetup: 'test/temporary-root.ts',
    sequence: { sequencer: LongestFirst },
    projects: [
      // To load the packages anew for each of hundreds of small files takes longer than their tests.
      { test: { ...limits, name: 'units', include: UNIT_TESTS, exclude: ALONE, isolate: false } },
      {
        test: {
          ...limits,
          name: 'whole',
          include: [`${PACKAGES}/test/**/*.test.ts`, 'native/test/**/*.test.ts', 'test/**/*.test.ts', ...ALONE],
        },
      },
    ],
  },
});
