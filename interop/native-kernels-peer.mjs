// Results of the kernels beside what OpenCV, SciPy, scikit-image and Pillow compute from the same input.
// The kernels run here; their input and output go to the Python side as files.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runPythonChecks } from './python-peer.mjs';

const PIXELS = { uint8: Uint8Array, uint16: Uint16Array, int16: Int16Array, float32: Float32Array };
const RULES = ['nearest', 'nearest-floor', 'linear', 'area', 'cubic', 'linear-antialias'];
/** Width and height before and after: both shrunk, both enlarged, one of each, by whole factors, to and from 1. */
const RESIZES = [
  [97, 61, 32, 20],
  [32, 20, 97, 61],
  [64, 31, 20, 90],
  [90, 64, 30, 16],
  [41, 1, 7, 1],
  [1, 1, 5, 4],
  [224, 224, 224, 224],
  [500, 375, 224, 224],
];
const MASKS = [
  [1, 1],
  [1, 70],
  [65, 1],
  [63, 40],
  [64, 64],
  [129, 50],
];

function seeded(seed) {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Writes cases one after another: a file of elements for each array, and one that describes them all. */
class CaseWriter {
  #folder;
  #files = 0;
  cases = { resize: [], pad: [], tissue: [], components: [], contours: [] };

  constructor(folder) {
    this.#folder = folder;
    mkdirSync(folder, { recursive: true });
  }

  array(array, shape) {
    const file = `${this.#files++}.bin`;
    writeFileSync(join(this.#folder, file), Buffer.from(array.buffer, array.byteOffset, array.byteLength));
    return { file, type: array.constructor.name.replace('Array', '').toLowerCase(), shape };
  }

  finish() {
    writeFileSync(join(this.#folder, 'cases.json'), JSON.stringify(this.cases));
  }
}

function writeResizes({ resizeImage }, writer) {
  const next = seeded(1);
  for (const Type of Object.values(PIXELS)) {
    for (const [width, height, toWidth, toHeight] of RESIZES) {
      for (const channels of [1, 3]) {
        const top = { 1: 256, 2: 65_536, 4: 1 }[Type.BYTES_PER_ELEMENT];
        const low = Type === Int16Array ? 32_768 : 0;
        const pixels = Type.from({ length: width * height * channels }, () => next() * top - low);
        const input = writer.array(pixels, [height, width, channels]);
        for (const rule of RULES) {
          const output = new Type(toWidth * toHeight * channels);
          const to = { width: toWidth, height: toHeight };
          resizeImage(pixels, { width, height, channels }, to, rule, output);
          writer.cases.resize.push({ rule, input, output: writer.array(output, [toHeight, toWidth, channels]) });
        }
      }
    }
  }
}

/** Left, top, right and bottom: none, some, uneven, and wider than the image is. */
const BORDERS = [
  [0, 0, 0, 0],
  [1, 2, 3, 4],
  [5, 0, 0, 6],
  [40, 30, 25, 35],
];

function writePads({ padImage }, writer) {
  const next = seeded(2);
  const [width, height] = [23, 17];
  for (const Type of Object.values(PIXELS)) {
    for (const channels of [1, 3]) {
      const pixels = Type.from({ length: width * height * channels }, () => next() * 200);
      const input = writer.array(pixels, [height, width, channels]);
      for (const [left, top, right, bottom] of BORDERS) {
        const shape = [top + height + bottom, left + width + right, channels];
        for (const mode of ['constant', 'edge', 'reflect']) {
          const output = new Type(shape[0] * shape[1] * channels);
          padImage(pixels, { width, height, channels }, { left, top, right, bottom, mode, value: 7 }, output);
          writer.cases.pad.push({ mode, left, top, right, bottom, input, output: writer.array(output, shape) });
        }
      }
    }
  }
}

/** Tiles of dark spots on a bright ground, more or less far apart. */
function writeTissue({ tissueThreshold }, writer) {
  const [width, height] = [96, 80];
  for (const contrast of [20, 60, 120]) {
    const next = seeded(contrast);
    const pixels = Uint8Array.from({ length: width * height * 3 }, (_, i) => {
      const [x, y] = [Math.floor(i / 3) % width, Math.floor(i / 3 / width)];
      const isDark = Math.sin(x / 9) * Math.cos(y / 7) > 0.2;
      return 225 - (isDark ? contrast : 0) + 25 * (next() - 0.5);
    });
    const threshold = tissueThreshold([{ pixels, width, height }]);
    writer.cases.tissue.push({ input: writer.array(pixels, [height, width, 3]), threshold });
  }
}

/** Noise of several densities, and smooth shapes with holes, of one value or three. */
function masks(width, height, depth) {
  const next = seeded(width * 1000 + height);
  const make = (value) => Uint8Array.from({ length: width * height * depth }, (_, i) => value(i));
  const wave = (i) => Math.sin((i % width) / 4) + Math.sin(Math.floor(i / width) / 3) + Math.sin(i / 57);
  return [
    make(() => 0),
    make(() => 1),
    ...[0.2, 0.5, 0.8].map((share) => make(() => (next() < share ? 1 + Math.floor(next() * 3) : 0))),
    make((i) => (wave(i) > 0.3 ? 1 : 0)),
  ];
}

function writeComponents(native, writer) {
  const { connectedComponents, componentStatistics, createComponentStatistics } = native;
  for (const [width, height] of MASKS) {
    for (const depth of [1, 5]) {
      for (const mask of masks(width, height, depth)) {
        const input = writer.array(mask, [depth, height, width]);
        for (const connectivity of depth === 1 ? [4, 8] : [6, 18, 26]) {
          for (const byValue of [false, true]) {
            const labels = new Int32Array(mask.length);
            const extents = { width, height, depth };
            const count = connectedComponents(mask, extents, { connectivity, byValue }, labels);
            const statistics = createComponentStatistics(count);
            componentStatistics(labels, extents, count, statistics);
            writer.cases.components.push({
              ...{ connectivity, byValue, count, input, labels: writer.array(labels, [depth, height, width]) },
              sizes: writer.array(statistics.sizes, [count]),
              boxes: writer.array(statistics.boxes, [count, 6]),
              sums: writer.array(statistics.sums, [count, 3]),
            });
          }
        }
      }
    }
  }
}

function writeContours({ traceContours }, writer) {
  for (const [width, height] of MASKS) {
    for (const mask of masks(width, height, 1)) {
      for (const connectivity of [4, 8]) {
        const { points, ringStarts, outerOf } = traceContours(mask, { width, height }, connectivity);
        writer.cases.contours.push({
          ...{ connectivity, input: writer.array(mask, [height, width]) },
          points: writer.array(points, [points.length / 2, 2]),
          starts: writer.array(ringStarts, [ringStarts.length]),
          outers: writer.array(outerOf, [outerOf.length]),
        });
      }
    }
  }
}

export async function runNativeKernelsChecks(venvPython, { root, name, scratch }, report) {
  const native = await import('@deephealth/native');
  const folder = join(scratch, 'native-kernels');
  const writer = new CaseWriter(folder);
  writeResizes(native, writer);
  writePads(native, writer);
  writeTissue(native, writer);
  writeComponents(native, writer);
  writeContours(native, writer);
  writer.finish();
  report.add(await runPythonChecks(root, name, { venvPython, args: ['--cases', folder] }));
}
