import { type Extent, someExtent } from './batch-coupling-extent.js';
import { shapeOf } from './batch-coupling-layout.js';
import { integerOf, type NodeStep } from './batch-coupling-step.js';

/**
 * Extents of what convolution and pooling make of an image, after the channels. Where a rule of
 * rounding differs between operator sets, an extent stays unknown.
 */
export function windowExtents(step: NodeStep, kernel: readonly Extent[] | undefined): Extent[] | undefined {
  const extents = shapeOf(step.inputs[0])?.slice(2);
  const sizes: readonly Extent[] = step.node.integers.get('kernel_shape') ?? kernel ?? [];
  return extents?.map((extent, axis) => windowExtent(step, extent, sizes[axis], axis, extents.length));
}

function windowExtent(step: NodeStep, extent: Extent, size: Extent | undefined, axis: number, axes: number): Extent {
  const { integers, strings } = step.node;
  if (typeof size !== 'number' || integerOf(step, 'ceil_mode', 0) !== 0) return someExtent();
  const stride = integers.get('strides')?.[axis] ?? 1;
  const reach = (integers.get('dilations')?.[axis] ?? 1) * (size - 1);
  const mode = strings.get('auto_pad') ?? 'NOTSET';
  const pads = integers.get('pads');
  const padding = mode === 'NOTSET' ? (pads?.[axis] ?? 0) + (pads?.[axis + axes] ?? 0) : 0;
  const isSame = mode.startsWith('SAME');
  if (stride === 1 && (isSame || padding === reach)) return extent;
  if (typeof extent !== 'number') return someExtent();
  const result = isSame ? Math.ceil(extent / stride) : Math.floor((extent + padding - reach - 1) / stride) + 1;
  return result > 0 ? result : someExtent();
}
