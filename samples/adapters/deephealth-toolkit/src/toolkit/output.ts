import type { Finding, PredictResponse } from '../contract-types.js';

/** What the models say of one image. */
export interface ImageOutput {
  readonly image: string;
  /** Of a classification: one number for each of `labels`, as the model gave it. */
  readonly scores?: readonly number[];
  readonly labels?: readonly string[];
  readonly decision?: readonly string[];
  readonly isAbstained?: boolean;
  /** Of a segmentation: the mask on the pixels of the image that was sent; values stand for `labels`, 0 for none. */
  readonly mask?: { readonly widthPx: number; readonly heightPx: number; readonly values: Uint8Array };
  readonly warnings: readonly { readonly kind: string; readonly field: string; readonly message: string }[];
  readonly provenance: { readonly modelName: string; readonly modelVersion: string; readonly packageSha256: string };
}

/** An answer in the toolkit's terms; undefined for one that they have no place for, which must be refused. */
export function toImageOutput(
  image: string,
  { findings, warnings, provenance }: PredictResponse,
): ImageOutput | undefined {
  const told = findings.map(toldOf).find((one) => one !== undefined);
  if (told === undefined || provenance === null) return undefined;
  const { modelName, modelVersion, packageSha256 } = provenance;
  return {
    ...{ image, ...told },
    warnings: warnings.map(({ kind, field, message }) => ({ kind: String(kind), field, message })),
    provenance: { modelName, modelVersion, packageSha256 },
  };
}

function toldOf({ classification, mask }: Finding): Partial<ImageOutput> | undefined {
  if (classification) {
    const { classes, decision, abstained } = classification;
    // An abstention is no score: who reads only the numbers must find none.
    if (abstained) return { scores: [], labels: [], decision: [], isAbstained: true };
    return {
      scores: classes.map(({ probability }) => probability),
      labels: classes.map(({ label }) => label),
      decision,
    };
  }
  const { labels, grid, classes, isMultilabel } = mask ?? {};
  if (!labels || !grid || isMultilabel || labels.dataType !== 'DATA_TYPE_UINT8') return undefined;
  const [heightPx, widthPx, ...more] = grid.size.map(Number);
  if (heightPx === undefined || widthPx === undefined || more.length > 0) return undefined;
  return { labels: classes?.map(({ label }) => label) ?? [], mask: { widthPx, heightPx, values: labels.data } };
}
