export { type ConformanceCase, PROFILES, type Profile } from './cases/case-types.js';
export { loadCases } from './cases/load-cases.js';
export { defineHarness, type HarnessDefinition } from './harness/define-harness.js';
export { type Harness, HarnessError } from './harness/harness.js';
export {
  FAULT_KINDS,
  type Fault,
  type FaultKind,
  HARNESS_PROTOCOL,
  type StartOrder,
} from './harness/harness-protocol.js';
export { splitCommand } from './harness/split-command.js';
export { startHarness } from './harness/start-harness.js';
export { SUITE_MODELS } from './models/catalogue.js';
export { modelsOf, tooFewModels } from './models/partial-models.js';
export { writeModels } from './models/write-models.js';
export { ReferenceRuntime } from './reference/reference-runtime.js';
export { serveReference } from './reference/serve-reference.js';
export { badgeSvg } from './report/badge.js';
export { consoleReport } from './report/console-report.js';
export { htmlReport } from './report/html-report.js';
export { junitReport } from './report/junit-report.js';
export { type SuiteReport, suiteReport } from './report/suite-report.js';
export { EXIT_CODES, type Verdict, verdictOf } from './report/verdict.js';
export type { CaseResult } from './run/case-result.js';
export { describeTarget } from './run/describe-target.js';
export { runSuite, type SuiteOptions } from './run/run-suite.js';
export { type Killing, Sharpness } from './sharpness/check-sharpness.js';
export { killMatrix } from './sharpness/kill-matrix.js';
export { MUTANTS } from './sharpness/mutants/index.js';
export { NULL_IMPLEMENTATIONS } from './sharpness/null-implementations.js';
export { type LaunchedTarget, launchTarget } from './targets/launched-target.js';
export { SUITE_VERSION } from './version.js';
