import { accessSync, constants, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type AccessMaterial,
  applyKnownFailures,
  type CaseResult,
  consoleReport,
  type Declaration,
  EXIT_CODES,
  type Harness,
  HarnessError,
  httpOrigin,
  type KnownFailure,
  loadCases,
  type NumericProfile,
  PROFILES,
  type Profile,
  parseSelection,
  RUN_LIMIT_MS,
  reachTarget,
  readDeclaration,
  readKnownFailures,
  readModelsMap,
  runSuiteToEnd,
  splitCommand,
  startHarness,
  strangers,
  suiteReport,
  tooFewModels,
  traceReport,
  updateKnownFailures,
  writeModels,
} from '@deephealth/conformance';
import { Command, Option } from 'commander';
import { stopRun } from './stop-run.js';
import {
  accessOf,
  BAD_USAGE,
  checkTargetFlags,
  connectionOf,
  Launcher,
  NotStarted,
  quoted,
  read,
  signedStore,
  type TargetFlags,
  targetWords,
  transportOf,
  WrongUsage,
  withTargetOptions,
} from './target-options.js';
import { writeReports } from './write-reports.js';

const DEFAULT_CLAIM: readonly Profile[] = ['runtime-core', 'runtime-streaming'];
const MINUTE_MS = 60_000;

const HELP = `
Either the target listens already and serves the models of "deephealth conformance models export", or it is started
from the command after --, in which {models} stands for their folder; it then prints one line on standard output:
  DH|1|1|tcp|127.0.0.1:<port>
Or a harness starts it, by which the suite can also put it back as it was and let it meet faults (docs/conformance/harness.md).

Examples:
  $ deephealth conformance runtime --target 127.0.0.1:8500 --out report
  $ deephealth conformance runtime --declaration conformance.yaml --known-failures known-failures.yaml -- ./my-runtime {models}
  $ deephealth conformance runtime --only DH-ERR-004 --trace -- deephealth serve --models {models} --port 0 --http-port off --handshake
  $ deephealth conformance runtime --harness "python3 harness.py" --profile runtime-core --partial-models

Exit codes: 0 conformant, 1 not conformant, 2 a fault of the suite or on the way to the target, 3 partial, 4 wrong usage.`;

interface Options extends TargetFlags {
  readonly harness?: string;
  readonly partialModels?: boolean;
  readonly httpTarget?: string;
  readonly modelsMap?: string;
  readonly declaration?: string;
  readonly profile?: string;
  readonly numericProfile?: NumericProfile;
  readonly knownFailures?: string;
  readonly updateKnownFailures?: boolean;
  readonly only?: string;
  readonly skip?: string;
  readonly trace?: boolean;
  readonly out?: string;
  readonly maxMinutes: string;
  readonly timeScale: string;
  readonly json?: boolean;
}

export function createConformanceRuntime(setExitCode: (code: number) => void): Command {
  return withTargetOptions(new Command('runtime').description('Check a runtime.'))
    .option('--harness <command>', 'a program that starts and steers the target; quotes hold words together')
    .option('--partial-models', 'the target serves only some models of the suite; the verdict is then partial at best')
    .option(
      '--http-target <address>',
      'profiles oip and runtime-secure: host:port or https://host:port of its HTTP face; without it, only gRPC is judged',
    )
    .option('--models-map <file>', "profile oip: the target's names of the suite's models, as JSON")
    .option('--declaration <file>', 'what its vendor claims, conformance.yaml')
    .option(
      '--profile <names>',
      `what it claims, separated by commas: ${PROFILES.join(', ')} (default: as declared, or ${DEFAULT_CLAIM.join(',')})`,
    )
    .addOption(
      new Option('--numeric-profile <name>', 'how exact it claims to be (default: as declared, or standard)').choices([
        'strict',
        'standard',
        'reduced',
      ]),
    )
    .option('--known-failures <file>', 'failures that are known, each with its reason and its end')
    .option('--update-known-failures', 'write what fails now into that file, and take out what passes')
    .option('--only <names>', 'only these cases or areas (DH-ERR-004, DH-ERR); the verdict is then partial at best')
    .option('--skip <names>', 'not these; the verdict is then partial at best')
    .option('--trace', 'print what was sent and got')
    .option(
      '--out <folder>',
      'write report.html, report.json, junit.xml, badge.svg, badge.json and transcript.ndjson there',
    )
    .option('--max-minutes <number>', 'end the run then; what was not run is said', String(RUN_LIMIT_MS / MINUTE_MS))
    .option('--time-scale <factor>', 'multiply every wait, for a slow machine; the report says so', '1')
    .option('--json', 'print the report as JSON')
    .addHelpText('after', HELP)
    .action(async (command: string[], options: Options) => setExitCode(await checked(command, options)));
}

async function checked(command: readonly string[], options: Options): Promise<number> {
  try {
    return await check(command, options);
  } catch (thrown) {
    if (thrown instanceof WrongUsage) {
      process.stderr.write(`${thrown.message}\n(add --help for the usage)\n`);
      return BAD_USAGE;
    }
    if (thrown instanceof NotStarted) return unreached(thrown.message);
    process.stderr.write(
      `The suite itself failed: ${thrown instanceof Error ? (thrown.stack ?? thrown.message) : thrown}\n`,
    );
    return EXIT_CODES.error;
  }
}

async function check(command: readonly string[], options: Options): Promise<number> {
  const cases = loadCases();
  const plan = planOf(command, options, cases);
  const store = mkdtempSync(join(tmpdir(), 'deephealth-conformance-'));
  const stop = stopRun(() => launcher.kill());
  const launcher = new Launcher(command, store, options, stop.signal);
  let harness: Harness | undefined;
  try {
    const models = writeModels(store);
    if (plan.harness !== undefined) harness = await started(plan.harness, signedStore(store, options.signKey));
    const isToBeLaunched = options.target === undefined && harness === undefined;
    const launched = isToBeLaunched ? await launcher.launch() : undefined;
    const target = { ...plan.connection, address: launched?.address ?? harness?.address ?? options.target ?? '' };
    const reached = await reachTarget({ target, profiles: plan.profiles, ...plan.oip });
    if ('problem' in reached) return unreached(reached.problem);
    const tooFew = tooFewModels(reached.missing);
    if (options.partialModels && tooFew !== undefined) return unreached(tooFew);
    if (reached.missing.length > 0 && !options.partialModels) {
      return unreached(
        `it does not serve ${reached.missing.length} of the suite's models (${reached.missing.slice(0, 3).join(', ')}, …). Write them with "deephealth conformance models export <folder>" and serve that folder, or add --partial-models`,
      );
    }
    const { results: found, ending } = await runSuiteToEnd({
      ...{ cases, models, target, signal: stop.signal },
      ...{ profiles: plan.profiles, profile: plan.numericProfile, timeScale: plan.timeScale },
      features: reached.features,
      ...(reached.oip !== undefined && { oip: reached.oip }),
      ...(plan.access !== undefined && { access: plan.access }),
      ...(plan.declaration !== undefined && { declaration: plan.declaration }),
      ...(launched !== undefined && { launched, launch: (folder?: string) => launcher.launch(folder) }),
      ...(plan.only !== undefined && { only: plan.only }),
      ...(plan.skip !== undefined && { skip: plan.skip }),
      runLimitMs: Number(options.maxMinutes) * MINUTE_MS,
      missingModels: reached.missing,
      ...(harness !== undefined && { harness }),
      onResult: progress(),
    });
    if (process.stderr.isTTY) process.stderr.write('\r\x1b[K');
    const results = applyKnownFailures(found, plan.knownFailures);
    const report = suiteReport({
      ...{ cases, results, ending, profiles: plan.profiles, numericProfile: plan.numericProfile },
      ...{ knownFailures: plan.knownFailures, timeScale: plan.timeScale, isLaunched: launched !== undefined },
      target: {
        ...reached.target,
        contractVersions: reached.contractVersions,
        executionProviders: reached.executionProviders,
      },
      observed: reached.features,
      ...(plan.declaration !== undefined && { declaration: plan.declaration }),
      rerun: rerunOf(command, options),
      transport: transportOf(options),
      missingModels: reached.missing,
    });
    if (options.out !== undefined) writeReports(options.out, report, cases, results);
    if (options.json) process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
    else {
      if (options.trace) process.stdout.write(`${traceReport(results)}\n`);
      process.stdout.write(consoleReport(report));
    }
    if (options.updateKnownFailures) update(options.knownFailures ?? '', results);
    return EXIT_CODES[report.verdict];
  } finally {
    await launcher.stop();
    await harness?.stop().catch(toldOnly);
    stop.forget();
    rmSync(store, { recursive: true, force: true });
  }
}

/** What is to be done, of all options together. Throws WrongUsage. */
function planOf(command: readonly string[], options: Options, cases: ReturnType<typeof loadCases>) {
  const harness = harnessOf(options);
  checkTargetFlags(command, options, harness !== undefined);
  const declaration = options.declaration === undefined ? undefined : declarationIn(options.declaration);
  const named = options.profile?.split(',').map((one) => one.trim());
  const unknown = named?.find((one) => !PROFILES.includes(one as Profile));
  if (unknown !== undefined) throw new WrongUsage(`There is no profile "${unknown}". Known: ${PROFILES.join(', ')}.`);
  for (const [name, value] of [
    ['--time-scale', options.timeScale],
    ['--max-minutes', options.maxMinutes],
  ] as const) {
    if (!(Number(value) > 0)) throw new WrongUsage(`${name} must be a number above 0, not "${value}".`);
  }
  const [only, skip] = [parseSelection(options.only), parseSelection(options.skip)];
  const [stranger] = strangers([...(only ?? []), ...(skip ?? [])], cases);
  if (stranger !== undefined) {
    throw new WrongUsage(`There is no case and no area "${stranger}". deephealth conformance list names all.`);
  }
  if (options.updateKnownFailures && options.knownFailures === undefined) {
    throw new WrongUsage('--update-known-failures needs --known-failures <file>.');
  }
  if (options.out !== undefined) makeFolder(options.out);
  return {
    harness,
    declaration,
    profiles: (named as Profile[] | undefined) ?? declaration?.profiles ?? DEFAULT_CLAIM,
    numericProfile: options.numericProfile ?? declaration?.numericProfile ?? 'standard',
    timeScale: Number(options.timeScale),
    knownFailures: knownFailuresIn(options, cases),
    connection: connectionOf(options),
    access: accessIn(options),
    oip: oipOf(options),
    only,
    skip,
  };
}

/** Words of the command that starts the harness. Throws WrongUsage. */
function harnessOf({ harness }: Options): string[] | undefined {
  if (harness === undefined) return undefined;
  try {
    const words = splitCommand(harness);
    if (words.length > 0) return words;
  } catch (unclosed) {
    throw new WrongUsage(`--harness: ${(unclosed as RangeError).message}.`);
  }
  throw new WrongUsage('--harness names no program.');
}

/** How a target of profile oip is asked. Throws WrongUsage. */
function oipOf({ httpTarget, modelsMap }: Options) {
  try {
    return {
      ...(httpTarget !== undefined && { http: httpOrigin(httpTarget) }),
      ...(modelsMap !== undefined && { modelsMap: readModelsMap(modelsMap) }),
    };
  } catch (wrong) {
    throw new WrongUsage((wrong as Error).message);
  }
}

/** What a secure target is asked with: the access file, and where its HTTP face is. Throws WrongUsage. */
function accessIn(options: Options): AccessMaterial | undefined {
  const { http } = oipOf(options);
  if (options.access === undefined && http === undefined) return undefined;
  return { ...accessOf(options), ...(http !== undefined && { http: overTls(http, options) }) };
}

/** An address without a scheme is one of TLS where the target is. */
function overTls(http: string, { httpTarget, tlsCa }: Options): string {
  const isNamed = /^https?:/.test(httpTarget ?? '');
  return tlsCa === undefined || isNamed ? http : http.replace(/^http:/, 'https:');
}

/** Before the run, so that no report is lost for want of a folder. */
function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true });
    accessSync(folder, constants.W_OK);
  } catch (failed) {
    throw new WrongUsage(`--out: nothing can be written to ${folder} (${(failed as NodeJS.ErrnoException).code}).`);
  }
}

function declarationIn(file: string): Declaration {
  read('--declaration', file);
  try {
    return readDeclaration(file);
  } catch (wrong) {
    throw new WrongUsage(`${file}: ${(wrong as Error).message}`);
  }
}

function knownFailuresIn(options: Options, cases: ReturnType<typeof loadCases>): readonly KnownFailure[] {
  const { knownFailures: file, updateKnownFailures: isUpdate } = options;
  // An update writes the file if there is none yet.
  if (file === undefined || (isUpdate && !existsSync(file))) return [];
  read('--known-failures', file);
  try {
    return readKnownFailures(file, cases);
  } catch (wrong) {
    throw new WrongUsage(`${file}: ${(wrong as Error).message}`);
  }
}

function update(file: string, results: readonly CaseResult[]): void {
  const before = existsSync(file) ? read('--known-failures', file).toString('utf8') : undefined;
  const { source, added, removed } = updateKnownFailures(before, results);
  if (source !== before) writeFileSync(file, source);
  const said = [...added.map((id) => `+ ${id}`), ...removed.map((id) => `- ${id}`)];
  process.stderr.write(
    `${file}: ${said.length === 0 ? 'nothing to change' : said.join(', ')}. The verdict is by the file as it was.\n`,
  );
}

function unreached(problem: string): number {
  process.stderr.write(`The target could not be checked: ${problem}.\n`);
  return EXIT_CODES.error;
}

/** Throws NotStarted. */
async function started(command: readonly string[], store: string): Promise<Harness> {
  return startHarness(command, store).catch((failed: Error) => {
    throw new NotStarted(failed.message);
  });
}

/** All was judged before: a harness that ends badly changes no verdict. */
function toldOnly(failed: unknown): void {
  if (!(failed instanceof HarnessError)) throw failed;
  process.stderr.write(`${failed.message}\n`);
}

function rerunOf(command: readonly string[], options: Options): string {
  const { harness, declaration, profile, httpTarget, modelsMap, numericProfile, knownFailures, timeScale } = options;
  const pairs = [
    ['--harness', harness],
    ['--declaration', declaration],
    ['--profile', profile],
    ['--http-target', httpTarget],
    ['--models-map', modelsMap],
    ['--numeric-profile', numericProfile],
    ['--known-failures', knownFailures],
    ['--time-scale', timeScale === '1' ? undefined : timeScale],
  ] as const;
  const words = ['deephealth', 'conformance', 'runtime', ...targetWords(options)];
  for (const [name, value] of pairs) if (value !== undefined) words.push(name, value);
  if (options.partialModels) words.push('--partial-models');
  return quoted(command.length === 0 ? words : [...words, '--', ...command]);
}

/** One line that is written over, where somebody watches. */
function progress(): (result: CaseResult) => void {
  if (!process.stderr.isTTY) return () => undefined;
  let done = 0;
  return ({ id }) => process.stderr.write(`\r\x1b[K${++done} ${id}`);
}
