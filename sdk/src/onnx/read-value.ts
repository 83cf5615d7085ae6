import { fromOnnxElementType, onnxElementTypeName } from './element-type.js';
import type { GraphValue } from './onnx-graph.js';
import type { DimensionMessage, TensorTypeMessage, ValueInfoMessage } from './onnx-message.js';

/** An input or output of the graph with the type that the file declares. */
export function readValue({ name = '', type = {} }: ValueInfoMessage): GraphValue {
  const kinds = (
    [
      ['tensor', type.tensorType],
      ['sequence', type.sequenceType],
      ['map', type.mapType],
      ['optional', type.optionalType],
      ['unknown', type.sparseTensorType],
    ] as const
  ).filter(([, message]) => message !== undefined);
  const [kind] = kinds.length === 1 ? (kinds[0] ?? ['unknown' as const]) : ['unknown' as const];
  if (kind !== 'tensor' || type.tensorType === undefined) return { name, kind };
  return { name, kind, ...readTensorType(type.tensorType) };
}

function readTensorType({ elemType = 0, shape }: TensorTypeMessage): Omit<GraphValue, 'name' | 'kind'> {
  const dataType = fromOnnxElementType(elemType);
  return {
    elementType: onnxElementTypeName(elemType),
    ...(dataType === undefined ? {} : { dataType }),
    ...(shape === undefined ? {} : { shape: (shape.dim ?? []).map(readExtent) }),
  };
}

/** Some exporters write a varying extent as -1 or as an empty name. */
function readExtent({ dimValue, dimParam }: DimensionMessage): number | string | undefined {
  if (dimValue !== undefined) return dimValue < 0n ? undefined : Number(dimValue);
  return dimParam === '' ? undefined : dimParam;
}
