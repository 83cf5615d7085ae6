export type {
  CardPolicy,
  CardRule,
  CdsHooksBinding,
  FeatureBinding,
  HookName,
  PrefetchTemplate,
  ServiceBinding,
} from './bindings/cds-hooks-binding.js';

// Trust: which clients may call.
export { type RefusalReason, refusalOf } from './trust/client-refusal.js';
export { createClientTrust, type TrustState } from './trust/client-trust.js';
export { type CorsAnswer, corsHeaders, parseAllowedOrigins } from './trust/cors.js';
export { type Peer, type PeerCertificate, peerOf } from './trust/peer.js';
export type {
  ClientAlgorithm,
  ClientOptions,
  ListedClientsOptions,
  OpenTrustOptions,
  TrustOptions,
} from './trust/trust-options.js';
export type { ClientTrust, TrustedClient } from './trust/trusted-client.js';
