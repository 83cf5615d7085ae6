import { type TilePlan, tileCentre } from '../plan/tile-plan.js';
import type { PixelRectangle, SlideGeometry } from '../slide/slide.js';
import type { Coverage } from '../tissue/coverage.js';

/**
 * Which tiles the model is asked for: those whose middle lies on what was scanned, and is covered to the share
 * that is wanted; all of them where nothing says what is covered.
 */
export function wantedTiles(
  plan: TilePlan,
  geometry: SlideGeometry,
  coverage: Coverage | undefined,
  minShare: number,
): (column: number, row: number) => boolean {
  return (column, row) => {
    const centre = tileCentre(plan, geometry, column, row);
    if (!touches(centre, geometry.bounds)) return false;
    if (coverage === undefined) return true;
    const share = coverage.share(centre);
    return share > 0 && share >= minShare;
  };
}

function touches(a: PixelRectangle, b: PixelRectangle): boolean {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}
