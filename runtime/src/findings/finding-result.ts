import type { CodingSpec, DataTypeName } from '@deephealth/sdk';

/** A `deephealth.runtime.v1.Finding` as a plain object. */
export type FindingResult = FindingHead &
  (
    | { readonly classification: ClassificationResult }
    | { readonly regression: { readonly values: RegressionValueResult[] } }
    | { readonly tensor: TensorResult }
  );

export interface FindingHead {
  readonly name: string;
  readonly codes: CodingSpec[];
}

export interface ClassificationResult {
  readonly mode: 'CLASSIFICATION_MODE_BINARY' | 'CLASSIFICATION_MODE_MULTICLASS' | 'CLASSIFICATION_MODE_MULTILABEL';
  readonly classes: ClassProbabilityResult[];
  readonly decision: string[];
  readonly abstained: boolean;
}

export interface ClassProbabilityResult {
  readonly label: string;
  readonly codes: CodingSpec[];
  /** 0 to 1. */
  readonly probability: number;
  /** Only for a class that is decided at a threshold. */
  readonly threshold?: number;
}

export interface RegressionValueResult {
  readonly label: string;
  readonly codes: CodingSpec[];
  readonly value: number;
  /** UCUM, as the manifest declares it. */
  readonly unit: string;
}

export interface TensorResult {
  readonly dataType: `DATA_TYPE_${DataTypeName}`;
  readonly shape: number[];
  /** Little-endian; shares the memory of the output tensor. */
  readonly data: Uint8Array;
}

/** A `deephealth.runtime.v1.Warning` as a plain object. */
export interface WarningResult {
  readonly kind: 'WARNING_KIND_NEAR_THRESHOLD' | 'WARNING_KIND_ABSTAINED' | 'WARNING_KIND_RESEARCH_USE_ONLY';
  /** Output concerned; empty for the whole result. */
  readonly field: string;
  readonly message: string;
}
