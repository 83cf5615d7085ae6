import { artefactUrl } from '../ogc/job-documents.js';
import type { ArtefactRecord, RunRecord, TaskRecord } from '../runs/run-record.js';
import { WORKFLOW_TYPE, WORKFLOW_TYPE_VERSION } from './run-request.js';

type Json = Readonly<Record<string, unknown>>;

export const WES_PATH = '/ga4gh/wes/v1';

/** Tasks that a run log still has within it: the standard means to take them out. */
const MOST_TASKS_IN_LOG = 100;

export const runStatus = ({ runId, state }: RunRecord): Json => ({ run_id: runId, state });

export function runSummary(run: RunRecord): Json {
  return { ...runStatus(run), ...times(run), tags: requestOf(run).tags ?? {} };
}

/** `RunLog`. @param base where the caller reaches the server */
export function runLog(run: RunRecord, base: string): Json {
  const self = `${base}${WES_PATH}/runs/${run.runId}`;
  const failure = run.failure === undefined ? [] : [`${run.failure.code}: ${run.failure.message}`];
  return {
    run_id: run.runId,
    request: requestOf(run),
    state: run.state,
    run_log: {
      name: run.chain,
      ...times(run),
      system_logs: [`backend: ${run.backend}`, `progress: ${Math.floor(run.progress)} %`, ...failure],
    },
    task_logs_url: `${self}/tasks`,
    task_logs: run.tasks.length > MOST_TASKS_IN_LOG ? null : run.tasks.map((task) => taskLog(run, task, base)),
    outputs: run.state === 'COMPLETE' ? outputsOf(run, base) : {},
  };
}

/** `TaskLog`. The standard has no state of a task, so its system logs say it. */
export function taskLog(run: RunRecord, task: TaskRecord, base: string): Json {
  const self = `${base}${WES_PATH}/runs/${run.runId}/tasks/${encodeURIComponent(task.name)}`;
  return {
    id: task.name,
    name: task.name,
    ...times(task),
    stdout: `${self}/stdout`,
    stderr: `${self}/stderr`,
    ...(task.exitCode === undefined ? {} : { exit_code: task.exitCode }),
    system_logs: [
      `state: ${task.state}`,
      `attempts: ${task.attempts}`,
      ...(task.failure === undefined ? [] : [`${task.failure.code}: ${task.failure.message}`]),
    ],
  };
}

/** The output object of the exported workflow: its Directory `results`, with files that name their bytes. */
function outputsOf(run: RunRecord, base: string): Json {
  return {
    results: {
      class: 'Directory',
      basename: 'results',
      listing: run.artefacts.map((artefact) => outputFile(run.runId, artefact, base)),
    },
  };
}

function outputFile(runId: string, { path, size, sha256, mediaType }: ArtefactRecord, base: string): Json {
  return {
    class: 'File',
    basename: path,
    location: artefactUrl(runId, path, base),
    size,
    checksum: `sha256$${sha256}`,
    'deephealth:mediaType': mediaType,
  };
}

/** What was asked, as it came by WES; of a run that came by another face, what it would have been. */
function requestOf(run: RunRecord): Json {
  if (run.face === 'wes') return run.request;
  return {
    workflow_params: run.parameters,
    workflow_type: WORKFLOW_TYPE,
    workflow_type_version: WORKFLOW_TYPE_VERSION,
    workflow_url: run.chain,
    tags: {},
  };
}

/** Times without fractions, as the standard writes them. */
function times({ startedAt, endedAt }: Pick<RunRecord, 'startedAt' | 'endedAt'>): Json {
  const second = (time: string) => `${time.slice(0, 19)}Z`;
  return {
    ...(startedAt === undefined ? {} : { start_time: second(startedAt) }),
    ...(endedAt === undefined ? {} : { end_time: second(endedAt) }),
  };
}
