import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: [
      '{proto,sdk,runtime,cli,samples,conformance,adapters/*}/{src,test}/**/*.test.ts',
      'native/{lib,test}/**/*.test.ts',
      'test/**/*.test.ts',
    ],
    // Integration tests start model hosts, each a process; more files at once would only be slower.
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});
