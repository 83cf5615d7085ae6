// fuzzylite, pyfuzzylite and PyIT2FLS on rule bases that we write in FLL and FCL.
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expectTrue } from './check-report.mjs';
import { unpackDebianPackage, unpackedEnvironment } from './debian-packages.mjs';
import { peerFolder } from './peer-folder.mjs';
import { runPythonChecks } from './python-peer.mjs';
import { formatCases } from './rule-formats-cases.mjs';
import { lastLines, runProcess } from './run-process.mjs';
import { Skipped } from './skipped.mjs';

const CONSOLE = 'fuzzylite';
const LIMIT_MS = 180_000;
/** Both sides compute in doubles, and fuzzylite prints 12 digits after the point. */
const CLOSE = 1e-9;

export async function runRuleFormatsChecks(venvPython, { root, name, scratch }, report) {
  const adapter = await import('@deephealth/adapter-expressif');
  const folder = join(scratch, name);
  mkdirSync(folder, { recursive: true });
  const cases = formatCases().map((one) => written(one, adapter));
  const file = join(folder, 'cases.json');
  writeFileSync(file, JSON.stringify(cases));
  report.add(await runPythonChecks(root, name, { venvPython, args: ['--cases', file] }));
  try {
    await checkConsole(await installConsole(root), folder, cases, { name, report });
  } catch (error) {
    if (!(error instanceof Skipped)) throw error;
    report.skip(name, error.message);
  }
}

/** A case with its texts and with what we compute; NaN travels as null. */
function written({ name, fll, rows }, { createEngine, parseFll, writeKnowledgeBase }) {
  const knowledgeBase = parseFll(fll);
  const write = (format, options) => {
    try {
      return writeKnowledgeBase(knowledgeBase, format, options).text;
    } catch (error) {
      if (error.code !== 'DH_RULES_INCONSISTENT') throw error;
      return null;
    }
  };
  const [inputs, outputs] = [knowledgeBase.inputs, knowledgeBase.outputs].map((all) => all.map((one) => one.name));
  const engine = createEngine(knowledgeBase, { outOfRange: 'extend' });
  const expected = rows.map((row) => {
    const evaluation = engine.evaluate(Object.fromEntries(inputs.map((input, i) => [input, row[i]])));
    return outputs.map((output) => evaluation.outputs.get(output).value ?? null);
  });
  return {
    ...{ name, inputs, outputs, rows, expected },
    ...{ fll: write('fll'), iec: write('fcl'), fuzzylite: write('fcl', { dialect: 'fuzzylite' }) },
  };
}

/** The console of the system, or of Debian's packages, unpacked. Throws Skipped where there is none. */
async function installConsole(root) {
  const { code } = await runProcess('which', [CONSOLE], { limitMs: 10_000 });
  if (code === 0) return { program: CONSOLE, env: {} };
  if (process.platform !== 'linux') throw new Skipped(`${CONSOLE} is not installed.`);
  const folder = peerFolder(root, CONSOLE);
  const program = join(folder, 'root', 'usr', 'bin', CONSOLE);
  if (!existsSync(program)) {
    rmSync(folder, { recursive: true, force: true });
    await unpackDebianPackage(folder, CONSOLE);
  }
  return { program, env: unpackedEnvironment(folder).env };
}

async function checkConsole(console, folder, cases, { name, report }) {
  const texts = cases.flatMap((one) => [
    { ...one, text: one.fll, format: 'fll' },
    ...(one.fuzzylite === null ? [] : [{ ...one, text: one.fuzzylite, format: 'fcl' }]),
  ]);
  const worst = { fll: 0, fcl: 0 };
  for (const one of texts) {
    const computed = await compute(console, folder, one);
    await report.check(name, `fuzzylite computes the same from ${one.name} in ${one.format.toUpperCase()}`, () => {
      for (const [i, row] of one.expected.entries()) {
        for (const [j, mine] of row.entries()) {
          const theirs = computed[i]?.[j] ?? Number.NaN;
          const difference =
            mine === null ? (Number.isNaN(theirs) ? 0 : Number.POSITIVE_INFINITY) : Math.abs(mine - theirs);
          const where = `${one.outputs[j]} at ${one.rows[i].join(' ')}: ours is ${mine}, theirs ${theirs}`;
          expectTrue(`${where} within ${CLOSE}`, difference <= CLOSE);
          worst[one.format] = Math.max(worst[one.format], difference);
        }
      }
    });
  }
  const { length } = texts.filter(({ format }) => format === 'fcl');
  process.stderr.write(
    `  fuzzylite: FLL up to ${worst.fll.toExponential(1)}, FCL (${length} texts) up to ${worst.fcl.toExponential(1)} off\n`,
  );
}

async function compute({ program, env }, folder, { name, text, format, rows }) {
  const [source, given, result] = [`${name}.${format}`, `${name}.dat`, `${name}.${format}.fld`].map((file) =>
    join(folder, file),
  );
  writeFileSync(source, text);
  writeFileSync(given, `${rows.map((row) => row.join(' ')).join('\n')}\n`);
  const flags = ['-of', 'fld', '-d', given, '-decimals', '12', '-dheader', 'false', '-dinputs', 'false'];
  const { code, stderr } = await runProcess(program, ['-i', source, '-o', result, ...flags], {
    limitMs: LIMIT_MS,
    env,
  });
  if (code !== 0 || !existsSync(result)) throw new Error(`fuzzylite refused ${source}.\n${lastLines(stderr)}`);
  return readFileSync(result, 'utf8')
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number));
}
