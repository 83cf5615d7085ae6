// npm run bench: measures the bars of this project. `npm run bench -- --help` says how.
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { prepare } from '../scripts/prepare.mjs';
import { BenchContext } from './context.mjs';
import { parseOptions, USAGE } from './options.mjs';
import { watchOtherLoad } from './processes/other-load.mjs';
import { boundText, isMet, toJson, toLine } from './report.mjs';
import { Skipped } from './skipped.mjs';
import { writeReport } from './write-report.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const started = Date.now();
const say = (text) => process.stderr.write(`[${((Date.now() - started) / 1000).toFixed(0)} s] ${text}\n`);

process.exitCode = await main();

async function main() {
  let options;
  try {
    options = parseOptions(process.argv.slice(2));
  } catch (error) {
    process.stderr.write(`${error.message}\n\n${USAGE}`);
    return 2;
  }
  if (options.help) {
    process.stdout.write(USAGE);
    return 0;
  }
  // The bars of the kernels are read from the built package.
  prepare(root);
  const { BARS } = await import('./bars/index.mjs');
  const bars = BARS.filter(({ id }) => options.only.length === 0 || options.only.some((only) => id.startsWith(only)));
  if (bars.length === 0) {
    process.stderr.write(`No bar begins with ${options.only.join(' or ')}. --list shows them.\n`);
    return 2;
  }
  if (options.list) {
    for (const bar of bars) process.stdout.write(`${bar.id.padEnd(34)} ${boundText(bar).padEnd(10)} ${bar.title}\n`);
    return 0;
  }
  const outcomes = await measureAll(bars, options);
  const page = options['write-to'] ?? (options.write ? 'docs/benchmarks.md' : undefined);
  if (page !== undefined) {
    writeReport(resolve(root, page), outcomes, { ...options, page });
    say(`written to ${page}`);
  }
  if (outcomes.some(({ error }) => error !== undefined)) return 1;
  const isAllMet = outcomes.every(({ bar, measured }) => measured === undefined || isMet(bar.bound, measured.value));
  return options.check && !isAllMet ? 1 : 0;
}

async function measureAll(bars, options) {
  const context = new BenchContext({ ...options, say });
  // Without a handler, Ctrl-C would leave the temporary folder; the processes end with this one.
  for (const signal of ['SIGINT', 'SIGTERM']) {
    process.once(signal, () => void context.close().finally(() => process.exit(130)));
  }
  const outcomes = [];
  try {
    if (options.quick) say('--quick: a shortened run, a first look, no result');
    for (const bar of bars) {
      say(`${bar.id} ...`);
      const outcome = await measureOne(bar, context);
      outcomes.push(outcome);
      const line = toLine(outcome);
      say(line);
      process.stdout.write(options.json ? `${JSON.stringify(toJson(outcome, options))}\n` : `${line}\n`);
    }
  } finally {
    await context.close();
  }
  return outcomes;
}

async function measureOne(bar, context) {
  const otherLoad = watchOtherLoad();
  try {
    const measured = await bar.measure(context);
    return { bar, measured, otherCores: otherLoad() };
  } catch (error) {
    if (error instanceof Skipped) return { bar, skipped: error.message };
    return { bar, error: error.message };
  } finally {
    otherLoad();
    await context.endBar();
  }
}
