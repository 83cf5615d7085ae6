import type { CodingSpec } from '@deephealth/sdk';

/** bindings/digital-pathology.json, checked; see schemas/digital-pathology.schema.json. */
export interface DigitalPathologyBinding {
  readonly schemaVersion: 1;
  readonly analyses: readonly SlideAnalysis[];
}

/** One way to lead a model over a slide. */
export interface SlideAnalysis {
  readonly label: string;
  readonly title: string;
  /** Image input that a tile is sent as. */
  readonly input: string;
  readonly outputs: readonly string[];
  /** Classes of a classification or mask that are kept. */
  readonly classes?: readonly string[];
  readonly tile: AnalysisTile;
  readonly tissue?: TissueRule;
  readonly stain?: StainReference;
  readonly regions?: { readonly threshold?: number; readonly minAreaUm2?: number };
  readonly coding?: Readonly<Record<string, { readonly category: CodingSpec; readonly type: CodingSpec }>>;
  readonly promort?: { readonly type: 'TISSUE' | 'TUMOR' | 'GLEASON' };
}

export interface AnalysisTile {
  /** Pixels as the model gets them. */
  readonly size: number;
  /** In the same pixels. Default `size`. */
  readonly stride?: number;
  readonly micronsPerPixel: number;
  /** Relative. Default 0.1. */
  readonly tolerance?: number;
  readonly blending?: TileBlending;
}

export type TileBlending = 'crop' | 'flat' | 'gaussian';

export interface TissueRule {
  readonly method: 'none' | 'otsu';
  /** Default 0.05. */
  readonly minShare?: number;
}

/** What the stains of a slide are brought to: a fit of the slide that the model was trained to see. */
export type StainReference =
  | {
      readonly method: 'macenko';
      readonly stainMatrix: readonly [number, number, number, number, number, number];
      readonly maximumConcentrations: readonly [number, number];
      readonly maximumResidual: number;
    }
  | {
      readonly method: 'reinhard';
      readonly means: readonly [number, number, number];
      readonly standardDeviations: readonly [number, number, number];
    };
