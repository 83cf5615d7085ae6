import { ReferenceCallbacks } from '../../reference/piaf/reference-callbacks.js';
import { type ChainParts, ReferenceChains } from '../../reference/piaf/reference-chains.js';
import { ReferenceCleaner } from '../../reference/piaf/reference-cleaner.js';
import { ReferenceOgc } from '../../reference/piaf/reference-ogc.js';
import { ReferenceResults } from '../../reference/piaf/reference-results.js';
import { ReferenceWes } from '../../reference/piaf/reference-wes.js';
import type { PartsMutant } from '../steered-sharpness.js';

/** What mutants and variants are made from. */
export const PIAF_CLASSES = {
  Cleaner: ReferenceCleaner,
  Results: ReferenceResults,
  Callbacks: ReferenceCallbacks,
  Service: ReferenceChains,
  Wes: ReferenceWes,
  Ogc: ReferenceOgc,
} as const;
export type PiafClasses = typeof PIAF_CLASSES;

/** The reference service of processing chains with one behaviour changed: `M-PIAF-<NN>`. */
export type PiafMutant = PartsMutant<PiafClasses, ChainParts>;

type Change<Name extends keyof PiafClasses> = (Reference: PiafClasses[Name]) => PiafClasses[Name];
type Make<Name extends keyof PiafClasses> = (id: string, title: string, of: Change<Name>) => PiafMutant;

const changing =
  <Name extends keyof PiafClasses>(name: Name): Make<Name> =>
  (id, title, of) => ({ id, title, parts: (classes) => ({ [name]: of(classes[name]) }) });

export const cleaner = changing('Cleaner');
export const results = changing('Results');
export const callbacks = changing('Callbacks');
export const service = changing('Service');
export const wes = changing('Wes');
export const ogc = changing('Ogc');
