import type { ReliabilityBand } from '../bindings/cds-hooks-binding.js';

/** What the held-out data says about scores like one, as shares of 1. */
export interface Reliability {
  readonly band: ReliabilityBand;
  /** Wilson interval of 95 % of the share that had the outcome. */
  readonly low: number;
  readonly high: number;
}

const Z = 1.959964;

/** The band that holds the score; undefined if none does, or its band is empty. */
export function reliabilityOf(score: number, bands: readonly ReliabilityBand[] = []): Reliability | undefined {
  // A score of exactly 1 belongs to the band that ends there.
  const band = bands.find(({ from, to }) => score >= from && (score < to || (score === 1 && to === 1)));
  if (band === undefined || band.cases === 0) return undefined;
  const { cases, observed } = band;
  const share = observed / cases;
  const centre = (share + (Z * Z) / (2 * cases)) / (1 + (Z * Z) / cases);
  const half = (Z / (1 + (Z * Z) / cases)) * Math.sqrt((share * (1 - share)) / cases + (Z * Z) / (4 * cases * cases));
  return { band, low: Math.max(0, centre - half), high: Math.min(1, centre + half) };
}
