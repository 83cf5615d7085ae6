import type { InferredExtent, InferredShape, ShapeQuestion } from './inferred-shape.js';

/** [batch, filters, ...space] of a convolution of [batch, channels, ...space]. */
export function convolved(question: ShapeQuestion): [InferredShape | undefined] {
  const [x, weights] = [question.shape(0), question.shape(1)];
  if (x === undefined || weights === undefined) return [undefined];
  const kernel = question.node.integers.get('kernel_shape') ?? weights.slice(2);
  return [[x[0], weights[0], ...spaceOf(question, x, kernel)]];
}

/** [batch, channels, ...space] of a pooling. */
export function windowed(question: ShapeQuestion): [InferredShape | undefined] {
  const x = question.shape(0);
  const kernel = question.node.integers.get('kernel_shape');
  return [x && kernel && [x[0], x[1], ...spaceOf(question, x, kernel)]];
}

/** [batch, filters, ...space] of a transposed convolution. */
export function transposeConvolved(question: ShapeQuestion): [InferredShape | undefined] {
  const { node, shape } = question;
  const [x, weights] = [shape(0), shape(1)];
  if (x === undefined || weights === undefined) return [undefined];
  const filters = weights[1];
  const groups = node.integers.get('group')?.[0] ?? 1;
  const asked = node.integers.get('output_shape');
  const kernel = node.integers.get('kernel_shape') ?? weights.slice(2);
  const space = x.slice(2).map((extent, axis): InferredExtent => {
    if (asked !== undefined) return asked[axis];
    const { stride, dilation, begin, end, isAutomatic } = windowAt(question, axis, x.length - 2);
    const size = kernel[axis];
    if (typeof extent !== 'number' || typeof size !== 'number') return undefined;
    if (isAutomatic) return extent * stride;
    const more = node.integers.get('output_padding')?.[axis] ?? 0;
    return stride * (extent - 1) + more + (size - 1) * dilation + 1 - begin - end;
  });
  return [[x[0], typeof filters === 'number' ? filters * groups : undefined, ...space]];
}

function spaceOf(question: ShapeQuestion, x: InferredShape, kernel: InferredShape): InferredExtent[] {
  const rounds = (question.node.integers.get('ceil_mode')?.[0] ?? 0) === 0 ? Math.floor : Math.ceil;
  return x.slice(2).map((extent, axis) => {
    const { stride, dilation, begin, end, isAutomatic } = windowAt(question, axis, x.length - 2);
    const size = kernel[axis];
    if (typeof extent !== 'number' || typeof size !== 'number') return undefined;
    if (isAutomatic) return Math.ceil(extent / stride);
    return rounds((extent + begin + end - dilation * (size - 1) - 1) / stride) + 1;
  });
}

function windowAt({ node }: ShapeQuestion, axis: number, axes: number) {
  const pads = node.integers.get('pads');
  const padding = node.strings.get('auto_pad') ?? 'NOTSET';
  return {
    stride: node.integers.get('strides')?.[axis] ?? 1,
    dilation: node.integers.get('dilations')?.[axis] ?? 1,
    begin: padding === 'VALID' ? 0 : (pads?.[axis] ?? 0),
    end: padding === 'VALID' ? 0 : (pads?.[axis + axes] ?? 0),
    isAutomatic: padding.startsWith('SAME'),
  };
}
