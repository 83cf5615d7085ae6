export type {
  CardPolicy,
  CardRule,
  CdsHooksBinding,
  FeatureBinding,
  HookName,
  PrefetchTemplate,
  ServiceBinding,
} from './bindings/cds-hooks-binding.js';
export type { CdsRequest, Feature, FhirAuthorization, Gathered } from './bindings/cds-request.js';
export { BINDING_FILE, parseBinding } from './bindings/parse-binding.js';
export { assertSamePatient } from './mapping/same-patient.js';
export { toFeatures } from './mapping/to-features.js';
export { toTable } from './mapping/to-table.js';
