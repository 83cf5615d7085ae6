import {
  componentStatistics,
  connectedComponents,
  createComponentStatistics,
  decodeRunLengths,
  encodeRunLengths,
  traceContours,
} from '../dist/index.js';
import {
  componentStatisticsTwin,
  connectedComponentsTwin,
  decodeRunLengthsTwin,
  encodeRunLengthsTwin,
  traceContoursTwin,
} from '../dist/twins.js';

/** Smooth shapes with holes, about a third of the elements: what segmentation of tissue or cells gives. */
function shapes(width, height, depth = 1) {
  return Uint8Array.from({ length: width * height * depth }, (_, i) => {
    const x = i % width;
    const y = Math.floor(i / width) % height;
    const z = Math.floor(i / (width * height));
    return Math.sin(x / 11) + Math.sin(y / 7) + Math.sin((x + y) / 23) + Math.sin(z / 5) > 0.4 ? 1 : 0;
  });
}

/** The worst case: every element is foreground or not by chance. */
function noise(length) {
  let state = 7;
  return Uint8Array.from({ length }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state >>> 31;
  });
}

function components(id, title, mask, extents, options) {
  return {
    id: `segmentation.components-${id}`,
    title: `connected components, ${title}`,
    bound: { min: 4 },
    baseline: 'twin',
    prepare() {
      const labels = new Int32Array(mask.length);
      return {
        kernel: () => connectedComponents(mask, extents, options, labels),
        baseline: () => connectedComponentsTwin(mask, extents, options, labels),
      };
    },
  };
}

function contours(id, title, mask, connectivity) {
  return {
    id: `segmentation.contours-${id}`,
    title: `contours, ${title}`,
    bound: { min: 4 },
    baseline: 'twin',
    prepare: () => ({
      kernel: () => traceContours(mask, image, connectivity),
      baseline: () => traceContoursTwin(mask, image, connectivity),
    }),
  };
}

function encoding(id, title, mask, extents, order) {
  return {
    id: `segmentation.encode-${id}`,
    title: `run lengths of ${title}`,
    bound: { min: 4 },
    baseline: 'twin',
    prepare: () => ({
      kernel: () => encodeRunLengths(mask, extents, order),
      baseline: () => encodeRunLengthsTwin(mask, extents, order),
    }),
  };
}

function decoding(id, title, mask, extents, order) {
  return {
    id: `segmentation.decode-${id}`,
    title: `mask of run lengths, ${title}`,
    bound: { min: 4 },
    baseline: 'twin',
    prepare() {
      const counts = encodeRunLengths(mask, extents, order);
      const output = new Uint8Array(mask.length);
      return {
        kernel: () => decodeRunLengths(counts, extents, order, output),
        baseline: () => decodeRunLengthsTwin(counts, extents, order, output),
      };
    },
  };
}

const large = { width: 2048, height: 2048 };
const image = { width: 1024, height: 1024 };
const volume = { width: 128, height: 128, depth: 64 };

export const cases = [
  components('shapes-8', '1024 x 1024 shapes, 8 neighbours', shapes(1024, 1024), image, { connectivity: 8 }),
  components('values-4', '1024 x 1024 shapes, 4 neighbours, by value', shapes(1024, 1024), image, {
    connectivity: 4,
    byValue: true,
  }),
  components('noise-8', '1024 x 1024 noise, 8 neighbours', noise(2 ** 20), image, { connectivity: 8 }),
  components('volume-26', '128 x 128 x 64 shapes, 26 neighbours', shapes(128, 128, 64), volume, { connectivity: 26 }),
  {
    id: 'segmentation.statistics',
    title: 'statistics of components, 1024 x 1024 shapes',
    bound: { min: 4 },
    baseline: 'twin',
    prepare() {
      const labels = new Int32Array(2 ** 20);
      const count = connectedComponents(shapes(1024, 1024), image, { connectivity: 8 }, labels);
      const output = createComponentStatistics(count);
      return {
        kernel: () => componentStatistics(labels, image, count, output),
        baseline: () => componentStatisticsTwin(labels, image, count, output),
      };
    },
  },
  contours('shapes-4', '1024 x 1024 shapes, connectivity 4', shapes(1024, 1024), 4),
  contours('noise-8', '1024 x 1024 noise, connectivity 8', noise(2 ** 20), 8),
  encoding('rows', '2048 x 2048 shapes, row-major', shapes(2048, 2048), large, 'row-major'),
  encoding('columns', '2048 x 2048 shapes, column-major', shapes(2048, 2048), large, 'column-major'),
  encoding('columns-noise', '1024 x 1024 noise, column-major', noise(2 ** 20), image, 'column-major'),
  decoding('rows', '2048 x 2048 shapes, row-major', shapes(2048, 2048), large, 'row-major'),
  decoding('columns', '2048 x 2048 shapes, column-major', shapes(2048, 2048), large, 'column-major'),
  decoding('columns-noise', '1024 x 1024 noise, column-major', noise(2 ** 20), image, 'column-major'),
];
