import type { RunState } from '../runs/run-record.js';

export type JobStatus = 'accepted' | 'running' | 'successful' | 'failed' | 'dismissed';

/** OGC's word for a state; those of a run that is being cancelled and of one that was are the same. */
export const JOB_STATUS: Readonly<Record<RunState, JobStatus>> = {
  QUEUED: 'accepted',
  INITIALIZING: 'accepted',
  RUNNING: 'running',
  PAUSED: 'running',
  COMPLETE: 'successful',
  EXECUTOR_ERROR: 'failed',
  SYSTEM_ERROR: 'failed',
  PREEMPTED: 'failed',
  CANCELING: 'dismissed',
  CANCELED: 'dismissed',
};
