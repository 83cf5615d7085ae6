import { DeepHealthError } from '@deephealth/sdk';
import { directionLandscape } from './direction-landscape.js';
import { directionVector, isSide } from './direction-vector.js';
import { closenessLandscape } from './distance-landscape.js';
import type { FuzzyMask } from './fuzzy-mask.js';
import { isSameGrid, type MaskGrid } from './mask-grid.js';
import { type Support, supportOf } from './mask-support.js';
import {
  type RelationDegrees,
  type RelationKind,
  refuse,
  type SpatialRefusal,
  type SpatialRelation,
} from './spatial-relation.js';

/** The work is done in one go: these keep it to seconds. What needs more is refused, with what to do. */
export type RelationLimits = {
  /**
   * Pairs for a direction: samples of the object times runs of samples of the reference along an axis of the grid.
   * Of a fuzzy reference each sample is a run by itself where the direction is oblique.
   *
   * @defaultValue 500 million
   */
  readonly maxPairs?: number;
  /**
   * Samples for a distance: those of the box around both masks, once for each degree in the reference.
   *
   * @defaultValue 33 million, which take 270 MB meanwhile
   */
  readonly maxSamples?: number;
};

/**
 * How far an object stands in a relation to a reference: "the object is left of the reference", "near it", "adjacent
 * to it". The relation makes a landscape of the reference, the degree at every place; the object is then held against
 * it: necessity is the least of max(landscape, 1 - object), possibility the most of min(landscape, object), the mean
 * is weighted by the object's degrees (Bloch 1999). Nothing is sampled or approximated, but that a direction within a
 * millionth of a radian of an axis of the grid is taken for it.
 *
 * @returns a refusal for an empty mask, one that no sample belongs to entirely, masks on different grids, a side of a
 * patient whose orientation is not known, and for masks too large
 * @throws DH_PARAMETER_INVALID for a relation that is not known, or whose lengths make no sense
 */
export function evaluateRelation(
  object: FuzzyMask,
  reference: FuzzyMask,
  relation: RelationKind,
  limits: RelationLimits = {},
): SpatialRelation {
  checkRelation(relation);
  if (!isSameGrid(object.grid, reference.grid)) {
    return refuse(
      'grid-mismatch',
      'The masks lie on different grids. Resample one of them to that of the other first.',
    );
  }
  const ofObject = supportOf(object, 'object');
  if ('status' in ofObject) return ofObject;
  const ofReference = supportOf(reference, 'reference');
  if ('status' in ofReference) return ofReference;
  const landscape = landscapeOf(ofObject, ofReference, object.grid, relation, limits);
  if ('status' in landscape) return landscape;
  const degrees = holdAgainst(landscape, ofObject.degrees);
  return { status: 'determinate', ...(relation.kind === 'adjacent' ? apart(degrees, ofObject, ofReference) : degrees) };
}

function landscapeOf(
  object: Support,
  reference: Support,
  grid: MaskGrid,
  relation: RelationKind,
  { maxPairs = 500e6, maxSamples = 33e6 }: RelationLimits,
): Float64Array | SpatialRefusal {
  if (relation.kind === 'direction') {
    const vector = directionVector(relation.side, grid);
    return 'status' in vector ? vector : directionLandscape(object, reference, grid, vector, maxPairs);
  }
  const between = relation.kind === 'adjacent' ? 'samples' : 'centres';
  const closeness = falling(...endsOf(relation));
  const landscape = closenessLandscape(object, reference, grid, closeness, between, maxSamples);
  return 'status' in landscape || relation.kind !== 'far' ? landscape : landscape.map((degree) => 1 - degree);
}

/** The lengths between which closeness falls from 1 to 0. */
function endsOf(relation: Exclude<RelationKind, { kind: 'direction' }>): [full: number, none: number] {
  if (relation.kind === 'near') return [relation.fullUpToMm, relation.noneFromMm];
  return relation.kind === 'far' ? [relation.noneUpToMm, relation.fullFromMm] : [0, relation.noneFromMm];
}

const falling =
  (full: number, none: number) =>
  (distance: number): number =>
    Math.min(1, Math.max(0, (none - distance) / (none - full)));

function holdAgainst(landscape: Float64Array, object: Float64Array): RelationDegrees {
  let [necessity, possibility, lowest, highest, sum, weight] = [1, 0, 1, 0, 0, 0];
  for (let i = 0; i < object.length; i += 1) {
    const [place, degree] = [landscape[i] as number, object[i] as number];
    necessity = Math.min(necessity, Math.max(place, 1 - degree));
    possibility = Math.max(possibility, Math.min(place, degree));
    lowest = Math.min(lowest, place);
    highest = Math.max(highest, place);
    sum += degree * place;
    weight += degree;
  }
  // A mean lies between the least and the most, which rounding must not carry it across.
  return { necessity, mean: Math.min(highest, Math.max(lowest, sum / weight)), possibility };
}

/** What overlaps is not adjacent: each degree is at most that to which no sample belongs to both. */
function apart(degrees: RelationDegrees, object: Support, reference: Support): RelationDegrees {
  const within = new Map(Array.from(reference.places, (place, i) => [place, reference.degrees[i] as number] as const));
  let overlap = 0;
  for (let i = 0; i < object.places.length; i += 1) {
    const both = Math.min(object.degrees[i] as number, within.get(object.places[i] as number) ?? 0);
    overlap = Math.max(overlap, both);
  }
  const most = 1 - overlap;
  return {
    necessity: Math.min(most, degrees.necessity),
    mean: Math.min(most, degrees.mean),
    possibility: Math.min(most, degrees.possibility),
  };
}

/** Relations come from documents, too: one that is not known must not pass for another. */
function checkRelation(relation: RelationKind): void {
  if (!['direction', 'near', 'far', 'adjacent'].includes(relation.kind)) {
    throw invalid(`There is no relation "${relation.kind}"; there are direction, near, far and adjacent.`);
  }
  if (relation.kind === 'direction') {
    if (isSide(relation.side)) return;
    throw invalid(`There is no side "${relation.side}" to which a direction could lead.`);
  }
  const [full, none] = endsOf(relation);
  if (full >= 0 && full < none && Number.isFinite(none)) return;
  throw invalid(
    `The lengths of the relation "${relation.kind}" must be finite, at least 0, and the second greater than the first.`,
  );
}

const invalid = (message: string): DeepHealthError => new DeepHealthError('DH_PARAMETER_INVALID', message);
