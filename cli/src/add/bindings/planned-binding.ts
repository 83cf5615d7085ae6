import type { Manifest } from '@deephealth/sdk';
import type { PlannedPlatform } from '../add-plan.js';
import type { Inquiry } from '../inquiry.js';
import type { FhirSource } from './fhir-source.js';

/** A platform, and the files of its binding by their paths in the package. */
export interface PlannedBinding extends PlannedPlatform {
  readonly files: Readonly<Record<string, string>>;
}

/** What bindings are made of. */
export interface BindingMaterial {
  readonly manifest: Manifest;
  /** What a score is about, for titles. */
  readonly title: string;
  /** Where each column comes from in FHIR; null where somebody has said that nothing holds it. */
  readonly fhirSources: ReadonlyMap<string, FhirSource | null | undefined>;
  /** What a regression gave for the samples, and as much again on both sides. */
  readonly valueRange?: readonly [number, number];
  readonly inquiry: Inquiry;
}

export const jsonFile = (document: unknown): string => `${JSON.stringify(document, null, 2)}\n`;

/** Why a card or a rule stands for research only; every text that a platform shows has it. */
export const RESEARCH = 'research use';
