import type { TaskState, TaskUpdate } from '../chain-backend.js';
import { hasEnded } from '../task-outcome.js';
import type { ArrayFiles } from './array-files.js';
import { readExitFile, type TaskExit } from './exit-file.js';
import type { SlurmTaskReport } from './slurm-commands.js';

/** So often must Slurm not know a task before it is held to be gone: after a restart it reads its state first. */
const ANSWERS_WITHOUT_IT = 3;
/** Slurm may say so for a moment of a task that it begins anew. */
const TO_BE_CONFIRMED: readonly TaskState[] = ['NODE_FAIL', 'BOOT_FAIL', 'PREEMPTED'];

export interface TableTask {
  readonly chunk: string;
  readonly jobName: string;
  /** Absent of an array that Slurm has forgotten. */
  readonly jobId?: string;
  readonly index: number;
}

/** Where the tasks of a run are, and what was reported of them. */
export interface TaskTable {
  /** Arrays with a task that has not ended. */
  readonly openJobIds: readonly string[];
  readonly isDone: boolean;
  /**
   * Takes what Slurm says now.
   *
   * @param history asked where a task is gone
   */
  take(
    reports: readonly SlurmTaskReport[],
    history: (jobIds: readonly string[]) => Promise<readonly SlurmTaskReport[]>,
  ): Promise<void>;
  readonly updates: readonly TaskUpdate[];
}

interface Row {
  readonly task: TableTask;
  update?: TaskUpdate;
  missed: number;
  unconfirmed?: TaskState;
}

export function createTaskTable(
  tasks: readonly TableTask[],
  files: ArrayFiles,
  report: (update: TaskUpdate) => void,
): TaskTable {
  const rows: Row[] = tasks.map((task) => ({ task, missed: 0 }));
  const isOpen = ({ update }: Row) => update === undefined || !hasEnded(update.state);
  const set = (row: Row, update: TaskUpdate) => {
    if (isSame(row.update, update)) return;
    row.update = update;
    report(update);
  };

  const takeReport = async (row: Row, said: SlurmTaskReport) => {
    row.missed = 0;
    if (TO_BE_CONFIRMED.includes(said.state) && row.unconfirmed !== said.state) {
      row.unconfirmed = said.state;
      return;
    }
    delete row.unconfirmed;
    set(row, await updateOf(row, said, files));
  };

  return {
    get openJobIds() {
      return [...new Set(rows.filter(isOpen).flatMap(({ task: { jobId } }) => jobId ?? []))];
    },
    get isDone() {
      return !rows.some(isOpen);
    },
    get updates() {
      return rows.flatMap(({ update }) => update ?? []);
    },
    async take(reports, history) {
      const byTask = new Map(reports.map((said) => [`${said.jobId}_${said.index}`, said]));
      const gone: Row[] = [];
      for (const row of rows.filter(isOpen)) {
        const { jobId, index } = row.task;
        const said = jobId === undefined ? undefined : byTask.get(`${jobId}_${index}`);
        if (said !== undefined) await takeReport(row, said);
        else if (++row.missed >= ANSWERS_WITHOUT_IT || jobId === undefined) gone.push(row);
      }
      if (gone.length === 0) return;
      const past = await history([...new Set(gone.flatMap(({ task: { jobId } }) => jobId ?? []))]);
      for (const row of gone) {
        const { jobId, index } = row.task;
        const last = past.find((said) => said.jobId === jobId && said.index === index && hasEnded(said.state));
        set(row, last === undefined ? await updateOfForgotten(row, files) : await updateOf(row, last, files));
      }
    },
  };
}

async function updateOf({ task, update: last }: Row, said: SlurmTaskReport, files: ArrayFiles): Promise<TaskUpdate> {
  const { chunk, jobName } = task;
  const { state, restarts, exitCode, signal } = said;
  if (!hasEnded(state)) {
    // Waiting tasks have been begun as often as they were begun anew.
    const begun = (restarts ?? 0) + (state === 'RUNNING' || state === 'SUSPENDED' ? 1 : 0);
    return { chunk, state, attempts: Math.max(begun, last?.attempts ?? 0) };
  }
  const exit = await readExitFile(files.attemptsFolder, chunk, jobName);
  const attempts = attemptsOf(said, last, exit);
  // The task is what it commits: once it has, nothing that happens to its process takes that back.
  if (state === 'COMPLETED' || (state !== 'FAILED' && (await files.hasPart(chunk)))) {
    return { chunk, state: 'COMPLETED', attempts, exitCode: 0 };
  }
  const isTimeout = state === 'FAILED' && exit?.isTimeout === true && exit.attempts === attempts;
  const end = { ...(exitCode === undefined ? {} : { exitCode }), ...(signal === undefined ? {} : { signal }) };
  return { chunk, state: isTimeout ? 'TIMEOUT' : state, attempts, ...end };
}

function attemptsOf({ state, restarts }: SlurmTaskReport, last: TaskUpdate | undefined, exit: TaskExit | undefined) {
  // Cancelled, or past its deadline, it may never have been begun.
  const isPossiblyUnbegun = ['CANCELLED', 'TIMEOUT', 'BOOT_FAIL'].includes(state) && (last?.attempts ?? 0) === 0;
  const ofSlurm = restarts === undefined ? 0 : restarts + (isPossiblyUnbegun && state !== 'TIMEOUT' ? 0 : 1);
  return Math.max(
    ofSlurm,
    last?.attempts ?? 0,
    exit?.attempts ?? 0,
    state === 'COMPLETED' || state === 'FAILED' ? 1 : 0,
  );
}

/** Of a task of which Slurm keeps nothing: its files know, and where they do not, its machine took them with it. */
async function updateOfForgotten({ task, update: last }: Row, files: ArrayFiles): Promise<TaskUpdate> {
  const { chunk, jobName } = task;
  const exit = await readExitFile(files.attemptsFolder, chunk, jobName);
  const attempts = Math.max(exit?.attempts ?? 0, last?.attempts ?? 0);
  if (exit?.exitCode === 0 || (await files.hasPart(chunk)))
    return { chunk, state: 'COMPLETED', attempts: Math.max(1, attempts), exitCode: 0 };
  if (exit === undefined) return { chunk, state: 'NODE_FAIL', attempts };
  const { exitCode, signal, isTimeout } = exit;
  return {
    chunk,
    state: isTimeout ? 'TIMEOUT' : 'FAILED',
    attempts,
    exitCode,
    ...(signal === undefined ? {} : { signal }),
  };
}

function isSame(left: TaskUpdate | undefined, right: TaskUpdate): boolean {
  return (
    left?.state === right.state &&
    left.attempts === right.attempts &&
    left.exitCode === right.exitCode &&
    left.signal === right.signal
  );
}
