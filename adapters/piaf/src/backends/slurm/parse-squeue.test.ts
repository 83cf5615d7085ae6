import { seededRandom } from '@deephealth/sdk';
import { describe, expect, it } from 'vitest';
import { parseJobCompletion, parseSacct, parseSacctNames } from './parse-history.js';
import { parseSqueue, parseSqueueNames } from './parse-squeue.js';

const row = (...columns: readonly string[]) =>
  columns.map((text, index) => text.padEnd(index === 2 ? 30 : 20)).join('');
const SQUEUE = [
  row('7', '0', 'COMPLETED', '0', '0', 'None'),
  row('7', '1', 'FAILED', '768', '1', 'NonZeroExitCode'),
  row('7', '2', 'PENDING', '0', '0', 'Nodes required for job are DOWN, DRAINED or reserved'),
  row('8', 'N/A', 'RUNNING', '0', '0', 'None'),
].join('\n');

// As Slurm 22.05 writes it; the folder of the second is of somebody who would like to be believed.
const COMPLETION = `JobId=3 UserId=a(1) GroupId=a(1) Name=dh-1 JobState=NODE_FAIL Partition=batch TimeLimit=5 WorkDir=/ Cluster=unknown ArrayJobId=3 ArrayTaskId=0 DerivedExitCode=0:0 ExitCode=0:0
JobId=9 UserId=b(2) GroupId=b(2) Name=x JobState=COMPLETED Partition=batch WorkDir=/a ArrayJobId=3 ArrayTaskId=1 x Cluster=unknown ArrayJobId=9 ArrayTaskId=1 DerivedExitCode=0:0 ExitCode=0:0
JobId=3 UserId=a(1) GroupId=a(1) Name=dh-1 JobState=FAILED Partition=batch TimeLimit=5 WorkDir=/ Cluster=unknown ArrayJobId=3 ArrayTaskId=0 DerivedExitCode=0:0 ExitCode=3:0 
 ArrayJobId=3 ArrayTaskId=2 JobState=COMPLETED ExitCode=0:0
`;

describe('what Slurm prints', () => {
  it('squeue: tasks with their state, end, restarts and reason', () => {
    expect(parseSqueue(SQUEUE)).toEqual([
      { jobId: '7', index: 0, state: 'COMPLETED', exitCode: 0, restarts: 0 },
      { jobId: '7', index: 1, state: 'FAILED', exitCode: 3, restarts: 1, reason: 'NonZeroExitCode' },
      {
        jobId: '7',
        index: 2,
        state: 'PENDING',
        restarts: 0,
        reason: 'Nodes required for job are DOWN, DRAINED or reserved',
      },
    ]);
  });

  it('squeue: ids by the names asked for', () => {
    const names = ['7', 'dh-1-a', '8', 'dh-1-b', '9', 'other one', '', ''];
    const text = [0, 2, 4, 6].map((at) => `${names[at]?.padEnd(20)}${names[at + 1]?.padEnd(200)}`).join('\n');
    expect(parseSqueueNames(text, ['dh-1-b', 'dh-1-c'])).toEqual(new Map([['dh-1-b', '8']]));
  });

  it('sacct: tasks that have begun', () => {
    const text =
      '7_0|COMPLETED|0:0\n7_1|CANCELLED by 1000|0:15\n7_[2-3]|PENDING|0:0\n7_1.batch|FAILED|1:0\n12|FAILED|1:0\n';
    expect(parseSacct(text)).toEqual([
      { jobId: '7', index: 0, state: 'COMPLETED', exitCode: 0 },
      { jobId: '7', index: 1, state: 'CANCELLED', exitCode: 143, signal: 'SIGTERM' },
    ]);
    expect(parseSacctNames('7_0|dh-1\n7_[1-3]|dh-1\n8|dh-2\n', ['dh-1', 'dh-2'])).toEqual(new Map([['dh-1', '7']]));
  });

  it('jobcomp: the last line of a task counts, and no text of a user', () => {
    expect(parseJobCompletion(COMPLETION, ['3'])).toEqual([{ jobId: '3', index: 0, state: 'FAILED', exitCode: 3 }]);
  });

  it('malformed text ends in no report, or in one that keeps the shape, and never in an error', () => {
    const random = seededRandom(7);
    const pick = (count: number) => Math.floor(random() * count);
    const sources = [SQUEUE, COMPLETION, '7_0|COMPLETED|0:0\n7_1|CANCELLED by 1000|0:15\n'];
    const alphabet = ['\n', ' ', '|', '0', '9'.repeat(12), '_', '\0', 'ÿ', '\ud800', ' ArrayJobId=3', 'COMPLETED', ':'];
    for (let round = 0; round < 5000; round++) {
      let text = sources[pick(sources.length)] ?? '';
      for (let change = pick(8); change >= 0; change--) {
        const at = pick(text.length + 1);
        text = text.slice(0, at) + (alphabet[pick(alphabet.length)] ?? '') + text.slice(at + pick(12));
      }
      for (const report of [...parseSqueue(text), ...parseSacct(text), ...parseJobCompletion(text, ['3'])]) {
        expect(report.jobId).toMatch(/^\d+$/);
        expect(Number.isSafeInteger(report.index)).toBe(true);
        expect(report.state).toMatch(/^[A-Z_]+$/);
        expect(report.exitCode ?? 0).toBeLessThan(1000);
      }
    }
  });

  it('long text without an end takes no time', () => {
    const begun = performance.now();
    for (const text of [' '.repeat(1e6), '7 '.repeat(5e5), `JobId=1 UserId=${' ArrayJobId=1'.repeat(5e4)}`]) {
      parseSqueue(text);
      parseSacct(text);
      parseJobCompletion(text, ['1']);
    }
    expect(performance.now() - begun).toBeLessThan(20_000);
  });
});
