import type { AdapterName } from './plan-adapters.js';

/** File of a package that binds it to the platform. */
export const BINDING_FILES: Readonly<Record<AdapterName, string>> = {
  'clinical-decision-support': 'bindings/cds-hooks.json',
  'digital-pathology': 'bindings/digital-pathology.json',
  expressif: 'bindings/expressif.json',
  piaf: 'bindings/processing-chain.json',
};
