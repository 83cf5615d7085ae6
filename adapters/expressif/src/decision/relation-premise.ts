import type { runtimeV1 } from '@deephealth/proto';
import { DeepHealthError, toTypedArray } from '@deephealth/sdk';
import type { ModelRelation } from '../bindings/expressif-binding.js';
import { evaluateRelation } from '../spatial/evaluate-relation.js';
import { type FuzzyMask, fuzzyMask } from '../spatial/fuzzy-mask.js';
import { contractGrid, type MaskGrid } from '../spatial/mask-grid.js';
import type { RelationDegrees, RelationKind } from '../spatial/spatial-relation.js';

/**
 * How one class of a mask lies to another, as far as the mask says: undefined where a class is not in it, where the
 * grid does not say what the relation needs, and where the mask is too large.
 *
 * @throws DH_RESPONSE_INVALID where the mask lacks a class that the manifest promises
 */
export function relationDegrees(model: ModelRelation, mask: runtimeV1.Mask__Output): RelationDegrees | undefined {
  const grid = gridOf(mask);
  if (grid === undefined) return undefined;
  const [subject, reference] = [model.subject, model.reference].map((label) => regionOf(mask, label, grid));
  const found = evaluateRelation(subject as FuzzyMask, reference as FuzzyMask, kindOf(model));
  if (found.status !== 'determinate') return undefined;
  const { necessity, mean, possibility } = found;
  return { necessity, mean, possibility };
}

function gridOf({ grid }: runtimeV1.Mask__Output): MaskGrid | undefined {
  if (grid === null) return undefined;
  try {
    return contractGrid(grid);
  } catch (thrown) {
    // Without a spacing in millimetres there is no distance and no angle.
    if (DeepHealthError.from(thrown).code === 'DH_GRID_INVALID') return undefined;
    throw thrown;
  }
}

function regionOf({ labels, classes, isMultilabel }: runtimeV1.Mask__Output, label: string, grid: MaskGrid): FuzzyMask {
  const value = classes.find((one) => one.label === label)?.value;
  if (value === undefined || labels === null) {
    throw new DeepHealthError(
      'DH_RESPONSE_INVALID',
      "The mask of the runtime's answer lacks a class of the manifest.",
      {
        details: { field: label },
      },
    );
  }
  const values = toTypedArray(labels.dataType === 'DATA_TYPE_UINT16' ? 'UINT16' : 'UINT8', labels.data);
  return fuzzyMask(
    grid,
    Uint8Array.from(values, (one) => Number(isMultilabel ? (one & value) !== 0 : one === value)),
  );
}

function kindOf({ relation }: ModelRelation): RelationKind {
  if ('nearMm' in relation) return { kind: 'near', fullUpToMm: relation.nearMm[0], noneFromMm: relation.nearMm[1] };
  if ('adjacentMm' in relation) return { kind: 'adjacent', noneFromMm: relation.adjacentMm };
  const side =
    relation.direction === 'image-above'
      ? 'above'
      : relation.direction === 'image-below'
        ? 'below'
        : relation.direction;
  return { kind: 'direction', side };
}
