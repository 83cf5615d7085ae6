// Chains in packages.

// For hosts: where tasks are done.
export type { BackendRun, ChainBackend, ChunkJob, ChunkTask, TaskState, TaskUpdate } from './backends/chain-backend.js';
export { type CwlBackendOptions, createCwlBackend } from './backends/cwl/cwl-backend.js';
export { createLocalBackend, type LocalBackendOptions } from './backends/local-backend.js';
export { createSlurmBackend } from './backends/slurm/slurm-backend.js';
export { createSlurmCommandLine, type SlurmCommandLineOptions } from './backends/slurm/slurm-command-line.js';
export type { SlurmCommands, SlurmLimits, SlurmSubmission, SlurmTaskReport } from './backends/slurm/slurm-commands.js';
export type { SlurmBackendOptions } from './backends/slurm/slurm-options.js';
export { failureOf, hasEnded, runStateOf, type TaskFailure } from './backends/task-outcome.js';
export { BINDING_FILE as PROCESSING_CHAIN_BINDING, parseBinding } from './bindings/parse-binding.js';
export {
  type ChainBinding,
  type ChainParameter,
  type ChainResources,
  DEFAULT_SLIDE_FORMATS,
  type DeidentifyBinding,
  type ItemBinding,
  type ItemKind,
  type ItemMediaType,
  PARAMETER_TYPES,
  type ParameterName,
  type ParameterValues,
  type ProcessingChainBinding,
} from './bindings/processing-chain-binding.js';
export { type ChainPackage, chainId, chainOf, readChainPackage } from './bindings/read-chain-package.js';
// Runs as crates, which say what was made of what, and by which they are repeated.
export { type ArtefactDifference, checkRepeats, compareWithCrate, resultDiffers } from './crate/compare-with-crate.js';
export { METADATA_FILE as CRATE_METADATA_FILE, WORKFLOW_FILE as CRATE_WORKFLOW_FILE } from './crate/crate-entity.js';
export { type RunCrate, readRunCrate } from './crate/read-run-crate.js';
export type { RunCrateInfo } from './crate/run-crate-info.js';
export { writeRunCrate } from './crate/write-run-crate.js';
// What identifies is taken out of inputs.
export { type DeidentifiedFile, type DeidentifyOptions, deidentifyFile } from './deidentify/deidentify.js';
export { type CleaningRule, describeCleaning } from './deidentify/describe-cleaning.js';
// Descriptions of chains that are made of their packages.
export { type BoutiquesDescriptor, exportBoutiques } from './export/export-boutiques.js';
export { CWL_FILES, exportCwl } from './export/export-cwl.js';
export {
  exportOgcProcess,
  exportOgcSummary,
  type OgcInputDescription,
  type OgcMetadata,
  type OgcOutputDescription,
  type OgcProcess,
  type OgcProcessSummary,
} from './export/export-ogc-process.js';
export type { ExportableChain } from './export/exportable-chain.js';
export { OGC_FILES_OUTPUT, OGC_OUTPUTS } from './export/ogc-outputs.js';
// For hosts: the HTTP faces over the runs.
export { AttachmentNames, isAttachmentName } from './http/attachment-name.js';
export type { CallbackHost } from './http/callback-hosts.js';
export { type ChainServer, type ChainServerOptions, startChainServer } from './http/chain-server.js';
export type { ChainDescription, DescribeChain, FaceLimits, Organization } from './http/face-context.js';
export type { ChainRoot } from './http/input-location.js';
export { type TenantConfig, tenantOfCaller } from './http/tenants.js';
// Reports of runs, and labels to compare them with.
export type { CohortEvaluation, SegmentationEvaluation } from './report/cohort-evaluation.js';
export { type CohortReport, type CohortReportOptions, cohortReport } from './report/cohort-report.js';
export type { CohortSummary, FindingSummary, ReasonCount, WarningCount } from './report/cohort-summary.js';
export type { Distribution, Histogram } from './report/distribution.js';
export { type CohortLabels, type ItemLabel, parseLabels, readLabels } from './report/read-labels.js';
export { scoresCsv } from './report/scores-csv.js';
// For hosts: the runs themselves.
export { createRunService, type RunServiceOptions } from './runs/create-run-service.js';
export type { InputRoot } from './runs/input-roots.js';
export { type BatchOptions, runBatch } from './runs/run-batch.js';
export type { RunFailure } from './runs/run-failure.js';
export type { RunLimits } from './runs/run-limits.js';
export type { ArtefactRecord, RunCallbacks, RunRecord, RunState, TaskRecord } from './runs/run-record.js';
export type {
  InputReference,
  RunPage,
  RunService,
  ServedChain,
  SubmitRequest,
  Upload,
} from './runs/run-service.js';
export { createPiafAdapter, type PiafAdapter, type PiafOptions } from './service/piaf-adapter.js';
// The steps, as functions.
export { checkParameters } from './steps/check-parameters.js';
export { commitFolder } from './steps/commit-folder.js';
export { type ContractPredictorOptions, contractPredictor } from './steps/contract-predictor.js';
export { toItemFindings, type WriteItemFile } from './steps/finding-json.js';
export { hashFile } from './steps/hash-file.js';
export { type InferChunkOptions, inferChunk } from './steps/infer-chunk.js';
export type { ItemAnswer, ItemCall, ItemPredictor } from './steps/item-predictor.js';
export { type MergeOptions, mergeParts } from './steps/merge-parts.js';
export type { Chunk, ItemResult, Part, ResultFile, StagedFile, StagedItem, StagedItems } from './steps/run-folder.js';
export { type StageInOptions, type StageInput, stageIn } from './steps/stage-in.js';
export { stageOut } from './steps/stage-out.js';
export { writeChunks } from './steps/write-chunks.js';
