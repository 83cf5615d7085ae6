import { type GoldenCase, type GoldenTableValue, type Manifest } from '@deephealth/sdk';
import type { Bundle, FhirResource } from 'fhir/r4.js';
import type { CdsHooksBinding } from '../src/bindings/cds-hooks-binding.js';
import type { CdsRequest, Gathered } from '../src/bindings/cds-request.js';
export declare const LOINC = 'http://loinc.org';
export declare const UCUM = 'http://unitsofmeasure.org';
export declare const EXERCISE_TEST = 'https://deephealth.example/fhir/CodeSystem/exercise-test';
export declare const bindingText: () => string;
export declare const heartManifest: () => Manifest;
export declare const heartBinding: () => CdsHooksBinding;
/** Golden cases of the sample package: its rows, and what the model makes of them. */
export declare function goldenCases(): GoldenCase[];
export type Row = Readonly<Record<string, GoldenTableValue>>;
/** An instant at which everything that this file makes is as old as an hour. */
export declare const NOW: Date;
export declare const AN_HOUR_AGO = '2026-11-23T11:00:00Z';
/** Resources that a FHIR server would have for a row of the model's table, by prefetch key of its binding. */
export declare function resourcesFor(row: Row, patientId: string, now?: Date): Record<string, FhirResource[]>;
export declare function gatheredFrom(resources: Record<string, readonly FhirResource[]>): Map<string, Gathered>;
export declare function requestFor(patientId: string, context?: Readonly<Record<string, unknown>>): CdsRequest;
/** Bundles of the six Synthea patients; empty where ../shared is absent. */
export declare function syntheaBundles(): Bundle[];
