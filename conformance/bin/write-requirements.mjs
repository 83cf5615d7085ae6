#!/usr/bin/env node
// After cases were added or changed: ids.lock.yaml, docs/conformance/coverage.md, cds-hooks.md and numbers.md. Needs a build.
import { writeRequirements } from '../dist/index.js';

try {
  for (const path of writeRequirements({ update: process.argv.includes('--update') })) console.log(path);
} catch (failed) {
  console.error(failed.message);
  process.exitCode = 1;
}
