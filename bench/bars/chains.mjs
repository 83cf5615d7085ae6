// A cohort as a run, beside the same studies asked one after the other of the same runtime.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { interleave } from '../interleave.mjs';
import { rounded } from '../statistics.mjs';

const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const COMMAND = join(ROOT, 'cli', 'bin', 'deephealth.mjs');
const MODELS = join(ROOT, 'samples', 'models');
const MODEL = 'hippocampus-volume';
const STUDIES = 60;
const SIDES = [36, 50, 36];
/** Voxels of 1 mm, upright. */
const PLACE = {
  ...{ dim: [3, ...SIDES, 1, 1, 1, 1], pixdim: [1, 1, 1, 1, 1, 1, 1, 1] },
  sform: { code: 1, rows: [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0] },
};

/** Volumes of the size that the model was made for, each of other voxels. */
function studies(folder, count, { niftiFile, seededRandom }) {
  const random = seededRandom(1);
  return Array.from({ length: count }, (_, index) => {
    const voxels = Uint8Array.from(
      { length: SIDES.reduce((product, side) => product * side, 1) },
      () => random() * 256,
    );
    const path = join(folder, `${String(index).padStart(3, '0')}.nii`);
    writeFileSync(path, niftiFile({ ...PLACE, voxels }));
    return path;
  });
}

async function command(...args) {
  const child = spawn(process.execPath, [COMMAND, ...args], { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.on('data', (text) => (said += text));
  const [code] = await once(child, 'exit');
  if (code !== 0) throw new Error(`deephealth ${args[0]} ended with ${code}: ${said}`);
}

async function measure(context) {
  const { createRuntimeClient, readInputFile } = await import('@deephealth/sdk');
  const testing = await import('@deephealth/sdk/testing');
  const folder = mkdtempSync(join(tmpdir(), 'deephealth-bench-chains-'));
  const runtime = await testing.startRuntimeProcess(COMMAND, MODELS);
  const client = createRuntimeClient({ address: runtime.address });
  try {
    const files = studies(folder, context.quick ? STUDIES / 4 : STUDIES, testing);
    const model = await client.getModel(MODEL, '1.0.0');
    const seconds = async (run) => {
      const started = performance.now();
      await run();
      return { seconds: (performance.now() - started) / 1000 };
    };
    const baseline = () =>
      seconds(async () => {
        for (const file of files) {
          const inputs = await readInputFile(file, model);
          await client.predict({ modelName: MODEL, modelVersion: '1.0.0', inputs });
        }
      });
    const out = join(folder, 'result');
    const chosen = ['batch', join(MODELS, MODEL, '1.0.0'), ...files, '--chain', 'segment', '--out', out];
    const subject = async () => {
      rmSync(out, { recursive: true, force: true });
      const key = join(ROOT, 'package.json');
      const result = await seconds(() =>
        command(...chosen, '--address', runtime.address, '--jobs', '1', '--uid-key-file', key),
      );
      const items = readFileSync(join(out, 'results.ndjson'), 'utf8').trim().split('\n').length;
      if (items !== files.length) throw new Error(`${items} results for ${files.length} studies`);
      return result;
    };
    await baseline();
    const { value, interval, noise, ratios } = await interleave({
      ...{ rounds: context.rounds, baseline, subject, say: context.say },
      pick: ({ seconds: took }) => took,
    });
    return {
      value,
      interval,
      noise,
      details: { rounds: ratios.map((ratio) => rounded(ratio)), studies: files.length },
    };
  } finally {
    client.close();
    await runtime.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

export const bars = [
  {
    id: 'chains.batch-vs-questions',
    title: `a cohort of ${STUDIES} volumes as a run, beside the same volumes asked for one after the other`,
    method: `"deephealth batch" with one task at a time, chunks of ten, over a runtime that is there: cleaning, six tasks, masks as files, merge, report and crate included. Baseline: a program asks the same runtime about the same files, one after the other, and keeps nothing. Starting eight processes is most of the difference, so that it shrinks with longer chunks.`,
    bound: { max: 2 },
    unit: 'ratio',
    measure,
  },
];
