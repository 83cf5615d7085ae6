import { execFile } from 'node:child_process';
import { open } from 'node:fs/promises';
import { DeepHealthError } from '@deephealth/sdk';
import { parseJobCompletion, parseSacct, parseSacctNames, SACCT_FORMAT } from './parse-history.js';
import { parseSqueue, parseSqueueNames, SQUEUE_FORMAT, SQUEUE_NAMES_FORMAT } from './parse-squeue.js';
import type { SlurmCommands, SlurmLimits, SlurmSubmission } from './slurm-commands.js';
import { assertExtraArguments } from './slurm-options.js';

const COMMAND_LIMIT_MS = 60_000;
const MAX_OUTPUT_BYTES = 256 * 2 ** 20;
/** Of the file of jobcomp/filetxt, from its end. */
const COMPLETION_BYTES = 16 * 2 ** 20;
/** How far back accounting is asked. */
const HISTORY = 'now-30days';

/** What Slurm's commands need. SBATCH_*, SQUEUE_* and the like, which change what they do, do not reach them. */
const PASSED_VARIABLES = ['PATH', 'HOME', 'USER', 'LOGNAME', 'TMPDIR', 'LD_LIBRARY_PATH', 'SLURM_CONF', 'SLURM_JWT'];

export interface SlurmCommandLineOptions {
  readonly partition?: string;
  readonly account?: string;
  readonly qos?: string;
  /** Further options of sbatch, each as one word: `--constraint=avx512`. */
  readonly extraArguments?: readonly string[];
  /** Of the commands; of it PATH, SLURM_CONF and the few others that they need. Default that of this process. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** File of jobcomp/filetxt, where a centre has no accounting and lets us read it. */
  readonly jobCompletionFile?: string;
}

/**
 * Slurm by sbatch, squeue, scancel, sacct and scontrol, which are looked for on PATH.
 *
 * @throws DH_CONFIG_INVALID for an option that is none, or that this backend sets itself
 */
export function createSlurmCommandLine(options: SlurmCommandLineOptions = {}): SlurmCommands {
  const { jobCompletionFile } = options;
  const choices = choicesOf(options);
  const from = options.environment ?? process.env;
  const env = Object.fromEntries(
    PASSED_VARIABLES.flatMap((name) => (from[name] === undefined ? [] : [[name, from[name]]])),
  );
  const run = (name: string, args: readonly string[], input = '') =>
    runCommand(name, args, { ...env, LC_ALL: 'C', SLURM_TIME_FORMAT: 'standard' }, input);
  /** Of what there may be none: accounting is not everywhere. */
  const ask = (name: string, args: readonly string[]) => run(name, args).catch(() => '');

  return {
    async limits() {
      return parseLimits(await run('scontrol', ['show', 'config']));
    },
    async submit(submission) {
      const output = await run('sbatch', [...choices, ...argumentsOf(submission)], submission.script);
      const jobId = /^(\d{1,10})(?:;\S*)?$/m.exec(output.trim())?.[1];
      // It may have been taken all the same: whoever asked looks for it by its name.
      if (jobId === undefined) throw unavailable('sbatch said no id');
      return jobId;
    },
    async query(jobIds) {
      if (jobIds.length === 0) return [];
      // Of this user alone, so that the controller does not send the whole queue.
      const which = ['--me', '-t', 'all', '-j', jobIds.join(',')];
      const reports = parseSqueue(
        await run('squeue', ['-h', '-r', ...which, '-O', SQUEUE_FORMAT]).catch(nothingOfUnknown),
      );
      return reports.filter(({ jobId }) => jobIds.includes(jobId));
    },
    async find(jobNames) {
      if (jobNames.length === 0) return new Map();
      const names = jobNames.join(',');
      const queued = await run('squeue', ['-h', '--me', '-t', 'all', '-n', names, '-O', SQUEUE_NAMES_FORMAT]);
      const found = parseSqueueNames(queued, jobNames);
      if (found.size === jobNames.length) return found;
      const past = ['-n', '-P', '-X', '-S', HISTORY, `--name=${names}`, '--format=JobID,JobName'];
      return new Map([...parseSacctNames(await ask('sacct', past), jobNames), ...found]);
    },
    async history(jobIds) {
      if (jobIds.length === 0) return [];
      const past = ['-n', '-P', '-X', '-S', HISTORY, '-j', jobIds.join(','), `--format=${SACCT_FORMAT}`];
      const ofAccounting = parseSacct(await ask('sacct', past));
      if (ofAccounting.length > 0 || jobCompletionFile === undefined) return ofAccounting;
      return parseJobCompletion(await endOfFile(jobCompletionFile), jobIds);
    },
    async cancel(jobIds) {
      // One that has ended, or that nobody knows any more, is as it should be.
      if (jobIds.length > 0) await run('scancel', ['--quiet', ...jobIds]).catch(nothingOfUnknown);
    },
  };
}

function choicesOf({ partition, account, qos, extraArguments = [] }: SlurmCommandLineOptions): string[] {
  const named = Object.entries({ partition, account, qos }).flatMap(([name, value]) =>
    value === undefined ? [] : [`--${name}=${value}`],
  );
  assertExtraArguments([...named, ...extraArguments]);
  // Before ours: the last one counts.
  return [...extraArguments, ...named];
}

function argumentsOf(submission: SlurmSubmission): string[] {
  const { jobName, comment, count, atOnce, cores, ramMiB, gpus, scratchMiB, timeLimitMinutes, requeue } = submission;
  return [
    '--parsable',
    '--quiet',
    `--job-name=${jobName}`,
    `--comment=${comment}`,
    `--array=0-${count - 1}${atOnce === undefined ? '' : `%${atOnce}`}`,
    ...['--nodes=1', '--ntasks=1', `--cpus-per-task=${cores}`, `--mem=${ramMiB}M`],
    ...(gpus > 0 ? [`--gres=gpu:${gpus}`] : []),
    ...(scratchMiB === undefined ? [] : [`--tmp=${scratchMiB}M`]),
    `--time=${timeLimitMinutes}`,
    requeue ? '--requeue' : '--no-requeue',
    '--export=NONE',
    // Patterns stand for other text in names of files, so that not every folder can be named. The script changes
    // to its folder, and writes there, by itself.
    ...['--chdir=/', '--input=/dev/null', '--output=/dev/null', '--error=/dev/null'],
  ];
}

/** `scontrol show config`; a line that is not there is one of a version that we do not know. */
export function parseLimits(output: string): SlurmLimits {
  const cluster = /^ClusterName\s*= *(\S{1,100})\s*$/m.exec(output)?.[1];
  const maxArraySize = Number(/^MaxArraySize\s*= *(\d{1,9})\s*$/m.exec(output)?.[1]);
  if (cluster === undefined || Number.isNaN(maxArraySize))
    throw unavailable('scontrol said no ClusterName or MaxArraySize');
  if (maxArraySize < 1) throw unavailable('MaxArraySize is 0: this Slurm takes no arrays', 'refused');
  return { cluster, maxArraySize };
}

function runCommand(
  name: string,
  args: readonly string[],
  env: Record<string, string>,
  input: string,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = {
      env,
      cwd: '/',
      timeout: COMMAND_LIMIT_MS,
      killSignal: 'SIGKILL',
      maxBuffer: MAX_OUTPUT_BYTES,
    } as const;
    const child = execFile(name, [...args], options, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else reject(failureOf(name, error, stderr));
    });
    // A command that ends without reading its input says itself why.
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(input);
  });
}

/** What Slurm says of its errors: its own fixed sentences, in which no word begins like a path. */
const SENTENCE =
  /^(?:\w+: )?(?:error: )?(?:Batch job submission failed|slurm_load_jobs error|Kill job error on job id \d+): ((?!.*(?:^|[ (])\/)[A-Za-z][A-Za-z ,()'/-]{2,150})$/m;

function failureOf(name: string, error: Error & { code?: unknown }, stderr: string): DeepHealthError {
  if (error.code === 'ENOENT') return unavailable(`there is no command ${name} on PATH`, undefined, error);
  const [, why] = SENTENCE.exec(stderr) ?? [];
  if (why === undefined) return unavailable(`${name} ended without an answer`, undefined, error);
  return unavailable(`${name}: ${why}`, isAnswer(why) ? 'refused' : undefined, error);
}

/** Whether the controller said so; otherwise it, or the way to it, was not there, and a job may have been taken. */
const isAnswer = (why: string) =>
  !/contact|timed out|connect|communication|zero bytes|unexpected|incomplete|daemon|backup|standby|protocol|munge/i.test(
    why,
  );

/** Several ids of which some are unknown are no error to Slurm; a single one is. */
function nothingOfUnknown(error: unknown): string {
  if (error instanceof DeepHealthError && error.message.includes('Invalid job id')) return '';
  throw error;
}

export function unavailable(what: string, reason?: 'refused', cause?: unknown): DeepHealthError {
  return new DeepHealthError('DH_BACKEND_UNAVAILABLE', `Slurm: ${what}.`, {
    ...(reason === undefined ? {} : { details: { reason } }),
    ...(cause === undefined ? {} : { cause }),
  });
}

async function endOfFile(path: string): Promise<string> {
  const file = await open(path).catch(() => undefined);
  if (file === undefined) return '';
  try {
    const { size } = await file.stat();
    const start = Math.max(0, size - COMPLETION_BYTES);
    const buffer = Buffer.alloc(size - start);
    const { bytesRead } = await file.read(buffer, 0, buffer.length, start);
    return buffer.toString('utf8', 0, bytesRead);
  } catch {
    return '';
  } finally {
    await file.close();
  }
}
