import { type Affine, spacingOf } from '@deephealth/native';

/** Cosine between axes that still counts as a right angle: 0.06 degrees, what rounded headers reach. */
const MOST_COSINE = 1e-3;
const MOST_SPACING_MM = 1000;

/** Why an affine is no grid of a volume, as a phrase that goes on after what has it; undefined if it is one. */
export function affineFault(affine: Affine): string | undefined {
  if (!affine.every(Number.isFinite)) return 'holds NaN or infinity';
  const spacing = spacingOf(affine);
  if (!spacing.every((value) => value > 0 && value <= MOST_SPACING_MM)) {
    return `has a spacing that is not above 0 and at most ${MOST_SPACING_MM} mm`;
  }
  const cosine = (a: number, b: number) =>
    [0, 4, 8].reduce((sum, row) => sum + (affine[row + a] as number) * (affine[row + b] as number), 0) /
    ((spacing[a] as number) * (spacing[b] as number));
  if ([cosine(0, 1), cosine(0, 2), cosine(1, 2)].some((value) => Math.abs(value) > MOST_COSINE)) {
    return 'has axes that are not perpendicular (a tilted gantry, or a sheared affine); resample it to a straight grid first';
  }
  return undefined;
}
