import type { ScaleStatement } from '../slide-scale.js';

/** A coarser pixel is the resolution of a printer: 72, 96 or 300 dots an inch. */
const COARSEST_UM = 50;

/**
 * What XResolution, YResolution and ResolutionUnit of a TIFF say of its pixels; undefined where they say
 * nothing, or what programs write that know nothing.
 *
 * @param unitUm micrometres of the unit
 */
export function tiffScale(
  unitUm: number | undefined,
  xResolution: number | undefined,
  yResolution: number | undefined,
): ScaleStatement | undefined {
  if (unitUm === undefined || !xResolution || !yResolution) return undefined;
  const [x, y] = [unitUm / xResolution, unitUm / yResolution];
  return Math.min(x, y) > COARSEST_UM ? undefined : { x, y, source: 'XResolution' };
}

/** The same of a size that is known already. */
export function unlessPrinters(stated: ScaleStatement): ScaleStatement | undefined {
  return Math.min(stated.x, stated.y) > COARSEST_UM ? undefined : stated;
}
