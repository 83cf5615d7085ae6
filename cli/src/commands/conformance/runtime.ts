import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  badgeSvg,
  type CaseResult,
  consoleReport,
  describeTarget,
  EXIT_CODES,
  type Harness,
  HarnessError,
  htmlReport,
  junitReport,
  type LaunchedTarget,
  launchTarget,
  loadCases,
  PROFILES,
  type Profile,
  runSuite,
  SUITE_MODELS,
  splitCommand,
  startHarness,
  suiteReport,
  tooFewModels,
  writeModels,
} from '@deephealth/conformance';
import { Command, Option } from 'commander';
import { printJson } from '../../output/print.js';

/** Of every `conformance` command, beside those of a verdict. */
const BAD_USAGE = 4;
const DEFAULT_CLAIM: readonly Profile[] = ['runtime-core', 'runtime-streaming'];

const HELP = `
Either the target listens already and serves the models of "deephealth conformance models export", or it is started
from the command after --, in which {models} stands for their folder; it then prints one line on standard output:
  DH|1|1|tcp|127.0.0.1:<port>
Or a harness starts it, by which the suite can also put it back as it was and let it meet faults (docs/conformance/harness.md).

Examples:
  $ deephealth conformance runtime --target 127.0.0.1:8500 --out report
  $ deephealth conformance runtime -- deephealth serve --models {models} --port 0 --http-port off --handshake
  $ deephealth conformance runtime --harness "python3 harness.py" --profile runtime-core --partial-models

Exit codes: 0 conformant, 1 not conformant, 2 a fault of the suite or on the way to the target, 3 partial, 4 wrong usage.`;

interface Options {
  readonly target?: string;
  readonly harness?: string;
  readonly partialModels?: boolean;
  readonly profile?: string;
  readonly numericProfile: 'strict' | 'standard' | 'reduced';
  readonly only?: string;
  readonly out?: string;
  readonly timeScale: string;
  readonly json?: boolean;
}

export function createConformanceRuntime(setExitCode: (code: number) => void): Command {
  return new Command('runtime')
    .description('Check a runtime.')
    .argument('[command...]', 'after --: starts the target')
    .option('--target <address>', 'host:port or unix:/path of a target that listens already')
    .option('--harness <command>', 'a program that starts and steers the target; quotes hold words together')
    .option('--partial-models', 'the target serves only some models of the suite; the verdict is then partial at best')
    .option('--profile <names>', `what it claims, separated by commas: ${PROFILES.join(', ')}`, DEFAULT_CLAIM.join(','))
    .addOption(
      new Option('--numeric-profile <name>', 'how exact it claims to be')
        .choices(['strict', 'standard', 'reduced'])
        .default('standard'),
    )
    .option('--only <ids>', 'only these cases, separated by commas; the verdict is then partial at best')
    .option('--out <folder>', 'write report.html, report.json, junit.xml and badge.svg there')
    .option('--time-scale <factor>', 'multiply every wait, for a slow machine; the report says so', '1')
    .option('--json', 'print the report as JSON')
    .addHelpText('after', HELP)
    .action(async (command: string[], options: Options) => setExitCode(await check(command, options)));
}

async function check(command: readonly string[], options: Options): Promise<number> {
  const usage = wrongUsage(command, options);
  if (usage !== undefined) {
    process.stderr.write(`${usage}\n(add --help for the usage)\n`);
    return BAD_USAGE;
  }
  const store = mkdtempSync(join(tmpdir(), 'deephealth-conformance-'));
  let launched: LaunchedTarget | undefined;
  let harness: Harness | undefined;
  try {
    const models = writeModels(store);
    if (options.harness !== undefined) {
      try {
        harness = await startHarness(splitCommand(options.harness), store);
      } catch (failed) {
        return unreached((failed as Error).message);
      }
    } else if (options.target === undefined) {
      try {
        launched = await launchTarget(command, store);
      } catch (failed) {
        return unreached((failed as Error).message);
      }
    }
    const target = { address: options.target ?? (harness ?? (launched as LaunchedTarget)).address };
    const reached = await describeTarget(
      target,
      SUITE_MODELS.map(({ name }) => name),
    );
    if ('problem' in reached) return unreached(reached.problem);
    const tooFew = tooFewModels(reached.missing);
    if (options.partialModels && tooFew !== undefined) return unreached(tooFew);
    if (reached.missing.length > 0 && !options.partialModels) {
      return unreached(
        `it does not serve ${reached.missing.length} of the suite's models (${reached.missing.slice(0, 3).join(', ')}, …). Write them with "deephealth conformance models export <folder>" and serve that folder, or add --partial-models`,
      );
    }
    const cases = loadCases();
    const profiles = (options.profile ?? '').split(',') as Profile[];
    const timeScale = Number(options.timeScale);
    const results = await runSuite({
      cases,
      profiles,
      models,
      target,
      features: reached.features,
      missingModels: reached.missing,
      ...(harness !== undefined && { harness }),
      ...(launched !== undefined && { launched, launch: () => launchTarget(command, store) }),
      profile: options.numericProfile,
      timeScale,
      ...(options.only !== undefined && { only: options.only.split(',').map((id) => id.trim().toUpperCase()) }),
      onResult: progress(),
    });
    const report = suiteReport({
      cases,
      results,
      target: reached.target,
      profiles,
      numericProfile: options.numericProfile,
      timeScale,
      missingModels: reached.missing,
    });
    if (options.out !== undefined) {
      mkdirSync(options.out, { recursive: true });
      writeFileSync(join(options.out, 'report.json'), `${JSON.stringify(report, null, 2)}\n`);
      writeFileSync(join(options.out, 'junit.xml'), junitReport(report));
      writeFileSync(join(options.out, 'report.html'), htmlReport(report, rerunOf(command, options)));
      writeFileSync(join(options.out, 'badge.svg'), badgeSvg(report));
    }
    if (options.json) printJson(report);
    else process.stdout.write(consoleReport(report, rerunOf(command, options)));
    return EXIT_CODES[report.verdict];
  } finally {
    await launched?.stop();
    await harness?.stop().catch(toldOnly);
    rmSync(store, { recursive: true, force: true });
  }
}

function wrongUsage(
  command: readonly string[],
  { target, harness, profile = '', timeScale, only }: Options,
): string | undefined {
  const ways = [target !== undefined, harness !== undefined, command.length > 0].filter((isGiven) => isGiven);
  if (ways.length !== 1) {
    return 'Give either --target <address> or, after --, the command that starts the target, or --harness <command>.';
  }
  try {
    if (splitCommand(harness ?? 'none').length === 0) return '--harness names no program.';
  } catch (unclosed) {
    return `--harness: ${(unclosed as RangeError).message}.`;
  }
  const unknown = profile.split(',').find((one) => !PROFILES.includes(one as Profile));
  if (unknown !== undefined) return `There is no profile "${unknown}". Known: ${PROFILES.join(', ')}.`;
  if (!(Number(timeScale) > 0)) return `--time-scale must be a number above 0, not "${timeScale}".`;
  const ids = new Set(loadCases().map(({ id }) => id));
  const stranger = only?.split(',').find((id) => !ids.has(id.trim().toUpperCase()));
  return stranger === undefined ? undefined : `There is no case "${stranger}". deephealth conformance list names all.`;
}

function unreached(problem: string): number {
  process.stderr.write(`The target could not be checked: ${problem}.\n`);
  return EXIT_CODES.error;
}

/** All was judged before: a harness that ends badly changes no verdict. */
function toldOnly(failed: unknown): void {
  if (!(failed instanceof HarnessError)) throw failed;
  process.stderr.write(`${failed.message}\n`);
}

function rerunOf(command: readonly string[], { target, harness, partialModels, profile }: Options): string {
  const head = 'deephealth conformance runtime';
  const some = partialModels ? ' --partial-models' : '';
  const claim = `${profile === DEFAULT_CLAIM.join(',') ? '' : ` --profile ${profile}`}${some}`;
  if (harness !== undefined) return `${head}${claim} --harness ${JSON.stringify(harness)}`;
  return target === undefined ? `${head}${claim} -- ${command.join(' ')}` : `${head}${claim} --target ${target}`;
}

/** One line that is written over, where somebody watches. */
function progress(): (result: CaseResult) => void {
  if (!process.stderr.isTTY) return () => undefined;
  let done = 0;
  return ({ id }) => process.stderr.write(`\r\x1b[K${++done} ${id}`);
}
