import type { runtimeV1 } from '@deephealth/proto';
import type { CodingSpec, DataTypeName } from '@deephealth/sdk';

/** A `deephealth.runtime.v1.Finding` as a plain object. */
export type FindingResult = FindingHead &
  (
    | { readonly classification: ClassificationResult }
    | { readonly regression: { readonly values: RegressionValueResult[] } }
    | { readonly tensor: TensorResult }
    | { readonly mask: MaskResult }
    | { readonly map: MapResult }
    | { readonly events: { readonly items: EventResult[] } }
    | { readonly text: TextResult }
  );

export interface FindingHead {
  readonly name: string;
  readonly codes: CodingSpec[];
  /** Of a classification, where it was asked for. */
  readonly highlight?: MapResult;
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

export interface MaskResult {
  /** UINT8 or UINT16. */
  readonly labels: TensorResult;
  readonly grid: runtimeV1.Grid;
  readonly classes: MaskClassResult[];
  readonly isMultilabel: boolean;
}

export interface MaskClassResult {
  readonly value: number;
  readonly label: string;
  readonly codes: CodingSpec[];
  /** Only where samples have a size. */
  readonly extent?: { readonly value: number; readonly unit: 'mm2' | 'mm3' };
  readonly category?: CodingSpec;
}

export interface MapResult {
  /** FP32. */
  readonly values: TensorResult;
  readonly grid: runtimeV1.Grid;
  readonly quantity: string;
  readonly unit: string;
  readonly minimum?: number;
  readonly maximum?: number;
  /** Of a highlight: how it was made, for people and for programs. */
  readonly method?: string;
  readonly explanation?: runtimeV1.Explanation;
}

export interface EventResult {
  readonly label: string;
  readonly codes: CodingSpec[];
  readonly startS: number;
  readonly durationS: number;
  /** 0 to 1. */
  readonly probability: number;
  readonly channels: string[];
}

export interface TextResult {
  readonly text: string;
  readonly language: string;
  readonly isGenerated: true;
  readonly isCutOff: boolean;
}

/** A `deephealth.runtime.v1.Warning` as a plain object. */
export interface WarningResult {
  readonly kind:
    | 'WARNING_KIND_NEAR_THRESHOLD'
    | 'WARNING_KIND_ABSTAINED'
    | 'WARNING_KIND_RESEARCH_USE_ONLY'
    | 'WARNING_KIND_PARTLY_EXAMINED'
    | 'WARNING_KIND_GENERATED_TEXT'
    | 'WARNING_KIND_HIGHLIGHT_DOUBTFUL';
  /** Output concerned; empty for the whole result. */
  readonly field: string;
  readonly message: string;
}
