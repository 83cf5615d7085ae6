import { expect, it } from 'vitest';
import { isJobRunning, jobLook, jobWords } from './job-state.js';

it('writes states of WES and of OGC API Processes as words', () => {
  expect(['EXECUTOR_ERROR', 'COMPLETE', 'successful'].map(jobWords)).toEqual([
    'Executor error',
    'Complete',
    'Successful',
  ]);
});

it('knows which ended, and how', () => {
  expect(['QUEUED', 'RUNNING', 'accepted'].map(isJobRunning)).toEqual([true, true, true]);
  expect(['COMPLETE', 'EXECUTOR_ERROR', 'CANCELED', 'dismissed'].map((state) => jobLook(state)[0])).toEqual([
    'good',
    'bad',
    'quiet',
    'quiet',
  ]);
});
