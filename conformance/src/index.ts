export { type Authority, type Identity, makeCertificate } from '@deephealth/sdk/testing';
export { type AccessMaterial, callersToken, TOKEN_KINDS } from './access/access-material.js';
export { type AccessFile, readAccess } from './access/read-access.js';
export { type SecureSetup, type SetupOptions, writeSecureSetup } from './access/secure-setup.js';
export { makeSigningKey, publicJwk, type SigningKey, type TestIssuer } from './access/test-issuer.js';
export { type ConformanceCase, PROFILES, type Profile } from './cases/case-types.js';
export { formatCases, loadCases } from './cases/load-cases.js';
export type { CdsSettings } from './cds/suite-clients.js';
export { writeCdsFolder } from './cds/write-cds-folder.js';
export { writeChainFolder } from './chain/write-chain-folder.js';
export type { NumericProfile } from './compare/compare-numbers.js';
export { type Declaration, readDeclaration } from './declaration/declaration.js';
export { writeExpressifFolder } from './expressif/write-expressif-folder.js';
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
export { applyKnownFailures } from './known-failures/apply-known-failures.js';
export { type KnownFailure, readKnownFailures } from './known-failures/known-failures.js';
export { updateKnownFailures } from './known-failures/update-known-failures.js';
export { SUITE_MODELS } from './models/catalogue.js';
export { modelsOf, tooFewModels } from './models/partial-models.js';
export { type PackageSigner, readPackageSigner, signModels } from './models/sign-models.js';
export { writeModels } from './models/write-models.js';
export { OIP_MODELS } from './oip/oip-models.js';
export { httpOrigin, type OipTarget, readModelsMap } from './oip/oip-target.js';
export { reachTarget } from './oip/reach-target.js';
export { writePathologyFolder } from './pathology/write-pathology-folder.js';
export { ReferenceRuntime } from './reference/reference-runtime.js';
export { serveReference } from './reference/serve-reference.js';
export { serveSecurely } from './reference/serve-secure.js';
export { badgeJson, badgeSvg } from './report/badge.js';
export { canonicalJson } from './report/canonical-json.js';
export { reportProblems } from './report/check-report.js';
export { consoleReport } from './report/console-report.js';
export { htmlReport } from './report/html-report.js';
export { junitReport } from './report/junit-report.js';
export { type SuiteReport, suiteReport } from './report/suite-report.js';
export { traceReport } from './report/trace-report.js';
export { transcriptOf } from './report/transcript.js';
export { EXIT_CODES, type Verdict, verdictOf } from './report/verdict.js';
export { writeRequirements } from './requirements/write-requirements.js';
export type { CaseResult } from './run/case-result.js';
export {
  type AdapterCheck,
  type AdapterChecked,
  type AdapterProfile,
  adapterProfiles,
  checkAdapter,
} from './run/check-adapter.js';
export { describeTarget, type Reached } from './run/describe-target.js';
export { type Diagnosis, diagnose } from './run/doctor.js';
export { runSuite, runSuiteToEnd, type SuiteOptions } from './run/run-suite.js';
export { parseSelection, strangers } from './run/select-cases.js';
export { RUN_LIMIT_MS, START_LIMIT_MS } from './run/timeouts.js';
export { ADAPTER_VARIANTS } from './sharpness/adapter-variants.js';
export { atOnce } from './sharpness/at-once.js';
export { BENIGN_VARIANTS, type BenignVariant } from './sharpness/benign.js';
export { CDS_VARIANTS } from './sharpness/cds-variants.js';
export { AdapterSharpness } from './sharpness/check-adapter-sharpness.js';
export { CdsSharpness } from './sharpness/check-cds-sharpness.js';
export { ExpressifSharpness } from './sharpness/check-expressif-sharpness.js';
export { PiafSharpness } from './sharpness/check-piaf-sharpness.js';
export { isMeasured, Sharpness } from './sharpness/check-sharpness.js';
export { WsiSharpness } from './sharpness/check-wsi-sharpness.js';
export { EXPRESSIF_VARIANTS } from './sharpness/expressif-variants.js';
export { KILL_SECTIONS, killMatrix } from './sharpness/kill-matrix.js';
export type { Killing } from './sharpness/killing.js';
export { ADAPTER_MUTANTS } from './sharpness/mutants/adapter.js';
export { CDS_MUTANTS } from './sharpness/mutants/cds.js';
export { EXPRESSIF_MUTANTS } from './sharpness/mutants/expressif.js';
export { MUTANTS } from './sharpness/mutants/index.js';
export { PIAF_MUTANTS } from './sharpness/mutants/piaf.js';
export { WSI_MUTANTS } from './sharpness/mutants/wsi.js';
export { NULL_ADAPTERS } from './sharpness/null-adapters.js';
export { NULL_CDS } from './sharpness/null-cds.js';
export { NULL_EXPRESSIF } from './sharpness/null-expressif.js';
export { NULL_IMPLEMENTATIONS } from './sharpness/null-implementations.js';
export { NULL_PIAF } from './sharpness/null-piaf.js';
export { NULL_WSI } from './sharpness/null-wsi.js';
export { PIAF_VARIANTS } from './sharpness/piaf-variants.js';
export { WSI_VARIANTS } from './sharpness/wsi-variants.js';
export { CDS_PLATFORM } from './simulators/cds-platform.js';
export { EXPRESSIF_PLATFORM } from './simulators/expressif-platform.js';
export { PLATFORMS } from './simulators/index.js';
export { PATHOLOGY_PLATFORM } from './simulators/pathology-platform.js';
export { PIAF_PLATFORM } from './simulators/piaf-platform.js';
export type * from './simulators/platform-simulator.js';
export { type LaunchedTarget, launchTarget } from './targets/launched-target.js';
export { isLoopback, parseAddress } from './targets/loopback.js';
export { credentialsOf, type TargetOptions, type TlsOptions } from './targets/target-client.js';
export { SUITE_VERSION } from './version.js';
