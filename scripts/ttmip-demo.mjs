// npm run ttmip:demo: from a graph that was trained a moment ago to predictions behind all four platforms that equal
// those of the contract, by one command, with the time that each stage took. Ends with exit code 1 if one platform is
// not reached.
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { accuracyOf, CLASSES, cutTiles, fitTiles, tilePng, toOnnx } from './ttmip-demo/train-tile-model.mjs';

const { values: options } = parseArgs({
  options: { out: { type: 'string' }, json: { type: 'boolean', default: false } },
});
const CLI = fileURLToPath(new URL('../cli/bin/deephealth.mjs', import.meta.url));
const PICTURES = fileURLToPath(new URL('../samples/inputs/whole', import.meta.url));
const PLATFORM_COUNT = 4;
const NAME = 'tile-origin';
/** What the demonstration shall be able to do, or the model is none. */
const LEAST_ACCURACY = 0.9;
/** What neither the graph nor its samples say: the LOINC code of a photograph, and the size of a pixel. */
const ANSWERS = { 'cds.imageCode': '72170-4', 'pathology.micronsPerPixel': 2 };

const started = performance.now();
const root = mkdtempSync(join(tmpdir(), 'deephealth-ttmip-'));
const say = (text) => process.stderr.write(`${text}\n`);

/** One command of a person. */
async function deephealth(...args) {
  say(`$ deephealth ${args.join(' ')}`);
  const child = spawn(process.execPath, [CLI, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
    cwd: root,
    env: { ...process.env, DEEPHEALTH_TTMIP: join(root, 'ttmip') },
  });
  let stdout = '';
  child.stdout.setEncoding('utf8').on('data', (text) => {
    stdout += text;
  });
  const exitCode = await new Promise((done) => child.on('close', done));
  if (exitCode !== 0) throw new Error(`deephealth ${args[0]} ended with exit code ${exitCode}:\n${stdout}`);
  return stdout;
}

/** A graph and a table of labelled tiles that it has not seen, as a data scientist hands them over. */
async function train() {
  const { train: seen, heldOut } = await cutTiles(PICTURES);
  const model = fitTiles(seen);
  const accuracy = accuracyOf(model, heldOut);
  const share = accuracy.right / accuracy.of;
  say(
    `Trained on ${seen.length} tiles; of ${accuracy.of} held-out tiles ${accuracy.right} are right (${(100 * share).toFixed(1)} %).`,
  );
  if (share < LEAST_ACCURACY) throw new Error('the model does not tell the pictures apart');
  mkdirSync(join(root, 'tiles'));
  const rows = heldOut.map(({ pixels, label }, index) => {
    const file = `tiles/${index}.png`;
    writeFileSync(join(root, file), tilePng(pixels));
    return `${file},${CLASSES[label]}`;
  });
  writeFileSync(join(root, 'tiles.csv'), `file,label\n${rows.join('\n')}\n`);
  writeFileSync(join(root, `${NAME}.onnx`), toOnnx(model));
  writeFileSync(join(root, 'answers.json'), JSON.stringify(ANSWERS));
  return accuracy;
}

try {
  const accuracy = await train();
  const trained = performance.now();
  const platforms = ['--platforms', 'all', '--answers', 'answers.json', '--no-serve', '--json'];
  const added = JSON.parse(await deephealth('add', `${NAME}.onnx`, '--samples', 'tiles.csv', ...platforms));
  const addedAt = performance.now();
  for (const { platform, outcome, shown } of added.platforms) say(`  ${platform}: ${outcome}; ${shown}`);
  const page = options.out === undefined ? [] : ['--out', resolve(options.out)];
  const text = await deephealth('ttmip', NAME, ...page);
  const [timeline] = JSON.parse(await deephealth('ttmip', NAME, '--json')).timelines;
  const seconds = { training: (trained - started) / 1000, adding: (addedAt - trained) / 1000 };
  if (options.json)
    process.stdout.write(
      `${JSON.stringify({ timeline, platforms: added.platforms, plan: added.plan, accuracy, seconds }, null, 2)}\n`,
    );
  else
    process.stdout.write(
      `\n${text}\nTraining took ${seconds.training.toFixed(1)} s, the command from the graph to the platforms ${seconds.adding.toFixed(1)} s.\n`,
    );
  const isReached =
    added.platforms.every(({ outcome }) => outcome === 'passed') &&
    timeline.platforms.every(({ isInProduction }) => isInProduction);
  process.exitCode = isReached && timeline.platforms.length === PLATFORM_COUNT ? 0 : 1;
} finally {
  rmSync(root, { recursive: true, force: true, maxRetries: 3 });
}
