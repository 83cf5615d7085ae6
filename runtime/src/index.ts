// For programs that run the server inside themselves.

// For tools that check a package or a machine without a server.
export { describeAccelerator } from './accelerator.js';
// For programs that read audit logs.
export type { AuditEvent, Face } from './audit/audit-event.js';
export { type AuditFigures, AuditLog, type AuditLogOptions } from './audit/audit-log.js';
export type { AuditProblem } from './audit/audit-problem.js';
export type { AuditSettings } from './audit/audit-settings.js';
export type { OnControl } from './audit/control-event.js';
export { FHIR_KINDS, type FhirAuditEvent, toFhirAuditEvent } from './audit/fhir-audit-event.js';
export { type Head as AuditHead, readHead as readAuditHead } from './audit/head-file.js';
export { findingsDigest, tensorsDigest } from './audit/output-digest.js';
export { type LatestRecords, type LatestRecordsQuery, readLatestRecords } from './audit/read-latest-records.js';
export {
  type AuditRecord,
  type FoundRecord,
  findRecord,
  type RecordFilter,
  readRecords,
} from './audit/read-records.js';
export { type ReplayRequest, type ReplayResult, replayRecord } from './audit/replay-record.js';
export { readPublicKey } from './audit/signing-key.js';
export { type VerifyResult, verifyLog } from './audit/verify-log.js';
export { loadServerConfig, parseServerConfig } from './config/load-server-config.js';
export { type ConfigOverrides, mergeConfig } from './config/merge-config.js';
export { CONFIG_FILE, type RepositoryMode, type ServerConfig } from './config/server-config.js';
export { DEFAULT_STATE_FOLDER, toServerOptions } from './config/server-options.js';
export type { RolloutPlan, TrialShare } from './control/control-state.js';
// For tools that show findings over what was sent, or write them as objects derived from it.
export {
  type DicomSource,
  readDicomSource,
  type SourceFrame,
  type SourcePlane,
} from './dicom-source/read-dicom-source.js';
// For tools that take limits of inputs from training data.
export {
  createInputMeasurer,
  type InputMeasure,
  type InputMeasurer,
  type MeasuredCase,
  STATISTICS,
} from './distribution/input-measurer.js';
export { type HostProbe, probeHost } from './host/probe-host.js';
// For programs that answer more over the server's HTTP face.
export type { FailureForm, HttpRequest, HttpResponse, Route } from './http/route.js';
export type { CallerConnection, InnerRoutes, ServerInside } from './inner-routes.js';
export { describeIsolation, type Isolation, isFullyIsolated, openIsolation } from './isolation/isolation.js';
export type { IsolationMode, IsolationSettings } from './isolation/isolation-settings.js';
export type { ModelLimits } from './lifecycle/model-limits.js';
export type { ModelState, ModelVersion } from './lifecycle/model-version.js';
export { type PackageCheck, verifyPackage } from './lifecycle/verify-package.js';
export { createJsonLog, type Log, type LogFields, type LogLevel, silentLog } from './log.js';
export type { HistogramCounts } from './observability/histogram-series.js';
export type { LiveFigures, VersionFigures } from './observability/live-figures.js';
export { countFrames } from './pictures/count-frames.js';
export type { Picture, VolumePicture } from './pictures/picture.js';
export { readPicture } from './pictures/read-picture.js';
export { readVolumePicture } from './pictures/read-volume-picture.js';
export { type RuntimeServer, startRuntimeServer } from './server.js';
export type { RepositoryOptions, RuntimeServerOptions } from './server-options.js';
export type { ModelStore } from './store/model-store.js';
export type { TrustSettings } from './trust/trust-guard.js';
export { ENGINE_NAME, RUNTIME_NAME, RUNTIME_VERSION } from './version.js';
// For tools that draft the inputs of a model after an example.
export { describeVolume, type VolumeDescription } from './volumes/decode-files.js';
