import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Files that take a minute and more: begun last, each would be waited for alone. */
const LONGEST = [
  'conformance/test/sharpness.test.ts',
  'conformance/test/adapter-sharpness.test.ts',
  'cli/test/conformance.test.ts',
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

export default defineConfig({
  test: {
    include: [
      '{proto,sdk,runtime,cli,samples,conformance,adapters/*}/{src,test}/**/*.test.ts',
      'native/{lib,test}/**/*.test.ts',
      'test/**/*.test.ts',
    ],
    // Integration tests start model hosts, each a process; more files at once would only be slower.
    maxWorkers: 2,
    sequence: { sequencer: LongestFirst },
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});
