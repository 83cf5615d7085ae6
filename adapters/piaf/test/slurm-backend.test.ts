import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BackendRun, createSlurmBackend, failureOf, runStateOf, type TaskUpdate } from '@deephealth/adapter-piaf';
import { describe, expect, it } from 'vitest';

/** Commands with the names of Slurm's that run tasks on this machine, as far as the backend can tell. */
const COMMANDS = {
  scontrol: `printf 'ClusterName = here\\nMaxArraySize = 3\\n'`,
  scancel: `exit 0`,
  sbatch: `
for word; do
  case $word in --array=*) last=\${word#--array=0-};; --job-name=*) name=\${word#--job-name=};; esac
done
id=$(($(ls | wc -l) + 1)); mkdir $id; cat > $id/script; echo $name > $id/name
for index in $(seq 0 $last); do
  (SLURM_ARRAY_TASK_ID=$index sh $id/script; echo $? > $id/part.$index; mv $id/part.$index $id/code.$index) </dev/null >/dev/null 2>&1 &
  touch $id/task.$index
done
echo $id`,
  squeue: `
case " $* " in *" -n "*) for id in *; do printf '%-20s%-200s\\n' $id $(cat $id/name); done; exit;; esac
for id in *; do for task in $id/task.*; do
  index=\${task##*.}; code=$(cat $id/code.$index 2>/dev/null)
  case $code in '') state=RUNNING;; 0) state=COMPLETED;; *) state=FAILED;; esac
  printf '%-20s%-20s%-30s%-20s%-20s%s\\n' $id $index $state $((\${code:-0} * 256)) 0 None
done; done`,
};

function fakeSlurm() {
  const folder = mkdtempSync(join(tmpdir(), 'fake-slurm-'));
  const jobs = join(folder, 'jobs');
  mkdirSync(jobs);
  for (const [name, text] of Object.entries(COMMANDS)) {
    writeFileSync(join(folder, name), `#!/bin/sh\nPATH=/usr/bin:/bin; cd ${jobs}\n${text}\n`);
    chmodSync(join(folder, name), 0o755);
  }
  return { jobs, options: { environment: { PATH: folder }, pollIntervalMs: 20 } };
}

function jobOf(commands: readonly string[]) {
  const runFolder = mkdtempSync(join(tmpdir(), 'a run of "two" '));
  return {
    ...{ runId: '1'.repeat(32), runFolder, environment: { PATH: '/usr/bin:/bin', RUN_FOLDER: runFolder } },
    resources: { cores: 1, ramMiB: 10, timeLimitS: 60 },
    tasks: commands.map((command, index) => ({ chunk: `chunk-0000${index}`, command: ['/bin/sh', '-c', command] })),
  };
}

function runOf(more: Partial<BackendRun> = {}) {
  const kept: string[] = [];
  const run: BackendRun = {
    saveHandle: async (handle) => void kept.push(handle),
    report: () => undefined,
    signal: new AbortController().signal,
    ...more,
  };
  return { kept, run };
}

describe('the Slurm backend, from its commands to the states of a run', () => {
  it('does every task, in as many arrays as it takes, and tells how each ended', async () => {
    const { jobs, options } = fakeSlurm();
    const backend = createSlurmBackend(options);
    const updates = await backend.run(jobOf(['exit 0', 'exit 3', 'kill -SEGV $$', 'exit 0']), runOf().run);
    await backend.close();
    expect(backend.name).toBe('slurm');
    expect(readdirSync(jobs)).toHaveLength(2);
    expect(
      updates.map((update) => [runStateOf(update), failureOf(update)?.code, update.exitCode, update.signal]),
    ).toEqual([
      ['COMPLETE', undefined, 0, undefined],
      ['EXECUTOR_ERROR', 'DH_CHUNK_FAILED', 3, undefined],
      ['EXECUTOR_ERROR', 'DH_CHUNK_FAILED', 139, 'SIGSEGV'],
      ['COMPLETE', undefined, 0, undefined],
    ]);
  });

  it('goes on after it was closed in the middle, and runs each task once', async () => {
    const { jobs, options } = fakeSlurm();
    const wait = 'echo . >> "$RUN_FOLDER/count"; while [ ! -e "$RUN_FOLDER/go" ]; do sleep 0.05; done';
    const job = jobOf([wait, wait]);
    const first = createSlurmBackend(options);
    const running = (update: TaskUpdate) => update.state === 'RUNNING' && void first.close();
    const { kept, run } = runOf({ report: running });
    await expect(first.run(job, run)).rejects.toMatchObject({ code: 'DH_BACKEND_UNAVAILABLE' });
    writeFileSync(join(job.runFolder, 'go'), '');
    const second = createSlurmBackend(options);
    const updates = await second.run(job, runOf({ handle: kept.at(-1) ?? '' }).run);
    await second.close();
    expect(updates.map(({ state }) => state)).toEqual(['COMPLETED', 'COMPLETED']);
    expect(readFileSync(join(job.runFolder, 'count'), 'utf8')).toBe('.\n.\n');
    expect(readdirSync(jobs)).toHaveLength(1);
  });
});
