// Stain normalisation of a 512 x 512 tile: native against the TypeScript twins, and against NumPy where
// DEEPHEALTH_BENCH_PYTHON names a Python that has numpy, scipy, scikit-image and pillow.
import { spawn, spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  fitMacenko,
  fitReinhard,
  macenkoNormalise,
  reinhardNormalise,
  tissueMask,
  tissueThreshold,
} from '../dist/index.js';
import {
  fitMacenkoTwin,
  fitReinhardTwin,
  macenkoNormaliseTwin,
  reinhardNormaliseTwin,
  tissueMaskTwin,
  tissueThresholdTwin,
} from '../dist/twins.js';

const SIDE = 512;

/** A tile like H&E: eosin with texture, nuclei of haematoxylin, glass. Seeded, so always the same. */
function tile(seed, strength) {
  let state = seed;
  const next = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  const nuclei = Array.from({ length: 600 }, () => [next() * SIDE, next() * SIDE, 3 + 5 * next()]);
  const haematoxylin = new Float32Array(SIDE * SIDE);
  for (const [cx, cy, radius] of nuclei) {
    for (let y = Math.max(0, Math.ceil(cy - radius)); y <= Math.min(SIDE - 1, cy + radius); y++) {
      for (let x = Math.max(0, Math.ceil(cx - radius)); x <= Math.min(SIDE - 1, cx + radius); x++) {
        if ((x - cx) ** 2 + (y - cy) ** 2 < radius * radius) haematoxylin[y * SIDE + x] = 0.7 + 0.5 * next();
      }
    }
  }
  const pixels = new Uint8Array(SIDE * SIDE * 3);
  for (let i = 0; i < SIDE * SIDE; i++) {
    const [x, y] = [i % SIDE, Math.trunc(i / SIDE)];
    const isGlass = Math.sin(x / 61 + seed) + Math.sin(y / 47) > 1.1;
    const h = isGlass ? 0 : strength * (haematoxylin[i] + 0.1 * next());
    const e = isGlass ? 0 : strength * (0.25 + 0.2 * Math.sin(x / 9) * Math.sin(y / 13) + 0.25 * next());
    const noise = 4 * next() - 6;
    pixels[3 * i] = Math.max(0, 243 * Math.exp(-0.65 * h - 0.25 * e) + noise);
    pixels[3 * i + 1] = Math.max(0, 243 * Math.exp(-0.7 * h - 0.88 * e) + noise);
    pixels[3 * i + 2] = Math.max(0, 243 * Math.exp(-0.29 * h - 0.4 * e) + noise);
  }
  return { pixels, width: SIDE, height: SIDE };
}

const source = tile(1, 1);
const look = tile(2, 1.4);

function fitOf(result) {
  if (!result.isFitted) throw new Error(`The tile of the benchmark is not fitted: ${result.reason}`);
  return result.fit;
}

function wholeMacenko(fit, normalise) {
  const target = fitOf(fitMacenko([look]));
  const output = new Uint8Array(source.pixels.length);
  return () => normalise(source.pixels, fitOf(fit([source])), target, output);
}

function prepareNormalise() {
  const [from, to] = [fitOf(fitMacenko([source])), fitOf(fitMacenko([look]))];
  const output = new Uint8Array(source.pixels.length);
  return {
    kernel: () => macenkoNormalise(source.pixels, from, to, output),
    baseline: () => macenkoNormaliseTwin(source.pixels, from, to, output),
  };
}

function wholeReinhard(fit, normalise) {
  const target = fitOf(fitReinhard([look]));
  const output = new Uint8Array(source.pixels.length);
  return () => normalise(source, fitOf(fit([source])), target, output);
}

function prepareReinhardNormalise() {
  const [from, to] = [fitOf(fitReinhard([source])), fitOf(fitReinhard([look]))];
  const output = new Uint8Array(source.pixels.length);
  return {
    kernel: () => reinhardNormalise(source, from, to, output),
    baseline: () => reinhardNormaliseTwin(source, from, to, output),
  };
}

function prepareMask() {
  const mask = new Uint8Array(SIDE * SIDE);
  return {
    kernel: () => tissueMask(source, tissueThreshold([source]), mask),
    baseline: () => tissueMaskTwin(source, tissueThresholdTwin([source]), mask),
  };
}

/** A Python process that normalises the source once per call; or why there is none. */
function pythonReference() {
  const python = process.env.DEEPHEALTH_BENCH_PYTHON;
  if (!python) return { skipped: 'DEEPHEALTH_BENCH_PYTHON names no Python with numpy, scipy, scikit-image, pillow' };
  const needs = spawnSync(python, ['-c', 'import numpy, scipy, skimage, PIL'], { encoding: 'utf8' });
  if (needs.status !== 0) {
    const reason = needs.error?.message ?? (needs.stderr.trim().split('\n').at(-1) || `status ${needs.status}`);
    return { skipped: `DEEPHEALTH_BENCH_PYTHON does not serve: ${reason}` };
  }
  const folder = mkdtempSync(join(tmpdir(), 'deephealth-stain-'));
  const at = (name) => join(folder, name);
  if (spawnSync('mkfifo', [at('ask'), at('answer')]).status !== 0) {
    rmSync(folder, { recursive: true });
    return { skipped: 'there are no named pipes here' };
  }
  writeFileSync(at('source'), source.pixels);
  writeFileSync(at('look'), look.pixels);
  // Named pipes, opened for both directions, can be waited for: a call takes as long as its answer.
  const [ask, answer] = [openSync(at('ask'), 'r+'), openSync(at('answer'), 'r+')];
  const script = fileURLToPath(new URL('macenko_reference.py', import.meta.url));
  // Whatever ends the process, it answers before it is gone.
  const child = spawn(
    '/bin/sh',
    ['-c', '"$@"; printf "!"', 'sh', python, script, `${SIDE}`, `${SIDE}`, at('source'), at('look')],
    { stdio: [ask, answer, 'inherit'], detached: true },
  );
  child.unref();
  process.once('exit', () => {
    try {
      process.kill(-child.pid);
    } catch {
      // It has ended by itself.
    }
    for (const pipe of [ask, answer]) closeSync(pipe);
    rmSync(folder, { recursive: true, force: true });
  });
  const byte = Buffer.alloc(1);
  const baseline = () => {
    writeSync(ask, '.');
    readSync(answer, byte);
    if (byte.toString() !== '.') throw new Error('The Python reference failed; its message is above.');
  };
  return { baseline };
}

function prepareAgainstPython() {
  const { baseline, skipped } = pythonReference();
  if (skipped !== undefined) return { skipped };
  return { kernel: wholeMacenko(fitMacenko, macenkoNormalise), baseline };
}

export const cases = [
  {
    id: 'stain.macenko-whole',
    title: 'Macenko: fit and normalise, 512 x 512',
    bound: { min: 4 },
    baseline: 'twin',
    prepare: () => ({
      kernel: wholeMacenko(fitMacenko, macenkoNormalise),
      baseline: wholeMacenko(fitMacenkoTwin, macenkoNormaliseTwin),
    }),
  },
  {
    id: 'stain.macenko-normalise',
    title: 'Macenko: normalise with given fits, 512 x 512',
    bound: { min: 4 },
    baseline: 'twin',
    prepare: prepareNormalise,
  },
  {
    id: 'stain.macenko-python',
    title: 'Macenko: fit and normalise, 512 x 512, against NumPy',
    bound: { min: 10 },
    baseline: 'python',
    // Without a Python it resolves to { skipped: reason }.
    prepare: prepareAgainstPython,
  },
  {
    id: 'stain.reinhard-whole',
    title: 'Reinhard: fit and normalise, 512 x 512',
    bound: { min: 4 },
    baseline: 'twin',
    prepare: () => ({
      kernel: wholeReinhard(fitReinhard, reinhardNormalise),
      baseline: wholeReinhard(fitReinhardTwin, reinhardNormaliseTwin),
    }),
  },
  {
    id: 'stain.reinhard-normalise',
    title: 'Reinhard: normalise with given fits, 512 x 512',
    bound: { min: 4 },
    baseline: 'twin',
    prepare: prepareReinhardNormalise,
  },
  {
    id: 'stain.tissue-mask',
    title: 'Tissue: threshold and mask, 512 x 512',
    bound: { min: 4 },
    baseline: 'twin',
    prepare: prepareMask,
  },
];
