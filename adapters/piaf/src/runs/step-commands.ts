import { join } from 'node:path';
import { RUN_FOLDER } from '../steps/run-folder.js';

export interface StepCommandOptions {
  /** How the command `deephealth` is started: program and first arguments. */
  readonly program: readonly string[];
  /** Absolute. */
  readonly packageFolder: string;
  readonly label: string;
  /** Absolute. */
  readonly runFolder: string;
  /** Absolute; the secret of the site. */
  readonly uidKeyFile: string;
  /** Absolute; what is true of the items. */
  readonly labelsFile?: string;
  /** "host:port" of a runtime that tasks may ask. */
  readonly runtime?: string;
  /** Absolute; holds the key that tasks show to the runtime. */
  readonly runtimeTokenFile?: string;
  /** Further words of `chain infer` that say how the runtime is spoken to, as in `--tls-ca`; paths are absolute. */
  readonly runtimeFlags?: readonly string[];
}

/** The steps of one run as programs, the same under every backend. */
export interface StepCommands {
  stageIn(inputsFile: string, parameters: Readonly<Record<string, number | boolean>>): string[];
  infer(chunk: string): string[];
  merge(): string[];
  /** Where a step says why it failed. */
  attemptFile(task: string): string;
}

export function stepCommands(options: StepCommandOptions): StepCommands {
  const { program, packageFolder, label, runFolder, uidKeyFile, runtime, runtimeTokenFile, labelsFile } = options;
  const { runtimeFlags = [] } = options;
  const at = (...parts: string[]) => join(runFolder, ...parts);
  const attemptFile = (task: string) => at(RUN_FOLDER.attempts, `${task}.json`);
  const step = (name: string, task: string, ...rest: string[]) => [
    ...program,
    ...['chain', name, '--package', packageFolder, '--chain', label],
    ...['--attempt-file', attemptFile(task)],
    ...rest,
  ];
  return {
    attemptFile,
    stageIn: (inputsFile, parameters) =>
      step(
        'stage-in',
        'stage-in',
        ...['--inputs-file', inputsFile, '--uid-key-file', uidKeyFile, '--out', at(RUN_FOLDER.staged)],
        ...Object.entries(parameters).flatMap(([name, value]) => ['--param', `${name}=${value}`]),
      ),
    infer: (chunk) =>
      step(
        'infer',
        chunk,
        ...['--staged', at(RUN_FOLDER.staged), '--chunk', at(RUN_FOLDER.chunks, `${chunk}.json`)],
        ...['--out', at(RUN_FOLDER.parts, chunk)],
        ...(runtime === undefined ? [] : ['--address', runtime, ...runtimeFlags]),
        ...(runtime === undefined || runtimeTokenFile === undefined ? [] : ['--token-file', runtimeTokenFile]),
      ),
    merge: () =>
      step(
        'merge',
        'merge',
        ...['--staged', at(RUN_FOLDER.staged), '--parts-folder', at(RUN_FOLDER.parts), '--out', at(RUN_FOLDER.result)],
        ...(labelsFile === undefined ? [] : ['--labels', labelsFile]),
      ),
  };
}
