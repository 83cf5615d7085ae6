// Sound calls of the functions for masks and for blending tiles; see addon-calls.mjs.
import * as twins from '@deephealth/native/twins';

const ORDERS = { true: 'column-major', false: 'row-major' };

export function segmentationCalls() {
  const mask = (random, arrays, depth = 1) => {
    const [width, height] = [random.integer(0, 80), random.integer(0, 9)];
    const value = () => (random.next() < 0.5 ? 0 : random.integer(1, 3));
    return { width, height, elements: arrays.array(Uint8Array, width * height * depth, value) };
  };
  return {
    connectedComponents: {
      writes: [6],
      twin: (elements, width, height, depth, order, byValue, labels) =>
        twins.connectedComponentsTwin(
          elements,
          { width, height, depth },
          { connectivity: [6, 18, 26][order - 1], byValue },
          labels,
        ),
      arguments(random, arrays) {
        const depth = random.integer(1, 3);
        const { width, height, elements } = mask(random, arrays, depth);
        const labels = arrays.array(random.pick([Int32Array, Uint32Array]), elements.length);
        return [elements, width, height, depth, random.integer(1, 3), random.pick([true, false]), labels];
      },
    },
    componentStatistics: {
      writes: [5, 6, 7],
      twin: (labels, width, height, depth, count, sizes, boxes, sums) =>
        twins.componentStatisticsTwin(labels, { width, height, depth }, count, { sizes, boxes, sums }),
      arguments(random, arrays) {
        const [width, height, depth, count] = [random.integer(0, 40), random.integer(0, 5), 2, random.integer(0, 4)];
        const labels = arrays.array(random.pick([Int32Array, Uint32Array]), width * height * depth, () =>
          random.integer(0, count),
        );
        return [
          ...[labels, width, height, depth, count, arrays.array(Float64Array, count)],
          ...[arrays.array(Uint32Array, 6 * count), arrays.array(Float64Array, 3 * count)],
        ];
      },
    },
    traceContours: {
      writes: [],
      twin(elements, width, height, isDiagonal) {
        const { points, ringStarts, outerOf } = twins.traceContoursTwin(
          elements,
          { width, height },
          isDiagonal ? 8 : 4,
        );
        return [points, ringStarts, outerOf];
      },
      arguments(random, arrays) {
        const { width, height, elements } = mask(random, arrays);
        return [elements, width, height, random.pick([true, false])];
      },
    },
    encodeRunLengths: {
      writes: [],
      twin: (elements, width, height, isColumnMajor) =>
        twins.encodeRunLengthsTwin(elements, { width, height }, ORDERS[isColumnMajor]),
      arguments(random, arrays) {
        const { width, height, elements } = mask(random, arrays);
        return [elements, width, height, random.pick([true, false])];
      },
    },
    decodeRunLengths: {
      writes: [4],
      twin: (counts, width, height, isColumnMajor, elements) =>
        twins.decodeRunLengthsTwin(counts, { width, height }, ORDERS[isColumnMajor], elements),
      arguments(random, arrays) {
        const { width, height, elements } = mask(random, arrays);
        const runs = [];
        for (let left = elements.length; left > 0; left -= runs.at(-1)) {
          runs.push(random.integer(0, Math.min(left, 100)) || Math.min(left, 1));
        }
        const counts = arrays.array(Uint32Array, runs.length, (i) => runs[i]);
        return [counts, width, height, random.pick([true, false]), elements];
      },
    },
  };
}

export function blendingCalls() {
  const window = (random, arrays) => {
    const [rows, channels, height, width] = [1, 1, 1, 1].map(() => random.integer(1, 6));
    const sums = arrays.array(Float64Array, rows * channels * height * width, () => random.next());
    const weights = arrays.array(Float64Array, rows * height * width, () => random.integer(0, 3));
    return { extents: [rows, channels, height, width], first: [sums, weights, rows, channels, height, width] };
  };
  const named = (sums, weights, rows, channels, height, width) => ({ rows, channels, height, width, sums, weights });
  return {
    accumulateTile: {
      writes: [0, 1],
      twin: (...given) => {
        const [tile, slot, top, left, rows, height, width, minimum] = given.slice(6);
        const weights = { axes: [rows, height, width], minimum };
        return twins.accumulateTileTwin(named(...given.slice(0, 6)), tile, { slot, top, left }, weights);
      },
      arguments(random, arrays) {
        const { first, extents } = window(random, arrays);
        const [rows, channels, height, width] = extents;
        const size = [rows, height, width].map((extent) => random.integer(0, extent));
        const axes = size.map((extent) => arrays.array(Float64Array, extent, () => random.next()));
        const tile = arrays.array(Float32Array, channels * size[0] * size[1] * size[2], () => random.next());
        const place = [random.integer(0, rows - 1), random.integer(0, height - size[1])];
        return [...first, tile, ...place, random.integer(0, width - size[2]), ...axes, 1e-3];
      },
    },
    finishRows: {
      writes: [0, 1, 8],
      twin: (...given) => twins.finishRowsTwin(named(...given.slice(0, 6)), ...given.slice(6)),
      arguments(random, arrays) {
        const { first, extents } = window(random, arrays);
        const [rows, channels, height, width] = extents;
        const count = random.integer(0, rows);
        const output = arrays.array(Float32Array, count * channels * height * width);
        return [...first, random.integer(0, rows - 1), count, output];
      },
    },
  };
}
