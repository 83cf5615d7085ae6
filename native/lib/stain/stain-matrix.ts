import { cross, unit, type Vector } from './principal-axes.js';

/** Haematoxylin, eosin and the unit vector of their cross product as columns; 3 x 3, row by row. */
export function mixingMatrix(stains: ArrayLike<number>): number[] {
  const h: Vector = [stains[0] as number, stains[2] as number, stains[4] as number];
  const e: Vector = [stains[1] as number, stains[3] as number, stains[5] as number];
  const rest = unit(cross(h, e));
  return [h[0], e[0], rest[0], h[1], e[1], rest[1], h[2], e[2], rest[2]];
}

/** The inverse of the mixing matrix: optical densities to concentrations; 3 x 3, row by row. */
export function unmixingMatrix(stains: ArrayLike<number>): number[] {
  const [a, b, c, d, e, f, g, h, i] = mixingMatrix(stains) as [
    ...[number, number, number],
    ...[number, number, number],
    ...[number, number, number],
  ];
  const determinant = a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g);
  const adjugate = [
    ...[e * i - f * h, c * h - b * i, b * f - c * e],
    ...[f * g - d * i, a * i - c * g, c * d - a * f],
    ...[d * h - e * g, b * g - a * h, a * e - b * d],
  ];
  return adjugate.map((value) => value / determinant);
}
