// For programs that serve CDS Hooks.
export {
  type AdapterLogEntry,
  type ClinicalDecisionSupportAdapter,
  type ClinicalDecisionSupportOptions,
  createClinicalDecisionSupportAdapter,
} from './adapter.js';
export type { AuditOptions } from './audit/audit-trail.js';
// For those who write bindings, and for tools that check them.
export type {
  CardPolicy,
  CardRule,
  CdsHooksBinding,
  ChannelBinding,
  FeatureBinding,
  HookName,
  ImageBinding,
  PrefetchTemplate,
  RegionBinding,
  ServiceBinding,
  SignalBinding,
} from './bindings/cds-hooks-binding.js';
export type { CdsRequest, Feature, FhirAuthorization, Gathered, Recorded } from './bindings/cds-request.js';
export { BINDING_FILE, parseBinding } from './bindings/parse-binding.js';
export type { FeedbackEntry, ModelStatistics } from './feedback/inference-records.js';
export type { GatherOptions } from './fhir/gather.js';
export { type FilledRecording, readRecording } from './fhir/read-recording.js';
export { createReferenceReader, type ReferenceReader, type ReferenceResult } from './fhir/reference-reader.js';
export { assertSamePatient } from './mapping/same-patient.js';
export { toFeatures } from './mapping/to-features.js';
export { toTable } from './mapping/to-table.js';
export type { RegionLinkOptions } from './region/region-links.js';
export type { CallLogEntry } from './service/call-log.js';
export type { Health, ServiceHealth } from './service/health.js';
export type { Answer, HttpAnswer, HttpRequest } from './transport/http-message.js';
export type { NodeListener } from './transport/node-http.js';
export type { RefusalReason } from './trust/client-refusal.js';
export { type Peer, type PeerCertificate, peerOf } from './trust/peer.js';
export type {
  ClientAlgorithm,
  ClientOptions,
  ListedClientsOptions,
  OpenTrustOptions,
  TrustOptions,
} from './trust/trust-options.js';
export type { WriteBackLogEntry } from './write-back/write-back.js';
export type { WriteBackOptions } from './write-back/write-back-options.js';
