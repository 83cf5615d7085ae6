import { randomBytes } from 'node:crypto';
import { mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { DeepHealthError, sha256 } from '@deephealth/sdk';
import type { ChainBackend } from '../backends/chain-backend.js';
import type { ChainBinding } from '../bindings/processing-chain-binding.js';
import type { ChainPackage } from '../bindings/read-chain-package.js';
import { checkParameters } from '../steps/check-parameters.js';
import { removeUnfinished } from '../steps/commit-folder.js';
import { flush } from '../steps/flush.js';
import { RUN_FOLDER, type StagedItems } from '../steps/run-folder.js';
import type { StageInput } from '../steps/stage-in.js';
import { lockFolder } from '../store/folder-lock.js';
import { type ChainExecution, executeChain } from './execute-chain.js';
import type { RunFailure } from './run-failure.js';
import type { TaskRecord } from './run-record.js';
import { stepCommands } from './step-commands.js';
import { taskEnvironment } from './task-environment.js';
import { writeCrate } from './write-crate.js';

export interface BatchOptions {
  readonly package: ChainPackage;
  readonly chain: ChainBinding;
  readonly inputs: readonly StageInput[];
  /** Checked against the chain. */
  readonly parameters: Readonly<Record<string, unknown>>;
  /** Absolute. The same folder goes on with what an earlier call left. */
  readonly runFolder: string;
  readonly backend: ChainBackend;
  /** How the command `deephealth` is started: program and first arguments. */
  readonly program: readonly string[];
  /** Absolute; the secret of the site. */
  readonly uidKeyFile: string;
  readonly runtime?: string;
  /** Further words of `chain infer` that say how it is spoken to; paths are absolute. */
  readonly runtimeFlags?: readonly string[];
  /** Absolute; see readLabels. */
  readonly labelsFile?: string;
  readonly signal: AbortSignal;
  /** Sees what was staged before anything is computed; what it throws ends the run. */
  onStaged?(staged: StagedItems): void;
  onTask?(task: TaskRecord): void;
  onItems?(items: number, chunks: number): void;
}

/** What an engine knows the run by: a call that goes on finds what an earlier one submitted. */
const HANDLE_FILE = 'engine-handle';
/** What the folder was begun for. */
const BATCH_FILE = 'batch';

/**
 * A chain as one call, without a service: what `deephealth batch` does. The steps are the programs that a service
 * starts, so that both give the same bytes.
 *
 * @returns undefined when `result` is there, else why it is not
 * @throws DH_CHAIN_REQUEST_INVALID, DH_RUN_CONFLICT, DH_BACKEND_UNAVAILABLE, DH_OUTPUT_NOT_WRITTEN, the reason of the signal
 */
export async function runBatch(options: BatchOptions): Promise<RunFailure | undefined> {
  const { chain, runFolder } = options;
  const parameters = checkParameters(chain, options.parameters) as Record<string, number | boolean>;
  await mkdir(runFolder, { recursive: true }).catch((cause) => {
    throw new DeepHealthError('DH_OUTPUT_NOT_WRITTEN', 'The working folder of the run cannot be made.', { cause });
  });
  const lock = await lockFolder(
    runFolder,
    () => new DeepHealthError('DH_RUN_CONFLICT', 'Another process works in the working folder of this run already.'),
  );
  try {
    return await runLocked(options, parameters);
  } finally {
    await lock.release();
  }
}

async function runLocked(
  options: BatchOptions,
  parameters: Readonly<Record<string, number | boolean>>,
): Promise<RunFailure | undefined> {
  const { package: model, chain, inputs, runFolder, backend, program } = options;
  const { uidKeyFile, runtime, runtimeFlags, labelsFile, signal } = options;
  const tasks = new Map<string, TaskRecord>();
  const startedAt = new Date().toISOString();
  const runId = randomBytes(16).toString('hex');
  await assertSameBatch(options, parameters);
  const handleFile = join(runFolder, HANDLE_FILE);
  const handle = await readFile(handleFile, 'utf8').catch(() => undefined);
  const failure = await executeOnce(
    {
      ...{ runId, runFolder, chain, parameters, backend, signal },
      ...{ inputCount: inputs.length, inputs: async () => inputs },
      environment: taskEnvironment(),
      commands: stepCommands({
        ...{ program, packageFolder: model.folder, label: chain.label, runFolder, uidKeyFile },
        ...(runtime === undefined ? {} : { runtime }),
        ...(runtimeFlags === undefined ? {} : { runtimeFlags }),
        ...(labelsFile === undefined ? {} : { labelsFile }),
      }),
      ...(handle === undefined ? {} : { handle }),
      async saveHandle(text) {
        await writeAtOnce(handleFile, text);
      },
      onStaged: (staged) => options.onStaged?.(staged),
      onState: async () => undefined,
      onItems: async (items, chunks) => options.onItems?.(items, chunks.length),
      async onTask(task) {
        tasks.set(task.name, task);
        options.onTask?.(task);
      },
      taskOf: (name) => tasks.get(name),
    },
    handleFile,
  );
  await rm(handleFile, { force: true });
  // Of tasks that were killed; none is under way any more.
  await removeUnfinished(join(runFolder, RUN_FOLDER.parts));
  if (failure !== undefined) return failure;
  const run = {
    runId,
    startedAt,
    endedAt: new Date().toISOString(),
    state: 'COMPLETE',
    tasks: [...tasks.values()],
  } as const;
  await writeCrate(runFolder, model, chain, run, backend.name);
  return undefined;
}

/** What ended in order is not asked of its engine again: a later call begins what failed anew. */
async function executeOnce(execution: ChainExecution, handleFile: string): Promise<RunFailure | undefined> {
  try {
    return await executeChain(execution);
  } catch (thrown) {
    // Tasks of an engine that was lost sight of may be running.
    if (DeepHealthError.from(thrown).code === 'DH_BACKEND_UNAVAILABLE') throw thrown;
    await rm(handleFile, { force: true });
    throw thrown;
  }
}

/**
 * A folder that was begun for something else is not gone on with: its staged items would be those of other inputs.
 *
 * @throws DH_RUN_CONFLICT
 */
async function assertSameBatch(
  { package: { packageSha256 }, chain, inputs, runFolder }: BatchOptions,
  parameters: object,
): Promise<void> {
  const files = [];
  for (const { path, checksum } of inputs) {
    const found = await stat(path).catch(() => undefined);
    files.push([resolve(path), checksum, found?.size, found?.mtimeMs]);
  }
  const wanted = sha256(Buffer.from(JSON.stringify([packageSha256, chain, parameters, files])));
  const file = join(runFolder, BATCH_FILE);
  const begun = await readFile(file, 'utf8').catch(() => undefined);
  if (begun === undefined) return writeAtOnce(file, wanted);
  if (begun === wanted) return;
  throw new DeepHealthError(
    'DH_RUN_CONFLICT',
    'The working folder was begun for other inputs, parameters or another package. Remove it, or name another result.',
    { details: { field: 'out' } },
  );
}

/** Whole and on the disk, or not at all. */
async function writeAtOnce(path: string, text: string): Promise<void> {
  try {
    await writeFile(`${path}.new`, text, { mode: 0o600 });
    await flush(`${path}.new`);
    await rename(`${path}.new`, path);
    await flush(dirname(path));
  } catch (cause) {
    throw new DeepHealthError(
      'DH_OUTPUT_NOT_WRITTEN',
      'The working folder of the run cannot be written. Check space and rights.',
      { cause },
    );
  }
}
