import { access, readFile, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import {
  type ChainBinding,
  type ChainPackage,
  type RunFailure,
  readLabels,
  runBatch,
  type StagedItems,
  stageOut,
  type TaskRecord,
} from '@deephealth/adapter-piaf';
import { DeepHealthError } from '@deephealth/sdk';
import { type Command, Option } from 'commander';
import { integerOption } from '../commands/number-option.js';
import { type CredentialFlags, credentialWords, withCredentialOptions } from '../commands/server-credentials.js';
import { abortOnSignal } from '../commands/stop-on-signal.js';
import { countProgress } from '../output/count-progress.js';
import { batchInputs } from './batch-inputs.js';
import { BACKENDS, type BackendConfig, chainBackend, parseBackend } from './chain-backends.js';
import { ownProgram } from './own-program.js';
import { DEFAULT_UID_KEY_FILE, siteUidKey } from './uid-key.js';

/** What {@link withCohortOptions} adds. */
export interface CohortFlags extends CredentialFlags {
  readonly out: string;
  readonly jobs?: number;
  readonly backend: (typeof BACKENDS)[number];
  readonly backendConfig?: string;
  readonly engine?: string;
  readonly address?: string;
  readonly uidKeyFile?: string;
  readonly labels?: string;
  readonly keepRun?: boolean;
  readonly json?: boolean;
}

/** Adds the options of every command that runs a chain over a cohort. */
export function withCohortOptions(command: Command): Command {
  return withCredentialOptions(command, "the tasks'")
    .requiredOption('--out <folder>', 'where the result goes; comes into being at once')
    .option(
      '--jobs <number>',
      'tasks at a time; default: as many as the cores of this machine do',
      integerOption(1, 1024),
    )
    .addOption(
      new Option(
        '--backend <kind>',
        'where tasks are done: processes of this machine, arrays of Slurm, or an engine for CWL',
      )
        .choices(BACKENDS)
        .default('local'),
    )
    .option('--engine <command>', 'of --backend cwl: the engine, such as "toil-cwl-runner --batchSystem slurm"')
    .option('--backend-config <file>', 'JSON with "kind" and what the backend wants (docs/guides/processing-chains.md)')
    .option('--address <host:port>', 'runtime that tasks ask, if it serves the package; default: each starts its own')
    .option(
      '--uid-key-file <file>',
      `secret of the site for DICOM UIDs; default ${DEFAULT_UID_KEY_FILE}, made at first use`,
    )
    .option(
      '--labels <file>',
      'what is true of the items, .csv or .json: the report compares, with confidence intervals',
    )
    .option('--keep-run', 'keep the working folder of the run, <out>.run')
    .option('--json', 'print the summary as JSON');
}

export interface Cohort {
  readonly package: ChainPackage;
  readonly chain: ChainBinding;
  /** As the command line names them. */
  readonly paths: readonly string[];
  readonly parameters: Readonly<Record<string, number | boolean>>;
  onStaged?(staged: StagedItems): void;
  /** Sees the result before it goes to its place; what it throws keeps it from there. */
  check?(result: string): Promise<void>;
}

/**
 * Runs a chain over a cohort, to the folder that the flags name.
 *
 * @returns the summary, and how many items there were
 * @throws DH_OUTPUT_EXISTS; what runBatch throws; why the run ended otherwise than complete
 */
export async function runCohort(cohort: Cohort, flags: CohortFlags): Promise<{ summary: unknown; items: number }> {
  const { package: model, chain, paths, parameters } = cohort;
  const out = resolve(flags.out);
  const runFolder = `${out}.run`;
  // Labels that cannot be read are said before a cohort is computed.
  if (flags.labels !== undefined) await readLabels(flags.labels);
  const inputs = await batchInputs(paths, chain.item.kind);
  await assertNew(out);
  const uidKeyFile = flags.uidKeyFile ?? (await siteUidKey(resolve(DEFAULT_UID_KEY_FILE)));
  const backend = chainBackend(await backendOf(flags), (line) => process.stderr.write(`${line}\n`));
  const watch = watchTasks(flags.json ?? false);
  const failure = await abortOnSignal((signal) =>
    runBatch({
      ...{ package: model, chain, inputs, runFolder, backend, signal, parameters },
      ...{ program: ownProgram(), uidKeyFile: resolve(uidKeyFile) },
      ...(flags.address !== undefined && { runtime: flags.address, runtimeFlags: credentialWords(flags) }),
      ...(flags.labels !== undefined && { labelsFile: resolve(flags.labels) }),
      onStaged: (staged) => cohort.onStaged?.(staged),
      onTask: watch.onTask,
      onItems: watch.onItems,
    }),
  ).finally(() => {
    watch.end();
    return backend.close();
  });
  if (failure !== undefined) throw failed(failure);
  const result = join(runFolder, 'result');
  await cohort.check?.(result);
  await stageOut(result, out);
  if (!flags.keepRun) await rm(runFolder, { recursive: true, force: true });
  const summary: unknown = JSON.parse(await readFile(join(out, 'summary.json'), 'utf8'));
  return { summary, items: inputs.length };
}

async function backendOf({ backend: kind, backendConfig, engine, jobs }: CohortFlags): Promise<BackendConfig> {
  if (backendConfig !== undefined) {
    const read: unknown = await readFile(backendConfig, 'utf8')
      .then((text) => JSON.parse(text))
      .catch(() => undefined);
    return parseBackend(read);
  }
  if (kind === 'cwl') return parseBackend({ kind, engine: engine?.trim().split(/\s+/) });
  return kind === 'slurm' ? { kind } : { kind, ...(jobs !== undefined && { maxTasks: jobs }) };
}

/** Said before a cohort is computed, and not behind it. */
async function assertNew(out: string): Promise<void> {
  const isThere = await access(out).then(
    () => true,
    () => false,
  );
  if (!isThere) return;
  throw new DeepHealthError('DH_OUTPUT_EXISTS', 'The folder of --out is there already. Name another, or remove it.');
}

function failed({ code, message, state }: RunFailure): DeepHealthError {
  return new DeepHealthError(code, message, { details: { state } });
}

function watchTasks(isQuiet: boolean) {
  let progress: ReturnType<typeof countProgress> | undefined;
  const done = new Set<string>();
  return {
    onItems(_: number, chunks: number) {
      progress ??= countProgress('chunks', chunks, isQuiet);
    },
    onTask({ name, state }: TaskRecord) {
      if (!name.startsWith('chunk-') || state !== 'COMPLETE') return;
      done.add(name);
      progress?.update(done.size);
    },
    end: () => progress?.end(),
  };
}
