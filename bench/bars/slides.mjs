import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { median, rounded, spread } from '../statistics.mjs';

const SAMPLE = join(dirname(dirname(dirname(fileURLToPath(import.meta.url)))), 'samples', 'models', 'tissue-pixels');
/** Pixels along a side; the larger slide has 20 times the area. */
const SMALL = 4096;
const LARGE = 18_318;

/** Slides and a server for one bar. */
async function withSlides(context, sides, measure) {
  const models = mkdtempSync(join(tmpdir(), 'deephealth-bench-store-'));
  cpSync(SAMPLE, join(models, 'tissue-pixels'), { recursive: true });
  try {
    const child = await context.server('slides', new URL('../servers/slides-main.mjs', import.meta.url));
    const packageFolder = join(models, 'tissue-pixels', '1.0.0');
    const paths = await child.call('prepare', { models, packageFolder, sides });
    const result = await measure(child, paths);
    await child.call('stop');
    return result;
  } finally {
    rmSync(models, { recursive: true, force: true });
  }
}

const throughput = (context) =>
  withSlides(context, [SMALL], async (child, [path]) => {
    await child.call('rates', { path });
    const rounds = [];
    for (let round = 0; round < context.rounds; round += 1) rounds.push(await child.call('rates', { path }));
    // Both stages need the same processors: a tile takes the sum of both times.
    const ratios = rounds.map(({ decode, infer, whole }) => whole * (1 / decode + 1 / infer));
    const middle = (name) => rounded(median(rounds.map((one) => one[name])));
    return {
      value: median(ratios),
      noise: spread(ratios),
      details: { tilesPerSecond: middle('whole'), readingAlone: middle('decode'), runtimeAlone: middle('infer') },
    };
  });

const memory = (context) =>
  withSlides(context, [SMALL, context.quick ? 2 * SMALL : LARGE], async (child, [small, large]) => {
    // What the first run loads and compiles stays.
    await child.call('peak', { path: small });
    const rounds = [];
    for (let round = 0; round < (context.quick ? 1 : 2); round += 1) {
      rounds.push([await child.call('peak', { path: small }), await child.call('peak', { path: large })]);
    }
    const ratios = rounds.map(([before, after]) => after / before);
    return {
      value: median(ratios),
      noise: spread(ratios),
      details: { smallMiB: rounded(rounds[0][0]), largeMiB: rounded(rounds[0][1]) },
    };
  });

export const bars = [
  {
    id: 'slides.tiles-vs-bound',
    title: 'Tiles of a slide a second, the whole way, beside what reading and the runtime alone allow together',
    method:
      'A pyramid of JPEG tiles; 258 x 258 pixels every 256 through PredictStream with the sample tissue-pixels, journal and map on the disk. Reading alone and the runtime alone each use all processors, so the bound is 1 / (1 / reading + 1 / runtime). All three in turns in one process.',
    bound: { min: 0.9 },
    unit: 'ratio',
    measure: throughput,
  },
  {
    id: 'slides.peak-memory',
    title: 'Highest resident memory over a slide of 20 times the area',
    method: `The same model over slides of ${SMALL} and of ${LARGE} pixels a side, in one process, after a run that does not count.`,
    bound: { max: 1.25 },
    unit: 'ratio',
    measure: memory,
  },
];
