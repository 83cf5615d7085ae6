import type { SpatialRelation } from './oracle/relations.js';

/** `bindings/expressif.json` of the suite's own packages, as far as the suite uses it; docs/conformance/expressif.md. */
export interface ExpressifBinding {
  readonly schemaVersion: 1;
  readonly ruleBases: readonly BoundRuleBase[];
}

/** A rule base, and where each of its inputs comes from. */
export interface BoundRuleBase {
  readonly label: string;
  readonly title: string;
  /** File of the package. */
  readonly rules: string;
  readonly outOfRange?: 'refuse' | 'extend';
  readonly variables: Readonly<Record<string, BoundVariable>>;
  readonly outputs?: Readonly<Record<string, { readonly unit: string }>>;
}

export interface BoundVariable {
  /** UCUM; "1" for a bare number. */
  readonly unit: string;
  /** Column of the model's table that holds the same fact. */
  readonly column?: string;
  /** What number stands for a category, or for "true" and "false". */
  readonly numbers?: Readonly<Record<string, number>>;
  readonly maxAgeS?: number;
  readonly model?: BoundPremise;
}

export type BoundPremise = BoundValue | BoundDegrees | BoundRelation;

/** variable = scale x model + offset. */
export interface BoundValue {
  readonly as: 'value';
  readonly output: string;
  readonly label: string;
  readonly unit: string;
  readonly scale?: number;
  readonly offset?: number;
}

export interface BoundDegrees {
  readonly as: 'degrees';
  readonly output: string;
  readonly terms: Readonly<Record<string, readonly string[]>>;
  readonly transform: Transform;
}

export type Transform =
  | 'probability'
  | 'antipignistic'
  | 'minimum-specificity'
  | { readonly piecewise: readonly (readonly [number, number])[] };

export interface BoundRelation {
  readonly as: 'relation';
  readonly output: string;
  readonly subject: string;
  readonly reference: string;
  readonly relation: SpatialRelation;
  readonly term: string;
  readonly measure: 'necessity' | 'mean' | 'possibility';
}
