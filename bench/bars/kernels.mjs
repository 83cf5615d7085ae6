// A bar for each case of native/bench. A case tells its kernel, its baseline and its bound; which
// modules there are is read from the folder.
import { readdirSync } from 'node:fs';
import { Child } from '../processes/child.mjs';
import { Skipped } from '../skipped.mjs';

const FOLDER = new URL('../../native/bench/', import.meta.url);

const BASELINES = {
  twin: 'its TypeScript twin',
  memcpy: 'a copy of as many bytes as it reads and writes, half each',
  sharp: 'sharp (libvips) with the same filter, its result normalised by the addon',
  python: 'NumPy (native/bench/macenko_reference.py)',
};

const modules = readdirSync(FOLDER)
  .filter((name) => name.endsWith('.mjs'))
  .sort()
  .map((name) => new URL(name, FOLDER).href);

const perModule = await Promise.all(
  modules.map(async (module) => {
    const { cases } = await import(module);
    return cases.map(({ id, title, bound, baseline }) => ({
      id: `kernel.${id}`,
      title: `${title}, against ${baseline}`,
      method: `Calls of the kernel against ${BASELINES[baseline]}, on the same data, in one process and one thread; the ratio of the medians.`,
      bound,
      unit: 'ratio',
      measure: (context) => measure(context, module, id),
    }));
  }),
);

async function measure(context, module, id) {
  const { nativeStatus } = await import('@deephealth/native');
  const status = nativeStatus();
  if (!status.isLoaded) throw new Skipped(status.reason);
  const child = await Child.start({
    title: 'kernels',
    module: new URL('../servers/kernels-main.mjs', import.meta.url),
  });
  try {
    const seconds = context.quick ? 0.05 : 0.25;
    const { skipped, ...measured } = await child.call('measure', { module, id, rounds: context.rounds, seconds });
    if (skipped !== undefined) throw new Skipped(skipped);
    return measured;
  } finally {
    await child.stop();
  }
}

export const bars = perModule.flat();
