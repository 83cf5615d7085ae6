import type { DataTypeName } from '../tensor/data-type.js';
import { DEFAULT_MAX_EXTENT, type TensorSpec } from './manifest.js';

/** What is known of an edge of a pipeline before anything runs. */
export interface EdgeType {
  readonly dataType: DataTypeName;
  readonly extents: readonly EdgeExtent[];
  /** True if NaN or infinities may reach it. */
  readonly mayBeNonFinite: boolean;
}

export interface EdgeExtent {
  /** True if only the run tells the extent. */
  readonly isVarying: boolean;
  /** The extent itself, or the largest that it can be. */
  readonly maximum: number;
}

/** The edge that a declared tensor is. */
export function toEdgeType({ dataType, shape, nonFinite, maxExtent = DEFAULT_MAX_EXTENT }: TensorSpec): EdgeType {
  const extents = shape.map((extent) =>
    extent === -1 ? { isVarying: true, maximum: maxExtent } : { isVarying: false, maximum: extent },
  );
  return { dataType, extents, mayBeNonFinite: nonFinite === 'allow' };
}

/**
 * True if whatever the edge holds has the type and shape of the declared tensor: the same rank, a
 * fixed extent met exactly, a varying one never exceeded.
 */
export function fitsTensor(edge: EdgeType, spec: TensorSpec): boolean {
  const declared = toEdgeType(spec);
  return (
    edge.dataType === declared.dataType &&
    edge.extents.length === declared.extents.length &&
    edge.extents.every((extent, axis) => {
      const { isVarying, maximum } = declared.extents[axis] as EdgeExtent;
      return isVarying ? extent.maximum <= maximum : !extent.isVarying && extent.maximum === maximum;
    })
  );
}

/** True for two extents that are equal, or that both vary and may be equal in a run. */
export function mayBeEqual(left: EdgeExtent, right: EdgeExtent): boolean {
  return left.isVarying === right.isVarying && (left.isVarying || left.maximum === right.maximum);
}

/** For messages: "FP32 [up to 65536, 3]". */
export function describeEdge({ dataType, extents }: EdgeType): string {
  return `${dataType} [${extents.map(({ isVarying, maximum }) => (isVarying ? `up to ${maximum}` : maximum)).join(', ')}]`;
}
