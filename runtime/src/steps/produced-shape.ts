import { type DataTypeName, DEFAULT_MAX_EXTENT, type TensorSpec } from '@deephealth/sdk';
import { manifestInvalid } from './manifest-invalid.js';

/** Extents that steps can give along one axis; no maximum where only the input decides. */
export interface ProducedExtent {
  readonly minimum: number;
  readonly maximum: number | undefined;
}

/**
 * Throws DH_MANIFEST_INVALID unless what the steps give is of the tensor's type and fits the tensor fed: the same
 * rank, a fixed extent met exactly, a varying one (-1) not above its `maxExtent`. An extent that only
 * the input decides fits both; its size is looked at when the input is there, and never adjusted.
 */
export function checkProducedShape(
  produced: readonly ProducedExtent[],
  tensorSpec: TensorSpec,
  pointer: string,
  dataType: DataTypeName = 'FP32',
): void {
  const field = `${pointer}/feeds`;
  if (tensorSpec.dataType !== dataType) {
    throw manifestInvalid(
      field,
      `names "${tensorSpec.name}", which is ${tensorSpec.dataType}, but steps give ${dataType}. Add a cast to the graph.`,
    );
  }
  const maxExtent = tensorSpec.maxExtent ?? DEFAULT_MAX_EXTENT;
  const fits =
    produced.length === tensorSpec.shape.length &&
    tensorSpec.shape.every((declared, axis) => {
      const { minimum, maximum } = produced[axis] as ProducedExtent;
      if (declared === -1) return maximum === undefined || maximum <= maxExtent;
      return maximum === undefined ? minimum <= declared : minimum === declared && maximum === declared;
    });
  if (fits) return;
  const declared = `[${tensorSpec.shape.join(', ')}]${tensorSpec.shape.includes(-1) ? ` (-1: at most ${maxExtent})` : ''}`;
  throw manifestInvalid(
    field,
    `names "${tensorSpec.name}" with the shape ${declared}, but the steps give ${describe(produced)}. Correct the steps or the shape.`,
  );
}

function describe(produced: readonly ProducedExtent[]): string {
  const extents = produced.map(({ minimum, maximum }) => {
    if (maximum === undefined) return 'any';
    return minimum === maximum ? String(minimum) : `${minimum} to ${maximum}`;
  });
  return `[${extents.join(', ')}]`;
}
