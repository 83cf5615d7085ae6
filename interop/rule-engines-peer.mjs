// Other engines for fuzzy rules beside ours: the console of fuzzylite 6.0, and pyfuzzylite.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expectEqual, expectTrue } from './check-report.mjs';
import { installFuzzyliteConsole, runFuzzylite, toNumbers } from './fuzzylite-console.mjs';
import { installPythonPeer, runPythonChecks } from './python-peer.mjs';
import { Explainer, isClose } from './rule-engines-explain.mjs';
import { NAMES, randomEngine } from './rule-engines-random.mjs';
import { Skipped } from './skipped.mjs';

const ENGINES = 240;
const ROWS = 40;
/** Engines for pyfuzzylite, which takes a hundred times as long for one. */
const PYTHON_ENGINES = 80;
const seed = Number(process.env.DEEPHEALTH_RULES_SEED ?? 1);

/** Each is installed where it can be had; the reasons of the others are kept. Throws Skipped where neither can. */
export async function installRuleEngines(root, name) {
  const missing = [];
  const orWhy = (title) => (error) => {
    missing.push(`${title}: ${error.message}`);
    return undefined;
  };
  const console = await installFuzzyliteConsole(root).catch(orWhy('the console of fuzzylite'));
  const venvPython = await installPythonPeer(root, name).catch(orWhy('pyfuzzylite'));
  if (console === undefined && venvPython === undefined) throw new Skipped(missing.join('\n'));
  return { console, venvPython, missing };
}

export async function runRuleEnginesChecks({ console, venvPython, missing }, context, report) {
  const { name } = context;
  process.stderr.write(`  random rule bases of seed ${seed}; another one by DEEPHEALTH_RULES_SEED\n`);
  for (const why of missing) report.skip(name, why);
  if (console !== undefined) await checkConsole(console, context, report);
  if (venvPython !== undefined) await checkPython(venvPython, context, report);
}

/** What ours answers to rows in turn: values of the outputs, NaN where there is none. */
function answerRows({ createEngine, parseFll }, { fll, inputs, outputs, rows }, options = {}) {
  const knowledgeBase = parseFll(fll);
  const engine = createEngine(knowledgeBase, { outOfRange: 'extend', ...options });
  let evaluation;
  const answered = rows.map((row) => {
    evaluation = engine.evaluate(Object.fromEntries(inputs.map((input, i) => [input, row[i]])), evaluation);
    return outputs.map((output) => evaluation.outputs.get(output).value ?? Number.NaN);
  });
  return { knowledgeBase, answered };
}

async function checkConsole(console, { name, scratch }, report) {
  const adapter = await import('@deephealth/adapter-expressif');
  const { seededRandom } = await import('@deephealth/sdk/testing');
  const random = seededRandom(seed);
  const noise = seededRandom(seed + 1);
  const folder = join(scratch, 'rule-engines');
  mkdirSync(folder, { recursive: true });
  const [causes, unexplained, texts] = [new Map(), [], []];
  let [values, same] = [0, 0];
  await report.check(name, `fuzzylite's console reads and evaluates ${ENGINES} random rule bases`, async () => {
    for (let index = 0; index < ENGINES; index += 1) {
      const engine = randomEngine(random, ROWS);
      texts.push(engine.fll);
      const { knowledgeBase, answered } = answerRows(adapter, engine);
      const table = await askConsole(console, folder, engine);
      const explainer = new Explainer(knowledgeBase, noise);
      for (const difference of differences(engine, answered, table)) {
        const cause = explainer.cause(difference);
        if (cause === undefined) unexplained.push({ engine: index, ...difference });
        else causes.set(cause, (causes.get(cause) ?? 0) + 1);
      }
      values += answered.length * engine.outputs.length;
    }
  });
  same = values - unexplained.length - [...causes.values()].reduce((sum, count) => sum + count, 0);
  const counts = [...causes].map(([cause, count]) => `${cause} ${count}`).join(', ');
  process.stderr.write(`  ${same} of ${values} values the same within 1e-9; others by cause: ${counts}\n`);
  await report.check(name, 'every value is the same within 1e-9, or both are computed anew from a known cause', () => {
    expectEqual('values without a cause', unexplained.slice(0, 3), []);
    // That nearly all rows had to be explained would say little for them.
    expectTrue(`most are the same: ${same} of ${values}`, same > 0.75 * values);
  });
  await report.check(name, 'every norm, hedge, shape, activation and defuzzifier came up', () => {
    const text = texts.join('\n');
    expectEqual(
      'those that did not',
      NAMES.filter((one) => !new RegExp(`\\b${one}\\b`).test(text)),
      [],
    );
  });
}

/** @returns {Iterable<import('./rule-engines-explain.mjs').Difference>} */
function* differences({ rows, outputs }, answered, table) {
  // Ours keeps a value from the evaluation before; the console keeps the last one that was a number.
  let kept = outputs.map(() => Number.NaN);
  for (const [index, row] of rows.entries()) {
    const [ours, theirs] = [answered[index], table[index]];
    const before = answered[index - 1] ?? outputs.map(() => Number.NaN);
    for (const output of outputs.keys()) {
      if (isClose(ours[output], theirs[output])) continue;
      yield {
        ...{ output, row },
        ours: { value: ours[output], previous: before },
        console: { value: theirs[output], previous: kept },
      };
    }
    kept = kept.map((value, i) => (Number.isFinite(theirs[i]) ? theirs[i] : value));
  }
}

async function askConsole(console, folder, { fll, rows }) {
  const [engine, data, out] = ['engine.fll', 'rows.fld', 'out.fld'].map((file) => join(folder, file));
  writeFileSync(engine, fll);
  writeFileSync(data, `${rows.map((row) => row.join(' ')).join('\n')}\n`);
  const args = ['-i', engine, '-o', out, '-of', 'fld', '-d', data, '-decimals', '12', '-dheader', 'false'];
  await runFuzzylite(console, [...args, '-dinputs', 'false']);
  return readFileSync(out, 'utf8').trim().split('\n').map(toNumbers);
}

/** pyfuzzylite compares exactly and fires by any degree above 0; what it does in ways of its own is left out. */
async function checkPython(venvPython, { root, name, scratch }, report) {
  const adapter = await import('@deephealth/adapter-expressif');
  const { seededRandom } = await import('@deephealth/sdk/testing');
  const random = seededRandom(seed);
  const cases = Array.from({ length: PYTHON_ENGINES }, () => {
    const engine = randomEngine(random, ROWS, { isPlain: true });
    return { ...engine, answered: answerRows(adapter, engine, { epsilon: 0 }).answered };
  });
  const file = join(scratch, 'rule-engines.json');
  writeFileSync(file, JSON.stringify(cases));
  report.add(await runPythonChecks(root, name, { venvPython, args: ['--cases', file] }));
}
