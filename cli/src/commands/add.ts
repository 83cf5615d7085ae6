import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { DEFAULT_STATE_FOLDER, verifyPackage } from '@deephealth/runtime';
import { DeepHealthError } from '@deephealth/sdk';
import { Command, InvalidArgumentError } from 'commander';
import type { PreparedPlan } from '../add/add-plan.js';
import type { Addition } from '../add/addition.js';
import { AdditionNotes } from '../add/addition-notes.js';
import { answersTemplate, loadAnswers } from '../add/answers-file.js';
import { askOnTerminal } from '../add/ask-on-terminal.js';
import { PLATFORMS } from '../add/bindings/plan-bindings.js';
import { checkIndependently } from '../add/check-independently.js';
import { type CheckedPlatform, checkPlatforms } from '../add/check-platforms.js';
import { openPlanner, type Planner } from '../add/plan-addition.js';
import { planText } from '../add/plan-text.js';
import { type Answers, assertAnswered, openQuestions } from '../add/questions.js';
import { assertNew, writeAddition } from '../add/write-addition.js';
import { EXIT } from '../exit-codes.js';
import { checkBindings } from '../import/check-bindings.js';
import { plainText } from '../output/plain-text.js';
import { formatTable, printJson } from '../output/print.js';
import { withProgress } from '../output/progress.js';
import { type StageClock, ttmipFolder } from '../ttmip/note-stage.js';
import type { PlatformName } from '../ttmip/stage-record.js';
import { integerOption } from './number-option.js';
import { portOrOffOption } from './port-or-off-option.js';
import { createServeCommand } from './serve.js';

interface AddFlags {
  readonly samples: string;
  readonly platforms: readonly PlatformName[];
  readonly store: string;
  readonly name?: string;
  readonly modelVersion: string;
  readonly label?: string;
  readonly unlabelled?: boolean;
  readonly ignore: readonly string[];
  readonly answers?: string;
  readonly printAnswers?: boolean;
  readonly plan?: boolean;
  readonly repair?: boolean;
  readonly state: string;
  readonly serve: boolean;
  readonly port?: number;
  readonly httpPort?: number | 'off';
  readonly json?: boolean;
}

const HELP = `
Samples are a table (CSV with a header line; "age [years]" states a unit, "cholesterol [mg/dL] {2093-3}" a LOINC
code, too), a table with a column "file", or a folder of pictures with a subfolder for each label.

What the graph, the header or the labelled samples show is taken, and listed with its reason. What would be
dangerous to guess is asked: on a terminal, or in a file (--print-answers writes a template, --answers reads it).
The package says that its golden cases were recorded from the model itself. Nothing is left on the disk by a run
that ends with a refusal before the package is written.

Examples:
  $ deephealth add model.onnx --samples data.csv --platforms all
  $ deephealth add model.onnx --samples data.csv --platforms all --print-answers > answers.json
  $ deephealth add model.onnx --samples data.csv --platforms all --answers answers.json --no-serve --json
  $ deephealth add xray.onnx --samples xrays/ --platforms piaf expressif --plan`;

export function createAddCommand(setExitCode: (code: number) => void): Command {
  return new Command('add')
    .description('Package a trained model with its samples, bind it to platforms, check it there, and serve it.')
    .argument('<model.onnx>', 'the trained model')
    .requiredOption(
      '--samples <path>',
      'CSV, or folder of files, as the model is used on; with labels where there are any',
    )
    .option('--platforms <names...>', `all, or some of ${PLATFORMS.join(', ')}`, platformsOption, PLATFORMS)
    .option('--store <folder>', 'model store to write into', 'models')
    .option('--name <name>', 'model name; default: from the file name')
    .option('--model-version <version>', 'version of the package', '1.0.0')
    .option('--label <column>', 'column of the truth; default: the one that is called label, target, outcome, ...')
    .option('--unlabelled', 'the samples have no truth: what labels would show is asked')
    .option('--ignore <columns...>', 'columns that are no inputs', [])
    .option('--answers <file>', 'JSON of answers, as --print-answers writes it')
    .option('--print-answers', 'print a template of all questions with what is likely, and write nothing')
    .option('--plan', 'print what would be written and what is to be asked, and write nothing')
    .option('--repair', 'rewrite known wrong exports, as init does, and record it')
    .option('--state <folder>', 'state folder: of the way into production, and of the server', DEFAULT_STATE_FOLDER)
    .option('--no-serve', 'end after the checks instead of serving')
    .option('--port <number>', 'gRPC port to serve on; 0 for a free one (default: 8500)', integerOption(0, 65535))
    .option('--http-port <number>', 'HTTP port; 0 for a free one, off for none (default: 8080)', portOrOffOption)
    .option('--json', 'print JSON, and end instead of serving')
    .addHelpText('after', HELP)
    .action(async (model: string, flags: AddFlags) => {
      if (flags.unlabelled && flags.label !== undefined)
        throw new DeepHealthError('DH_CONFIG_INVALID', '--label and --unlabelled exclude each other. Leave one out.');
      const notes = new AdditionNotes(ttmipFolder(flags.state));
      const { plan, answeredCount } = await planned(model, flags, notes.clock);
      const { name, version } = plan;
      if (flags.printAnswers) return printJson(answersTemplate(plan.questions, plan.answers));
      if (flags.plan) return flags.json ? printJson(shownPlan(plan)) : print(planText(plan));
      if (!flags.json) print(planText(plan));
      assertAnswered(plan.questions);
      assertNew(join(flags.store, name, version), plan);
      const addition = plan.addition as Addition;
      const modelSha256 = addition.manifest.onnx?.sha256;
      notes.of({ name, version });
      await notes.record({ stage: 'imported', humanSteps: 1, modelSha256 });
      const check = await checkIndependently(addition);
      const written = await writeAddition(plan, flags.store, check);
      const { packageFolder, packageSha256 } = written;
      await notes.record({ stage: 'packaged', humanSteps: answeredCount, packageSha256, modelSha256 });
      if (!flags.json) print(`\nWrote ${name}/${version}. Package digest ${packageSha256}`);
      const failure = await verify(packageFolder, flags, notes, packageSha256);
      if (failure !== undefined) {
        // A server that watches the store would find it, and the next try would find it in its way.
        await rm(packageFolder, { recursive: true, force: true });
        setExitCode(EXIT.refused);
        if (flags.json)
          return printJson({ plan: shownPlan(plan), packageSha256, error: errorJson(failure), platforms: [] });
        return print(`REFUSED ${failure.code}: ${failure.message}\nThe package was removed again.`);
      }
      const platforms = await checkPlatforms(plan, packageFolder, notes, flags.json ?? false);
      const isGood = platforms.every(({ outcome }) => outcome !== 'failed');
      if (!isGood) setExitCode(EXIT.refused);
      if (flags.json) printJson({ plan: shownPlan(plan), packageSha256, platforms });
      else printPlatforms(platforms);
      if (!isGood || !flags.serve || flags.json) return;
      await serve(
        flags,
        platforms.some(({ outcome }) => outcome === 'passed'),
      );
    });
}

function platformsOption(value: string, earlier: readonly PlatformName[]): readonly PlatformName[] {
  const chosen = earlier === PLATFORMS ? [] : earlier;
  if (value === 'all') return [...PLATFORMS];
  const platform = PLATFORMS.find((one) => one === value);
  if (platform === undefined) throw new InvalidArgumentError(`Expected all, or some of ${PLATFORMS.join(', ')}.`);
  return [...chosen, platform];
}

/** Plans, asking on a terminal until nothing is open. */
async function planned(
  model: string,
  flags: AddFlags,
  clock: StageClock,
): Promise<{ plan: PreparedPlan; answeredCount: number }> {
  const given = flags.answers === undefined ? {} : await loadAnswers(flags.answers);
  const label = flags.unlabelled ? false : flags.label;
  const planner = await openPlanner({
    ...{ model, samples: flags.samples, platforms: flags.platforms, version: flags.modelVersion },
    ...{ isRepaired: flags.repair ?? false, ignore: flags.ignore },
    ...(flags.name !== undefined && { name: flags.name }),
    ...(label !== undefined && { label }),
  });
  const isAsking = process.stdin.isTTY === true && !flags.json && !flags.printAnswers && !flags.plan;
  return isAsking
    ? asked(planner, given, clock)
    : { plan: await quietly(planner, given, flags), answeredCount: Object.keys(given).length };
}

async function asked(
  planner: Planner,
  given: Answers,
  clock: StageClock,
): Promise<{ plan: PreparedPlan; answeredCount: number }> {
  let answers = given;
  for (;;) {
    const plan = await withProgress('running the samples', false, () => planner.plan(answers));
    const [next] = openQuestions(plan.questions);
    if (next === undefined) return { plan, answeredCount: Object.keys(answers).length };
    answers = { ...answers, [next.id]: await clock.wait(askOnTerminal(next)) };
  }
}

const quietly = (planner: Planner, answers: Answers, { json }: AddFlags) =>
  withProgress('running the samples', json ?? false, () => planner.plan(answers));

/** As `deephealth validate` does; undefined for a package that would be served. */
async function verify(
  folder: string,
  { json }: AddFlags,
  notes: AdditionNotes,
  packageSha256: string,
): Promise<DeepHealthError | undefined> {
  const { error } = await withProgress('verifying the package', json ?? false, () => verifyPackage(folder));
  await notes.record({ stage: 'golden-verified', packageSha256, failure: error });
  if (error !== undefined) return error;
  const failed = (await checkBindings(folder)).find((one) => one.error !== undefined);
  return failed?.error;
}

function shownPlan({ answers: _answers, addition, ...plan }: PreparedPlan) {
  return { ...plan, manifest: openQuestions(plan.questions).length === 0 ? addition?.manifest : undefined };
}

function errorJson({ code, message, details }: DeepHealthError) {
  return { code, message, details };
}

function printPlatforms(platforms: readonly CheckedPlatform[]): void {
  if (platforms.length === 0) return;
  const rows = platforms.map(({ platform, outcome, shown }) => [platform, outcome, plainText(shown)]);
  print(`\n${formatTable(['PLATFORM', 'RESULT', ''], rows)}`);
}

/** The store, and beside it the adapters that its packages are bound to. */
async function serve({ store, state, port, httpPort }: AddFlags, isBound: boolean): Promise<void> {
  const line = [
    ...['--models', store, '--state-folder', state],
    ...(port === undefined ? [] : ['--port', String(port)]),
    ...(httpPort === undefined ? [] : ['--http-port', String(httpPort)]),
    ...(isBound ? ['--adapter', 'all'] : []),
    // Who takes free ports for the one takes them for the others.
    ...(isBound && port === 0 ? ['--adapter-port', '0', '--adapter-contract-port', '0'] : []),
  ];
  await createServeCommand({ humanSteps: 0 }).exitOverride().parseAsync(line, { from: 'user' });
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
