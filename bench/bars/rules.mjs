// Our engine for fuzzy rules, against the console of fuzzylite and against scikit-fuzzy.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { installFuzzyliteConsole, runFuzzylite, toNumbers } from '../../interop/fuzzylite-console.mjs';
import { interleave } from '../interleave.mjs';
import { startScikitFuzzy } from '../scikit_fuzzy/start.mjs';
import { Skipped } from '../skipped.mjs';
import { median, rounded } from '../statistics.mjs';
import { expertRuleBase, gridRuleBase, randomRecords, toFll, toLists } from '../workloads/rule-bases.mjs';

const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const RESOLUTION = 100;
/** Rows of a grid over all inputs, and how often the console evaluates them for one figure. */
const GRID = 1000;
const RUNS = 5;
/** A year of defects, in the publication whose size this is. */
const RECORDS = 7000;
/** Of a range of 100: scikit-fuzzy samples the ends of the steps and draws lines between samples. */
const SCIKIT_TOLERANCE = 1;

const perEvaluation = (result) => result.perEvaluation;
const microseconds = (results) => rounded(median(results.map(perEvaluation)) * 1e6);

async function inFolder(run) {
  const folder = mkdtempSync(join(tmpdir(), 'deephealth-bench-rules-'));
  try {
    return await run(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function engineProcess(context, message) {
  const child = await context.server('fuzzy rules', new URL('../servers/rules-main.mjs', import.meta.url));
  return { child, values: await child.call('open', message) };
}

/** Baseline and subject in turns, after one run of each that does not count. */
async function inTurns({ say }, rounds, subject, baseline, pick) {
  await baseline();
  await subject();
  const result = await interleave({ rounds, subject, baseline, pick, say });
  return { ...result, rounds: result.ratios.map((ratio) => rounded(ratio)) };
}

function expectClose(values, expected, tolerance) {
  let largest = 0;
  for (const [row, outputs] of expected.entries()) {
    for (const [i, one] of outputs.entries()) {
      const difference = Math.abs(values[row][i] - one);
      if (!(difference <= tolerance)) throw new Error(`row ${row}: ${values[row][i]} here, ${one} there`);
      largest = Math.max(largest, difference);
    }
  }
  return largest;
}

async function againstConsole(context, folder, termCount) {
  const console = await installFuzzyliteConsole(ROOT).catch((error) => {
    throw new Skipped(`the console of fuzzylite: ${error.message.split('\n')[0]}`);
  });
  const [engine, table] = ['engine.fll', 'table.fld'].map((file) => join(folder, file));
  const fll = toFll(gridRuleBase(termCount), RESOLUTION);
  writeFileSync(engine, fll);
  const write = ['-i', engine, '-o', table, '-of', 'fld', '-decimals', '12'];
  await runFuzzylite(console, [...write, '-values', String(GRID), '-scope', 'AllVariables']);
  const rows = readFileSync(table, 'utf8').trim().split('\n').slice(1).map(toNumbers);
  const { child, values } = await engineProcess(context, { fll, rows: rows.map((row) => row.slice(0, 3)) });
  expectClose(
    values,
    rows.map((row) => row.slice(3)),
    1e-9,
  );

  const baseline = async () => ({ perEvaluation: await consoleSeconds(console, engine, table) });
  const subject = () => child.call('evaluate', { seconds: context.seconds / 4 });
  const measured = await inTurns(context, context.rounds, subject, baseline, perEvaluation);
  return {
    value: measured.value,
    noise: measured.noise,
    details: {
      rounds: measured.rounds,
      rows: rows.length,
      evaluationUs: microseconds(measured.subjects),
      consoleUs: microseconds(measured.baselines),
      // Of two tables, so that its start is in neither: reading a row and writing it included.
      consoleWithTextUs: rounded((await rowSeconds(console, engine, folder, rows)) * 1e6),
    },
  };
}

/** By the console's own clock, which counts neither its start nor a file. */
async function consoleSeconds(console, engine, table) {
  const printed = await runFuzzylite(console, ['benchmark', engine, table, String(RUNS)]);
  const lines = printed.trim().split('\n');
  const names = lines.find((line) => line.startsWith('library')).split('\t');
  const figures = lines[lines.findIndex((line) => line.startsWith('library')) + 1].split('\t');
  const figure = (name) => Number(figures[names.indexOf(name)]);
  return figure('mean(t)') / 1e9 / figure('evaluations');
}

async function rowSeconds(console, engine, folder, rows) {
  const time = async (times) => {
    const [data, out] = [join(folder, 'rows.fld'), join(folder, 'out.fld')];
    const lines = rows.map((row) => row.slice(0, 3).join(' '));
    writeFileSync(
      data,
      `${Array.from({ length: times }, () => lines)
        .flat()
        .join('\n')}\n`,
    );
    const started = performance.now();
    await runFuzzylite(console, ['-i', engine, '-o', out, '-of', 'fld', '-d', data, '-dheader', 'false']);
    return (performance.now() - started) / 1000;
  };
  const [few, many] = [await time(1), await time(6)];
  return (many - few) / (5 * rows.length);
}

async function againstScikitFuzzy(context, folder) {
  const { seededRandom } = await import('@deephealth/sdk/testing');
  const random = seededRandom(1);
  const ruleBase = expertRuleBase(random);
  const rows = randomRecords(ruleBase, context.quick ? RECORDS / 7 : RECORDS, random);
  const lists = { ...toLists(ruleBase, RESOLUTION), records: rows };
  const scikit = await startScikitFuzzy(folder, lists);
  try {
    const { child, values } = await engineProcess(context, { fll: toFll(ruleBase, RESOLUTION), rows });
    const baseline = async () => {
      const { seconds, values: theirs } = await scikit.evaluate(rows.length);
      return { perEvaluation: seconds / rows.length, difference: expectClose(values, theirs, SCIKIT_TOLERANCE) };
    };
    const subject = () => child.call('batch', {});
    const { subjects, baselines, ...measured } = await inTurns(
      context,
      3,
      subject,
      baseline,
      (r) => 1 / r.perEvaluation,
    );
    const seconds = (results) => rounded(median(results.map(perEvaluation)) * rows.length);
    return {
      value: measured.value,
      noise: measured.noise,
      details: {
        ...{ rounds: measured.rounds, records: rows.length, rules: ruleBase.rules.length },
        ...{ seconds: seconds(subjects), scikitFuzzySeconds: seconds(baselines) },
        largestDifference: rounded(Math.max(...baselines.map(({ difference }) => difference))),
      },
    };
  } finally {
    scikit.stop();
  }
}

const consoleBar = (termCount) => ({
  id: `rules.mamdani-${termCount ** 3}`,
  title: `an evaluation of ${termCount ** 3} fuzzy rules against the console of fuzzylite`,
  method: `Mamdani, three inputs of ${termCount} triangles and a rule for each combination of them, minimum and maximum, centroid of ${RESOLUTION} samples, over a grid of ${GRID} rows; time of an evaluation in one thread. Baseline: fuzzylite 6.0, its command "benchmark", whose clock leaves out its start and its files. Every value within 1e-9 of the baseline's.`,
  bound: { max: 1 },
  unit: 'ratio',
  measure: (context) => inFolder((folder) => againstConsole(context, folder, termCount)),
});

export const bars = [
  consoleBar(3),
  consoleBar(7),
  {
    id: 'rules.batch-vs-scikit-fuzzy',
    title: `${RECORDS} records of 300 fuzzy rules against scikit-fuzzy`,
    method: `Mamdani, 300 rules on 26 features about 8 outputs, centroid of ${RESOLUTION} samples, ${RECORDS} random records as one batch with evaluateBatch's own choice of threads; records a second. Baseline: scikit-fuzzy, all records as one array and a control system for each output, built beforehand. Values within 1 % of the range, since it samples elsewhere.`,
    bound: { min: 5 },
    unit: 'ratio',
    measure: (context) => inFolder((folder) => againstScikitFuzzy(context, folder)),
  },
];
