export type { ConformanceCase, Profile } from './cases/case-types.js';
export { loadCases } from './cases/load-cases.js';
export { writeModels } from './models/write-models.js';
export { ReferenceRuntime } from './reference/reference-runtime.js';
export { serveReference } from './reference/serve-reference.js';
export { EXIT_CODES, type Verdict, verdictOf } from './report/verdict.js';
export type { CaseResult } from './run/case-result.js';
export { runSuite, type SuiteOptions } from './run/run-suite.js';
