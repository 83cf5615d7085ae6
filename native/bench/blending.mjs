import { accumulateTile, createBlendWindow, finishRows, planTiles, tileWeights } from '../dist/index.js';
import { accumulateTileTwin, finishRowsTwin } from '../dist/twins.js';

function noise(length) {
  let state = 7;
  return Float32Array.from({ length }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  });
}

function accumulating(id, title, [rows, channels, height, width], tileExtents, weighting) {
  return {
    id: `blending.accumulate-${id}`,
    title: `adding a tile, ${title}`,
    bound: { min: 4 },
    baseline: 'twin',
    prepare() {
      const weights = tileWeights(weighting, tileExtents);
      const tile = noise(channels * tileExtents.reduce((a, b) => a * b));
      const place = { slot: 0, top: 0, left: 0 };
      const [native, twin] = [0, 1].map(() => createBlendWindow(rows, channels, height, width));
      return {
        kernel: () => accumulateTile(native, tile, place, weights),
        baseline: () => accumulateTileTwin(twin, tile, place, weights),
      };
    },
  };
}

function finishing(id, title, [rows, channels, height, width]) {
  return {
    id: `blending.finish-${id}`,
    title: `finishing rows, ${title}`,
    bound: { min: 4 },
    baseline: 'twin',
    prepare() {
      const [native, twin] = [0, 1].map(() => {
        const window = createBlendWindow(rows, channels, height, width);
        window.weights.fill(0.7);
        window.sums.fill(1.3);
        return window;
      });
      const output = new Float32Array(rows * channels * height * width);
      return {
        kernel: () => finishRows(native, 0, rows, output),
        baseline: () => finishRowsTwin(twin, 0, rows, output),
      };
    },
  };
}

/** A whole image: every tile added, every row handed out, as createTileBlender does it. */
function whole(id, title, channels, extents, tileExtents, weighting) {
  return {
    id: `blending.whole-${id}`,
    title: `sliding window, ${title}`,
    bound: { min: 4 },
    baseline: 'twin',
    prepare() {
      const plan = planTiles(extents, tileExtents, 0.5);
      const weights = tileWeights(weighting, tileExtents);
      const tile = noise(channels * tileExtents[0] * tileExtents[1]);
      const run = (add, finish) => () => {
        const window = createBlendWindow(tileExtents[0], channels, 1, extents[1]);
        plan.positions.forEach(([row, left], i) => {
          add(window, tile, { slot: row % window.rows, top: 0, left }, weights);
          const count = (plan.positions[i + 1]?.[0] ?? extents[0]) - row;
          if (count > 0) finish(window, row % window.rows, count, new Float32Array(channels * count * extents[1]));
        });
      };
      return { kernel: run(accumulateTile, finishRows), baseline: run(accumulateTileTwin, finishRowsTwin) };
    },
  };
}

export const cases = [
  accumulating('image-gaussian', '256 x 256 x 4 in 1024 columns, Gaussian', [256, 4, 1, 1024], [256, 256], 'gaussian'),
  accumulating('image-flat', '512 x 512 x 2 in 2048 columns, flat', [512, 2, 1, 2048], [512, 512], 'flat'),
  accumulating('volume-gaussian', '64 x 64 x 64 in 128 x 128, 2 channels', [64, 2, 128, 128], [64, 64, 64], 'gaussian'),
  finishing('one-channel', '128 rows of 1024, 1 channel', [128, 1, 1, 1024]),
  finishing('four-channels', '128 rows of 1024, 4 channels', [128, 4, 1, 1024]),
  whole('image', '1024 x 1024, tiles of 256, 2 channels, Gaussian', 2, [1024, 1024], [256, 256], 'gaussian'),
];
