import { DeepHealthError } from '@deephealth/sdk';
import { Command, CommanderError } from 'commander';
import { EXIT, exitCodeFor } from './exit-codes.js';
import { CLI_VERSION } from './version.js';

const EXAMPLES = `
Examples:
  $ deephealth inspect model.onnx                    what a file holds, and what is wrong with it
  $ deephealth init my-models --from model.onnx      draft a package from a trained model
  $ deephealth add model.onnx --samples data.csv --platforms all   package a model with its samples, and serve it
  $ deephealth validate my-models/model/1.0.0        check it as a server would
  $ deephealth serve --models my-models              serve it on 127.0.0.1:8500
  $ deephealth health                                does a server take requests
  $ deephealth models                                what is served, and what was refused and why
  $ deephealth model suspend model --reason "..."    stop a model at once, on every face
  $ deephealth sign my-models/model/1.0.0 --key vendor.key   sign a package
  $ deephealth predict model input.json              one prediction
  $ deephealth evaluate model dataset.yml            metrics on a DeepHealth dataset
  $ deephealth calibrate report.json                 a temperature for honest probabilities
  $ deephealth limits my-models/model/1.0.0 data.yml what training data looks like, as limits
  $ deephealth slide predict my-models/tissue/1.0.0 slide.svs --out result   a model led over a whole slide
  $ deephealth batch my-models/xray/1.0.0 xrays/ --out result   a model over a cohort, with a report
  $ deephealth rules explain rules.fll patient.json   why a fuzzy rule base concludes what it does
  $ deephealth audit verify                          is the audit log of a server whole
  $ deephealth config check deephealth.config.json   is the configuration valid
  $ deephealth access key --id console --role operator   a key for a caller of a server
  $ deephealth adapter new my-adapter                begin an adapter to a platform
  $ deephealth conformance runtime --target host:port  does a runtime keep the contract
  $ deephealth ttmip                                 how long each model took into production
  $ deephealth doctor                                is this machine ready

Exit codes: 0 done, 1 refused or failed, 2 wrong usage, 3 no server answered, 70 a fault of this software.
Every command prints the same as JSON with --json. Research software: no claim of clinical validation.`;

type CreateCommand = (setExitCode: (code: number) => void) => Command;

/** In the order of the help. Each brings what it works with, which takes longer to load than most commands take. */
const COMMANDS: Readonly<Record<string, () => Promise<CreateCommand>>> = {
  inspect: async () => (await import('./commands/inspect.js')).createInspectCommand,
  init: async () => (await import('./commands/init.js')).createInitCommand,
  add: async () => (await import('./commands/add.js')).createAddCommand,
  validate: async () => (await import('./commands/validate.js')).createValidateCommand,
  serve: async () => {
    const { createServeCommand } = await import('./commands/serve.js');
    return () => createServeCommand();
  },
  config: async () => (await import('./commands/config.js')).createConfigCommand,
  predict: async () => (await import('./commands/predict.js')).createPredictCommand,
  evaluate: async () => (await import('./commands/evaluate.js')).createEvaluateCommand,
  calibrate: async () => (await import('./commands/calibrate.js')).createCalibrateCommand,
  limits: async () => (await import('./commands/limits.js')).createLimitsCommand,
  slide: async () => (await import('./commands/slide.js')).createSlideCommand,
  batch: async () => (await import('./commands/batch.js')).createBatchCommand,
  chain: async () => (await import('./commands/chain/index.js')).createChainCommand,
  'fixed-batch': async () => (await import('./commands/fixed-batch.js')).createFixedBatchCommand,
  'empaia-app': async () => (await import('./commands/empaia-app.js')).createEmpaiaAppCommand,
  rules: async () => (await import('./commands/rules/index.js')).createRulesCommand,
  audit: async () => (await import('./commands/audit/index.js')).createAuditCommand,
  health: async () => (await import('./commands/health.js')).createHealthCommand,
  models: async () => (await import('./commands/models.js')).createModelsCommand,
  model: async () => (await import('./commands/model/index.js')).createModelCommand,
  key: async () => (await import('./commands/key.js')).createKeyCommand,
  sign: async () => (await import('./commands/sign.js')).createSignCommand,
  access: async () => (await import('./commands/access.js')).createAccessCommand,
  adapter: async () => (await import('./commands/adapter/index.js')).createAdapterCommand,
  conformance: async () => (await import('./commands/conformance/index.js')).createConformanceCommand,
  ttmip: async () => (await import('./commands/ttmip.js')).createTtmipCommand,
  doctor: async () => (await import('./commands/doctor.js')).createDoctorCommand,
};

/** The command that is named, or all of them for the help and for a name that is none. */
function wanted([first = '']: readonly string[]): (() => Promise<CreateCommand>)[] {
  if (first === '--version' || first === '-V') return [];
  const named = Object.hasOwn(COMMANDS, first) ? COMMANDS[first] : undefined;
  return named === undefined ? Object.values(COMMANDS) : [named];
}

/** Runs the command line and returns its exit code; nothing is thrown. */
export async function runCli(args: readonly string[]): Promise<number> {
  const program = new Command('deephealth')
    .description('Puts a trained ONNX model, once and safely, into medical platforms.')
    .version(CLI_VERSION)
    .addHelpText('after', EXAMPLES)
    .showHelpAfterError('(add --help for the usage)')
    .exitOverride();
  let exitCode: number = EXIT.ok;
  const setExitCode = (code: number) => {
    exitCode = code;
  };
  for (const load of wanted(args)) {
    const command = (await load())(setExitCode);
    overrideExit(command);
    program.addCommand(command);
  }
  try {
    await program.parseAsync([...args], { from: 'user' });
    return exitCode;
  } catch (thrown) {
    if (thrown instanceof CommanderError) {
      if (thrown.exitCode === 0) return EXIT.ok;
      return args[0] === 'conformance' ? EXIT.conformanceUsage : EXIT.usage;
    }
    return report(DeepHealthError.from(thrown), args.includes('--json'));
  }
}

/** With all of its own: a command inside a command ends the process by itself otherwise. */
function overrideExit(command: Command): void {
  command.exitOverride();
  command.commands.forEach(overrideExit);
}

function report(error: DeepHealthError, asJson: boolean): number {
  if (asJson) {
    process.stdout.write(
      `${JSON.stringify({ error: { code: error.code, message: error.message, details: error.details, source: error.source, retryable: error.retryable } }, null, 2)}\n`,
    );
  } else {
    process.stderr.write(`${error.code}: ${error.message}\n`);
    if (error.code === 'DH_INTERNAL' && error.cause instanceof Error) process.stderr.write(`${error.cause.stack}\n`);
  }
  return exitCodeFor(error);
}
