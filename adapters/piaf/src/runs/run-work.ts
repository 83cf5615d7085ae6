import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { DeepHealthError } from '@deephealth/sdk';
import { type ChainPackage, readChainPackage } from '../bindings/read-chain-package.js';
import { removeUnfinished } from '../steps/commit-folder.js';
import { RUN_FOLDER } from '../steps/run-folder.js';
import { isChunk, isFinal, type SubmittedRun } from '../store/run-event.js';
import type { RunServiceOptions } from './create-run-service.js';
import { executeChain, INPUTS_LIST } from './execute-chain.js';
import { resolveInRoot } from './input-roots.js';
import { listArtefacts } from './list-artefacts.js';
import { CANCELED, type OpenRun, type OpenRuns } from './open-runs.js';
import { stateOfCode } from './run-failure.js';
import type { RunRecord, RunState } from './run-record.js';
import type { ServedChain } from './run-service.js';
import { type StepCommands, stepCommands } from './step-commands.js';
import { taskEnvironment } from './task-environment.js';
import { UPLOADED } from './upload-area.js';
import { writeCrate } from './write-crate.js';

export type PinnedChain = ServedChain & { readonly pinned: ChainPackage };

export interface WorkContext {
  readonly options: RunServiceOptions;
  readonly chains: ReadonlyMap<string, PinnedChain>;
  readonly runs: OpenRuns;
  /** Aborted when the service is closed. */
  readonly closing: AbortSignal;
  readonly onError: (thrown: unknown) => void;
}

const FIRST_BACKOFF_MS = 1000;
const LONGEST_BACKOFF_MS = 60_000;

/** Leads a run to its end, whatever that is; only a stop of the service leaves it where it is. */
export async function workOn(run: OpenRun, signal: AbortSignal, context: WorkContext): Promise<void> {
  const { closing, onError } = context;
  const isCanceling = () => run.journal.run.record.state === 'CANCELING';
  for (const backoffMs of backoff()) {
    try {
      if (isCanceling()) await endTasks(run, context);
      else await finish(run, signal, context);
      return;
    } catch (thrown) {
      if (closing.aborted) return;
      const error = DeepHealthError.from(thrown);
      // An engine that refuses what it is asked would refuse it again.
      const isRefused = error.details.reason === 'refused' && !isCanceling();
      if (error.code === 'DH_BACKEND_UNAVAILABLE' && !isRefused) {
        onError(error);
        // Of a run that is being cancelled, tasks may still be there: it has not ended before its engine says so.
        await pause(backoffMs, isCanceling() ? closing : signal);
        continue;
      }
      if (isCanceling()) return end(run, context, 'CANCELED', CANCELED);
      onError(error);
      return end(run, context, stateOfCode(error.code), error);
    }
  }
}

async function finish(run: OpenRun, signal: AbortSignal, context: WorkContext): Promise<void> {
  const { options, runs } = context;
  const { record, submitted, handle } = run.journal.run;
  const chain = await chainOf(submitted, context);
  const { backend } = options;
  const failure = await executeChain({
    ...{ runId: record.runId, runFolder: run.folder, chain: chain.binding, backend, signal },
    ...{ parameters: record.parameters, environment: taskEnvironment() },
    inputCount: submitted.inputs.length,
    inputs: () => inputsOf(run, options),
    commands: commandsOf(run, chain, options),
    ...(handle === undefined ? {} : { handle }),
    saveHandle: async (text) => {
      await run.journal.append({ type: 'handle', handle: text });
    },
    // The run goes on with the cleaned copies; the originals are nobody's business from here on.
    onStaged: () => rm(join(run.folder, UPLOADED), { recursive: true, force: true }),
    onState: async (state) => {
      await runs.change(run, ({ record: now }) =>
        now.state === state || now.state === 'CANCELING' || isFinal(now.state) ? undefined : { type: 'state', state },
      );
    },
    onItems: async (items, chunks) => {
      await runs.change(run, ({ record: now }) =>
        now.itemCount === undefined ? { type: 'items', items, chunks } : undefined,
      );
    },
    onTask: async (task) => {
      await runs.change(run, { type: 'task', task });
    },
    taskOf: (name) => run.journal.task(name),
  });
  if (failure !== undefined) return end(run, context, failure.state, failure);
  const result = join(run.folder, RUN_FOLDER.result);
  const done = { ...run.journal.run.record, state: 'COMPLETE' as const, endedAt: new Date().toISOString() };
  await writeCrate(run.folder, chain, chain.binding, done, backend.name);
  const artefacts = await listArtefacts(result);
  await runs.change(run, { type: 'artefacts', artefacts });
  await end(run, context, 'COMPLETE');
}

/** Of a run that is being cancelled without anyone who waits for its tasks: they may outlive this process. */
async function endTasks(run: OpenRun, context: WorkContext): Promise<void> {
  const { options } = context;
  const { record, submitted, handle } = run.journal.run;
  if (handle !== undefined) {
    const chain = await chainOf(submitted, context);
    const commands = commandsOf(run, chain, options);
    const left = record.tasks.filter(({ name, state }) => isChunk(name) && !isFinal(state));
    const tasks = left.map(({ name }) => ({ chunk: name, command: commands.infer(name) }));
    const { resources } = chain.binding;
    await options.backend.run(
      { runId: record.runId, runFolder: run.folder, tasks, resources, environment: taskEnvironment() },
      { handle, signal: AbortSignal.abort(), report: () => undefined, saveHandle: async () => undefined },
    );
  }
  await end(run, context, 'CANCELED', CANCELED);
}

/** Ends a run, however long its journal cannot be written: until then it is what it was to all that ask. */
async function end(run: OpenRun, context: WorkContext, state: RunState, failure?: RunRecord['failure']): Promise<void> {
  const { runs, closing, onError } = context;
  for (const backoffMs of backoff()) {
    try {
      await removeLeftovers(run.folder);
      const told = failure === undefined ? undefined : { code: failure.code, message: failure.message };
      await runs.end(run, state, told);
      return;
    } catch (thrown) {
      if (closing.aborted) return;
      onError(thrown);
      await pause(backoffMs, closing);
      if (closing.aborted) return;
    }
  }
}

/** What steps that were killed had begun to write, some of it from inputs. No step of the run is under way. */
async function removeLeftovers(folder: string): Promise<void> {
  await removeUnfinished(folder);
  await removeUnfinished(join(folder, RUN_FOLDER.parts));
  for (const name of [INPUTS_LIST, UPLOADED]) await rm(join(folder, name), { recursive: true, force: true });
}

/** The chain that a run began with, from the pinned package, whether it is still served or not. */
async function chainOf(
  { chain: id, packageSha256 }: SubmittedRun,
  { chains, options }: WorkContext,
): Promise<PinnedChain> {
  const served = chains.get(id);
  if (served?.packageSha256 === packageSha256) return served;
  const [name = '', version = '', label = ''] = id.split('/');
  const folder = join(options.stateFolder, 'packages', packageSha256, name, version);
  const gone = (cause?: unknown) =>
    new DeepHealthError('DH_RUN_STORE_INVALID', 'The package that a run is pinned to is not there any more.', {
      cause,
    });
  const pinned = await readChainPackage(folder).catch((cause) => {
    throw gone(cause);
  });
  const binding = pinned.chains.find((one) => one.label === label);
  if (binding === undefined || pinned.packageSha256 !== packageSha256) throw gone();
  return { id, binding, manifest: pinned.manifest, packageSha256, pinned };
}

function commandsOf(run: OpenRun, { binding, pinned }: PinnedChain, options: RunServiceOptions): StepCommands {
  const { program, uidKeyFile, runtime, runtimeTokenFile } = options;
  return stepCommands({
    ...{ program, uidKeyFile, packageFolder: pinned.folder, label: binding.label, runFolder: run.folder },
    ...(runtime === undefined ? {} : { runtime }),
    ...(runtimeTokenFile === undefined ? {} : { runtimeTokenFile }),
  });
}

async function inputsOf({ journal, folder }: OpenRun, { roots = [] }: RunServiceOptions) {
  const { tenant, inputs } = journal.run.submitted;
  const found: { path: string; checksum?: string }[] = [];
  for (const [index, input] of inputs.entries()) {
    const path =
      input.kind === 'attachment'
        ? join(folder, input.path)
        : await resolveInRoot(roots, tenant, input.root, input.path, `studies[${index}]`);
    found.push({ path, ...(input.checksum === undefined ? {} : { checksum: input.checksum }) });
  }
  return found;
}

function* backoff(): Generator<number, never> {
  for (let ms = FIRST_BACKOFF_MS; ; ms = Math.min(ms * 2, LONGEST_BACKOFF_MS)) yield ms;
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const timer = setTimeout(finished, ms);
    function finished() {
      clearTimeout(timer);
      signal.removeEventListener('abort', finished);
      resolve();
    }
    signal.addEventListener('abort', finished, { once: true });
  });
}
