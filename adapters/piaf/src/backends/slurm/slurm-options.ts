import { DeepHealthError } from '@deephealth/sdk';
import type { SlurmCommandLineOptions } from './slurm-command-line.js';
import type { SlurmCommands } from './slurm-commands.js';

export interface SlurmBackendOptions extends SlurmCommandLineOptions {
  /** How Slurm is spoken to. Default its commands, with the options above. */
  readonly commands?: SlurmCommands;
  /** Most tasks of one array that run at once (`--array=...%N`). Default as many as Slurm finds room for. */
  readonly tasksAtOnce?: number;
  /** Most tasks of one array; Slurm's MaxArraySize where that is less. Default 1000. */
  readonly maxArraySize?: number;
  /** Whether Slurm begins a task anew whose node failed or that had to make way. Default true. */
  readonly requeue?: boolean;
  /** Whether nodes must have `resources.scratchMiB` as TmpDisk, which many centres do not configure. Default false. */
  readonly requestScratch?: boolean;
  /** Time between two questions to Slurm, of all runs together, in milliseconds. Default 5000. */
  readonly pollIntervalMs?: number;
  /** How long a submission waits for a Slurm that does not answer, in milliseconds. Default 300000. */
  readonly unavailableAfterMs?: number;
  /** Receives lines for the operator: why tasks wait, that Slurm does not answer. Free of paths and patients. */
  readonly log?: (line: string) => void;
}

export interface SlurmSettings {
  readonly tasksAtOnce: number | undefined;
  readonly maxArraySize: number;
  readonly requeue: boolean;
  readonly requestScratch: boolean;
  readonly pollIntervalMs: number;
  readonly unavailableAfterMs: number;
  readonly log: (line: string) => void;
}

/** @throws DH_CONFIG_INVALID naming the option */
export function slurmSettings(options: SlurmBackendOptions): SlurmSettings {
  const settings = {
    tasksAtOnce: options.tasksAtOnce,
    maxArraySize: options.maxArraySize ?? 1000,
    requeue: options.requeue ?? true,
    requestScratch: options.requestScratch ?? false,
    pollIntervalMs: options.pollIntervalMs ?? 5000,
    unavailableAfterMs: options.unavailableAfterMs ?? 300_000,
    log: options.log ?? (() => undefined),
  };
  for (const name of ['tasksAtOnce', 'maxArraySize', 'pollIntervalMs', 'unavailableAfterMs'] as const) {
    const value = settings[name];
    if (value !== undefined && !(Number.isSafeInteger(value) && value >= 1))
      throw invalid(name, 'a whole number from 1');
  }
  return settings;
}

/** Options of sbatch that the backend sets, or that would make it answer otherwise. */
const OWN_OPTIONS = new Set(
  (
    'array chdir clusters comment cpus-per-task error export export-file get-user-env gpus gres help input job-name mem ' +
    'mem-per-cpu mem-per-gpu no-requeue nodes ntasks output parsable quiet requeue test-only time time-min uid gid usage ' +
    'verbose version wait wrap begin hold kill-on-invalid-dep open-mode'
  ).split(' '),
);

/**
 * Only long options, each one word, so that none can take the place of the script or of another's value.
 *
 * @throws DH_CONFIG_INVALID
 */
export function assertExtraArguments(words: readonly string[]): void {
  for (const word of words) {
    const name = /^--([a-z][a-z0-9-]*)(?:=[^\0\n]+)?$/.exec(word)?.[1];
    if (name === undefined) throw invalid('extraArguments', 'words such as --constraint=avx512');
    // sbatch takes beginnings of its options' names, too.
    const own = [...OWN_OPTIONS].find((one) => one.startsWith(name));
    if (own !== undefined) throw invalid('extraArguments', `none that the backend sets itself, such as --${own}`);
  }
}

function invalid(name: string, expected: string): DeepHealthError {
  return new DeepHealthError('DH_CONFIG_INVALID', `slurm.${name}: expected ${expected}.`, { details: { field: name } });
}
