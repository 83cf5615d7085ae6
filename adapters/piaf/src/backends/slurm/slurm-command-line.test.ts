import { chmodSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { seededRandom } from '@deephealth/sdk';
import { describe, expect, it } from 'vitest';
import { createSlurmCommandLine, parseLimits, type SlurmCommandLineOptions } from './slurm-command-line.js';
import type { SlurmSubmission } from './slurm-commands.js';

const COMMANDS = ['sbatch', 'squeue', 'scancel', 'scontrol', 'sacct'] as const;
type Command = (typeof COMMANDS)[number];
interface Answer {
  readonly out?: string;
  readonly err?: string;
  readonly code?: number;
}

const SUBMISSION: SlurmSubmission = {
  ...{ jobName: 'dh-1', comment: 'deephealth run 1', script: '#!/bin/sh\necho\n', count: 4, cores: 2, ramMiB: 512 },
  ...{ gpus: 0, timeLimitMinutes: 3, requeue: true },
};

/** Commands that answer as they are told, and keep what they were asked. */
function fakeSlurm(answers: Partial<Record<Command, Answer>>, options: SlurmCommandLineOptions = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'fake-slurm-'));
  for (const name of COMMANDS) {
    const { out = '', err = '', code = 0 } = answers[name] ?? {};
    writeFileSync(join(folder, `${name}.out`), out);
    writeFileSync(join(folder, `${name}.err`), err);
    const script = `#!/bin/sh
cd ${folder}; printf '%s\\n' "$@" > ${name}.args; /usr/bin/env > ${name}.env; /bin/cat > ${name}.in
/bin/cat ${name}.out; /bin/cat ${name}.err >&2; exit ${code}
`;
    writeFileSync(join(folder, name), script);
    chmodSync(join(folder, name), 0o755);
  }
  const environment = {
    PATH: folder,
    SLURM_CONF: '/x',
    SBATCH_PARTITION: 'other',
    SQUEUE_STATES: 'all',
    TOKEN: 'secret',
  };
  const slurm = createSlurmCommandLine({ environment, ...options });
  const read = (file: string) => readFileSync(join(folder, file), 'utf8');
  return { slurm, argumentsOf: (name: Command) => read(`${name}.args`).trimEnd().split('\n'), read };
}

const failed = (text: string): Answer => ({ code: 1, err: text });
const reasonOf = (error: { code: string; details: { reason?: string } }) => [error.code, error.details.reason];

describe("Slurm's commands", () => {
  it('sbatch is given what the task needs, the choices of the centre, and the script', async () => {
    const { slurm, argumentsOf, read } = fakeSlurm(
      { sbatch: { out: '1234\n' } },
      { partition: 'gpu', account: 'a b', qos: 'low', extraArguments: ['--constraint=avx512&ib'] },
    );
    expect(await slurm.submit({ ...SUBMISSION, gpus: 1, atOnce: 2, scratchMiB: 9, requeue: false })).toBe('1234');
    expect(argumentsOf('sbatch')).toEqual([
      ...['--constraint=avx512&ib', '--partition=gpu', '--account=a b', '--qos=low', '--parsable', '--quiet'],
      ...['--job-name=dh-1', '--comment=deephealth run 1', '--array=0-3%2', '--nodes=1', '--ntasks=1'],
      ...['--cpus-per-task=2', '--mem=512M', '--gres=gpu:1', '--tmp=9M', '--time=3', '--no-requeue', '--export=NONE'],
      ...['--chdir=/', '--input=/dev/null', '--output=/dev/null', '--error=/dev/null'],
    ]);
    expect(read('sbatch.in')).toBe(SUBMISSION.script);
  });

  it('no variable reaches them that changes what they do, and no secret', async () => {
    const { slurm, read } = fakeSlurm({ sbatch: { out: '1\n' } });
    await slurm.submit(SUBMISSION);
    const names = read('sbatch.env')
      .split('\n')
      .map((line) => line.split('=')[0]);
    expect(names).toContain('SLURM_CONF');
    for (const name of ['SBATCH_PARTITION', 'SQUEUE_STATES', 'TOKEN']) expect(names).not.toContain(name);
  });

  it.each([
    ['1234\n', '1234'],
    ['1234;cluster\n', '1234'],
  ])('sbatch says its id: %j', async (out, id) => {
    expect(await fakeSlurm({ sbatch: { out } }).slurm.submit(SUBMISSION)).toBe(id);
  });

  it.each(['', 'Submitted batch job\n', '12x\n', '-1\n', '99999999999\n'])(
    'takes %j for no id: it may have been taken',
    async (out) => {
      const error = await fakeSlurm({ sbatch: { out } }).slurm.submit(SUBMISSION).catch(reasonOf);
      expect(error).toEqual(['DH_BACKEND_UNAVAILABLE', undefined]);
    },
  );

  it.each([
    ['sbatch: error: Batch job submission failed: Invalid partition name specified', 'refused'],
    ['sbatch: error: Batch job submission failed: Requested node configuration is not available', 'refused'],
    ['sbatch: error: Batch job submission failed: Job violates accounting/QOS policy (job submit limit)', 'refused'],
    ['sbatch: error: Batch job submission failed: Unable to contact slurm controller (connect failure)', undefined],
    ['sbatch: error: Batch job submission failed: Socket timed out on send/recv operation', undefined],
    ['sbatch: error: Batch job submission failed: Zero Bytes were transmitted or received', undefined],
    ['Segmentation fault', undefined],
    ['', undefined],
  ])('sbatch that ends with %j', async (text, reason) => {
    expect(
      await fakeSlurm({ sbatch: failed(`${text}\n`) })
        .slurm.submit(SUBMISSION)
        .catch(reasonOf),
    ).toEqual(['DH_BACKEND_UNAVAILABLE', reason]);
  });

  it('a message of Slurm is passed on where it is one of its sentences, and never a path', async () => {
    const text = 'sbatch: error: Batch job submission failed: /home/someone/secret does not exist\n';
    const { message } = (await fakeSlurm({ sbatch: failed(text) })
      .slurm.submit(SUBMISSION)
      .catch((error: Error) => error)) as Error;
    expect(message).toBe('Slurm: sbatch ended without an answer.');
  });

  it('a command that is not there is said to be missing', async () => {
    const slurm = createSlurmCommandLine({ environment: { PATH: mkdtempSync(join(tmpdir(), 'empty-')) } });
    await expect(slurm.limits()).rejects.toMatchObject({
      code: 'DH_BACKEND_UNAVAILABLE',
      message: expect.stringContaining('no command scontrol'),
    });
  });

  it('squeue is asked of this user and these arrays alone', async () => {
    const out = `${['7', '0'].map((text) => text.padEnd(20)).join('')}${'RUNNING'.padEnd(30)}${['0', '2', 'None'].map((text) => text.padEnd(20)).join('')}\n`;
    const { slurm, argumentsOf } = fakeSlurm({ squeue: { out: out + out.replace('7', '9') } });
    expect(await slurm.query(['7', '8'])).toEqual([{ jobId: '7', index: 0, state: 'RUNNING', restarts: 2 }]);
    expect(argumentsOf('squeue').slice(0, 7)).toEqual(['-h', '-r', '--me', '-t', 'all', '-j', '7,8']);
  });

  it('an array that squeue does not know is no error; a controller that is away is one', async () => {
    const unknown = fakeSlurm({ squeue: failed('slurm_load_jobs error: Invalid job id specified\n') }).slurm;
    expect(await unknown.query(['7'])).toEqual([]);
    const away = fakeSlurm({
      squeue: failed('slurm_load_jobs error: Unable to contact slurm controller (connect failure)\n'),
    }).slurm;
    await expect(away.query(['7'])).rejects.toMatchObject({ code: 'DH_BACKEND_UNAVAILABLE' });
    await expect(away.find(['dh-1'])).rejects.toMatchObject({ code: 'DH_BACKEND_UNAVAILABLE' });
  });

  it('an array is found by its name in the queue, else in accounting', async () => {
    const inQueue = fakeSlurm({ squeue: { out: `${'7'.padEnd(20)}${'dh-1'.padEnd(200)}\n` } }).slurm;
    expect(await inQueue.find(['dh-1'])).toEqual(new Map([['dh-1', '7']]));
    expect(await fakeSlurm({ sacct: { out: '8_0|dh-1\n8_1|dh-1\n' } }).slurm.find(['dh-1'])).toEqual(
      new Map([['dh-1', '8']]),
    );
    expect(await fakeSlurm({ sacct: failed('Slurm accounting storage is disabled\n') }).slurm.find(['dh-1'])).toEqual(
      new Map(),
    );
  });

  it('history is that of accounting, else the file of completions, else none', async () => {
    const jobCompletionFile = join(mkdtempSync(join(tmpdir(), 'jobcomp-')), 'file');
    writeFileSync(
      jobCompletionFile,
      'JobId=7 UserId=a(1) JobState=TIMEOUT Partition=b ArrayJobId=7 ArrayTaskId=0 DerivedExitCode=0:0 ExitCode=0:15 \n',
    );
    const withBoth = fakeSlurm({ sacct: { out: '7_0|FAILED|3:0\n' } }, { jobCompletionFile }).slurm;
    expect(await withBoth.history(['7'])).toEqual([{ jobId: '7', index: 0, state: 'FAILED', exitCode: 3 }]);
    const without = { sacct: failed('Slurm accounting storage is disabled\n') };
    expect((await fakeSlurm(without, { jobCompletionFile }).slurm.history(['7']))[0]?.state).toBe('TIMEOUT');
    expect(await fakeSlurm(without, { jobCompletionFile: '/absent' }).slurm.history(['7'])).toEqual([]);
    expect(await fakeSlurm(without).slurm.history(['7'])).toEqual([]);
  });

  it('scancel of what has ended is as it should be', async () => {
    const { slurm, argumentsOf } = fakeSlurm({});
    await slurm.cancel(['7', '8']);
    expect(argumentsOf('scancel')).toEqual(['--quiet', '7', '8']);
    await fakeSlurm({
      scancel: failed('scancel: error: Kill job error on job id 7: Invalid job id specified\n'),
    }).slurm.cancel(['7']);
    await expect(
      fakeSlurm({ scancel: failed('scancel: error: Unable to contact slurm controller\n') }).slurm.cancel(['7']),
    ).rejects.toMatchObject({
      code: 'DH_BACKEND_UNAVAILABLE',
    });
  });

  it('limits are those of the configuration', async () => {
    const out = 'Configuration data as of ...\nClusterName             = centre\nMaxArraySize            = 1001\n';
    expect(await fakeSlurm({ scontrol: { out } }).slurm.limits()).toEqual({ cluster: 'centre', maxArraySize: 1001 });
    for (const text of ['', 'ClusterName = a\n', 'ClusterName = a\nMaxArraySize = x\n', out.replace('1001', '0')]) {
      expect(() => parseLimits(text)).toThrow(expect.objectContaining({ code: 'DH_BACKEND_UNAVAILABLE' }));
    }
  });

  it('malformed configuration is an error of the catalogue, or limits that hold', () => {
    const random = seededRandom(3);
    const source = 'ClusterName             = centre\nMaxArraySize            = 1001\n';
    for (let round = 0; round < 2000; round++) {
      const at = Math.floor(random() * source.length);
      const text =
        source.slice(0, at) +
        String.fromCharCode(Math.floor(random() * 300)) +
        source.slice(at + Math.floor(random() * 4));
      try {
        expect(parseLimits(text).maxArraySize).toBeGreaterThanOrEqual(1);
      } catch (error) {
        expect(error).toMatchObject({ code: 'DH_BACKEND_UNAVAILABLE' });
      }
    }
  });
});
