/** `bindings/digital-pathology.json` of the suite's own packages, as far as the suite uses it. */
export interface PathologyBinding {
  readonly schemaVersion: 1;
  readonly analyses: readonly PathologyAnalysis[];
}

/** One way to lead a model over a slide; docs/conformance/digital-pathology.md. */
export interface PathologyAnalysis {
  readonly label: string;
  readonly title: string;
  readonly input: string;
  readonly outputs: readonly [string];
  /** Of a classification, those that the map keeps. */
  readonly classes?: readonly string[];
  readonly tile: {
    /** Pixels as the model gets them. */
    readonly size: number;
    readonly stride: number;
    readonly micronsPerPixel: number;
    readonly tolerance?: number;
    readonly blending?: 'crop';
  };
  readonly tissue: { readonly method: 'none' } | { readonly method: 'otsu'; readonly minShare: number };
  readonly regions: { readonly threshold: number };
}
