export type {
  CardPolicy,
  CardRule,
  CdsHooksBinding,
  FeatureBinding,
  HookName,
  PrefetchTemplate,
  ServiceBinding,
} from './bindings/cds-hooks-binding.js';
