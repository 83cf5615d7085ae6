/**
 * `bindings/expressif.json` of a package as TypeScript sees it; schemas/expressif.schema.json is the authority, and
 * `parseBinding` the only way from text to it.
 */
export interface ExpressifBinding {
  readonly schemaVersion: 1;
  readonly ruleBases: readonly RuleBaseBinding[];
}

export interface RuleBaseBinding {
  readonly label: string;
  readonly title: string;
  /** Path of the rules in the package. */
  readonly rules: string;
  readonly outOfRange?: 'refuse' | 'extend';
  /** By the names of the rule base's inputs; all of them. */
  readonly variables: Readonly<Record<string, VariableBinding>>;
  /** By the names of its outputs. */
  readonly outputs?: Readonly<Record<string, { readonly unit?: string; readonly title?: string }>>;
}

export interface VariableBinding {
  /** UCUM; "1" for a bare number. */
  readonly unit: string;
  readonly title?: string;
  /** Column of the model's table that holds the same fact: whoever asks says it once, by the column's name. */
  readonly column?: string;
  /** What number stands for a category, or for "true" and "false"; null for one that says that nothing is known. */
  readonly numbers?: Readonly<Record<string, number | null>>;
  /** Age in seconds from which on a value counts as missing; of the model's, where it is held in a stream. */
  readonly maxAgeS?: number;
  /** Absent where whoever asks gives the value. */
  readonly model?: ModelPremise;
}

export type ModelPremise = ModelValue | ModelDegrees | ModelRelation;

/** A number of the model: variable = scale x model + offset. */
export interface ModelValue {
  readonly as: 'value';
  readonly output: string;
  readonly label: string;
  readonly unit: string;
  readonly scale?: number;
  readonly offset?: number;
}

/** Classes of the model as degrees of terms. */
export interface ModelDegrees {
  readonly as: 'degrees';
  readonly output: string;
  readonly terms: Readonly<Record<string, readonly string[]>>;
  readonly transform: DegreeTransform;
}

export type DegreeTransform =
  | 'probability'
  | 'antipignistic'
  | 'minimum-specificity'
  | { readonly piecewise: readonly (readonly [number, number])[] };

/** How one class of the model's mask lies to another, as the degree of one term. */
export interface ModelRelation {
  readonly as: 'relation';
  readonly output: string;
  readonly subject: string;
  readonly reference: string;
  readonly relation:
    | { readonly direction: RelationDirection }
    | { readonly nearMm: readonly [number, number] }
    | { readonly adjacentMm: number };
  readonly term: string;
  readonly measure: 'necessity' | 'mean' | 'possibility';
}

export type RelationDirection =
  | 'left'
  | 'right'
  | 'anterior'
  | 'posterior'
  | 'superior'
  | 'inferior'
  | 'image-left'
  | 'image-right'
  | 'image-above'
  | 'image-below';
