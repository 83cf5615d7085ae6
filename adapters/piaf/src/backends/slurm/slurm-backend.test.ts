import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DeepHealthError } from '@deephealth/sdk';
import { describe, expect, it } from 'vitest';
import { begin, Controller, exitFile, namesIn, said } from '../../testing/slurm-controller.js';
import type { TaskState, TaskUpdate } from '../chain-backend.js';
import { createSlurmBackend, splitTasks } from './slurm-backend.js';
import type { SlurmSubmission } from './slurm-commands.js';

describe('the Slurm backend', () => {
  it('asks for what the chain needs, in whole minutes with room for its own limit', async () => {
    const controller = new Controller();
    await begin(controller, { backend: { tasksAtOnce: 3, requeue: false } }).end;
    const { script, jobName, ...rest } = controller.submissions[0] as SlurmSubmission;
    expect(rest).toEqual({
      ...{ comment: `deephealth run ${'a'.repeat(32)}`, count: 1, atOnce: 3, cores: 2, ramMiB: 100, gpus: 1 },
      ...{ timeLimitMinutes: 3, requeue: false },
    });
    expect(jobName).toMatch(/^dh-a{32}-[0-9a-f]{12}$/);
    expect(script).toContain('timeout -k 10 90');
    await begin(controller, { backend: { requestScratch: true } }).end;
    expect(controller.submissions[1]).toMatchObject({ scratchMiB: 7, requeue: true });
  });

  it('has the name of an array kept before Slurm has it, and its id after', async () => {
    const controller = new Controller();
    const order: string[] = [];
    controller.onSubmit = () => {
      order.push('submit');
      return 'taken';
    };
    const { handles, end } = begin(controller, {
      onSave: (handle) => order.push(handle.includes('"jobId"') ? 'id' : 'name'),
    });
    await end;
    expect(order).toEqual(['name', 'submit', 'id']);
    expect(namesIn(handles[0])).toEqual([controller.submissions[0]?.jobName]);
  });

  it('reports each change once and in order, begun anew included', async () => {
    const controller = new Controller();
    controller.answers = (
      [
        ['PENDING', 0],
        ['PENDING', 0],
        ['CONFIGURING', 0],
        ['RUNNING', 0],
        ['NODE_FAIL', 0],
        ['PENDING', 1],
        ['RUNNING', 1],
        ['SUSPENDED', 1],
        ['RUNNING', 1],
        ['COMPLETED', 1],
      ] as const
    ).map(([state, restarts]) => () => [
      said('1', 0, state, { restarts, ...(state === 'COMPLETED' ? { exitCode: 0 } : {}) }),
    ]);
    const { seen, end } = begin(controller);
    expect(await end).toEqual([{ chunk: 'chunk-00000', state: 'COMPLETED', attempts: 2, exitCode: 0 }]);
    expect(seen.map(({ state, attempts }) => [state, attempts])).toEqual([
      ['PENDING', 0],
      ['CONFIGURING', 0],
      ['RUNNING', 1],
      ['PENDING', 1],
      ['RUNNING', 2],
      ['SUSPENDED', 2],
      ['RUNNING', 2],
      ['COMPLETED', 2],
    ]);
  });

  it.each(['FAILED', 'TIMEOUT', 'OUT_OF_MEMORY', 'CANCELLED', 'NODE_FAIL', 'BOOT_FAIL', 'PREEMPTED'] as const)(
    'ends a task with %s where Slurm says so',
    async (state) => {
      const controller = new Controller();
      controller.answers = [() => [said('1', 0, 'RUNNING')], () => [said('1', 0, state, { exitCode: 9 })]];
      expect(await begin(controller).end).toEqual([{ chunk: 'chunk-00000', state, attempts: 1, exitCode: 9 }]);
    },
  );

  it.each(['TIMEOUT', 'OUT_OF_MEMORY', 'CANCELLED', 'NODE_FAIL', 'PREEMPTED'] as const)(
    'a task that had committed its part before %s is COMPLETED',
    async (state) => {
      const controller = new Controller();
      controller.answers = [() => [said('1', 0, state)]];
      const folder = mkdtempSync(join(tmpdir(), 'slurm-run-'));
      mkdirSync(join(folder, 'parts', 'chunk-00000'), { recursive: true });
      writeFileSync(join(folder, 'parts', 'chunk-00000', 'part.json'), '{}');
      expect((await begin(controller, { folder }).end)[0]?.state).toBe('COMPLETED');
    },
  );

  it('makes several arrays where one is too large, and brings their tasks together', async () => {
    const controller = new Controller();
    controller.maxArraySize = 2;
    const updates = await begin(controller, { tasks: 5 }).end;
    expect(controller.submissions.map(({ count }) => count)).toEqual([2, 2, 1]);
    expect(updates.map(({ chunk }) => chunk)).toEqual([0, 1, 2, 3, 4].map((index) => `chunk-0000${index}`));
  });

  it('makes a further array before a script is larger than Slurm takes', () => {
    const tasks = Array.from({ length: 100 }, (_, index) => ({ chunk: `c${index}`, command: ['x'.repeat(50_000)] }));
    const arrays = splitTasks(tasks, 1000);
    expect(arrays.length).toBeGreaterThan(5);
    expect(arrays.flat()).toEqual(tasks);
  });

  it('cancels until nothing runs, and resolves only then', async () => {
    const controller = new Controller();
    const states: TaskState[] = ['RUNNING', 'RUNNING', 'RUNNING', 'CANCELLED'];
    controller.answers = states.map((state) => () => [said('1', 0, state)]);
    const onReport = (update: TaskUpdate, abort: AbortController) => update.state === 'RUNNING' && abort.abort();
    const [update] = await begin(controller, { onReport }).end;
    expect(update).toEqual({ chunk: 'chunk-00000', state: 'CANCELLED', attempts: 1 });
    expect(controller.cancelled.length).toBeGreaterThanOrEqual(2);
  });

  it('submits nothing for a run that was cancelled before', async () => {
    const controller = new Controller();
    controller.isAway = true;
    const run = begin(controller, { backend: { pollIntervalMs: 50 } });
    run.abort.abort();
    expect(await run.end).toEqual([{ chunk: 'chunk-00000', state: 'CANCELLED', attempts: 0 }]);
    expect(controller.submissions).toEqual([]);
  });

  describe('where nobody knows whether Slurm took an array', () => {
    it('finds one that was taken, and does not submit it again', async () => {
      const controller = new Controller();
      controller.onSubmit = () => 'lost';
      expect((await begin(controller).end)[0]?.state).toBe('COMPLETED');
      expect(controller.submissions).toHaveLength(1);
    });

    it('gives up one that was not, so that it does nothing should it arrive late, and submits another', async () => {
      const controller = new Controller();
      controller.onSubmit = (number) => (number === 1 ? 'away' : 'taken');
      const { end, runFolder, handles } = begin(controller);
      expect((await end)[0]?.state).toBe('COMPLETED');
      const [first, second] = controller.submissions.map(({ jobName }) => jobName);
      expect(first).not.toBe(second);
      const live = (name = '') => readFileSync(join(runFolder, 'attempts', 'slurm', `${name}.live`), 'utf8');
      expect(() => live(first)).toThrow('ENOENT');
      expect(live(second)).toBe(`${second}\n`);
      expect(namesIn(handles.at(-1))).toEqual([second]);
    });

    it('ends one that arrives while it is given up, before another is submitted', async () => {
      const controller = new Controller();
      controller.onSubmit = (number) => (number === 1 ? 'away' : 'taken');
      const find = controller.find.bind(controller);
      let looked = 0;
      controller.find = async (names) => {
        looked += 1;
        if (looked === 2) controller.taken.set(names[0] ?? '', '77');
        return find(names);
      };
      controller.answers = [
        (question, [id = '']) => [said(id, 0, question === 0 ? 'RUNNING' : 'CANCELLED')],
        (_, [id = '']) => (id === '77' ? [] : [said(id, 0, 'COMPLETED')]),
      ];
      expect((await begin(controller).end)[0]?.state).toBe('COMPLETED');
      expect(controller.cancelled).toContain('77');
      expect(controller.submissions).toHaveLength(2);
    });

    it('submits less and less often where no answer ever comes, and gives up after the time that it is given', async () => {
      const controller = new Controller();
      controller.onSubmit = () => 'away';
      const run = begin(controller, { backend: { pollIntervalMs: 20, unavailableAfterMs: 200 } });
      await expect(run.end).rejects.toMatchObject({ code: 'DH_BACKEND_UNAVAILABLE' });
      expect(controller.submissions.length).toBeGreaterThan(1);
      expect(controller.submissions.length).toBeLessThan(8);
    });

    it('is told so where Slurm refuses it', async () => {
      const controller = new Controller();
      controller.onSubmit = () => 'refused';
      await expect(begin(controller).end).rejects.toMatchObject({
        code: 'DH_BACKEND_UNAVAILABLE',
        details: { reason: 'refused' },
      });
      expect(controller.submissions).toHaveLength(1);
    });

    it('gives up only after the time that it is given', async () => {
      const controller = new Controller();
      controller.isAway = true;
      await expect(begin(controller, { backend: { unavailableAfterMs: 20 } }).end).rejects.toMatchObject({
        code: 'DH_BACKEND_UNAVAILABLE',
      });
    });
  });

  describe('after a restart', () => {
    /** A first process that ended at a certain save; what is durable then. */
    async function cutOff(controller: Controller, after: 'name' | 'id', tasks = 2) {
      const kept: string[] = [];
      const first = begin(controller, {
        tasks,
        onSave(handle) {
          const isId = handle.includes('"jobId"');
          if (after === 'id' || !isId) kept.push(handle);
          if (isId) throw new Error('killed');
        },
      });
      await expect(first.end).rejects.toThrow('killed');
      return { folder: first.runFolder, handle: kept.at(-1), tasks };
    }

    it.each(['name', 'id'] as const)('goes on with an array of which it kept the %s', async (after) => {
      const controller = new Controller();
      const before = await cutOff(controller, after);
      expect(await begin(controller, before).end).toHaveLength(2);
      expect(controller.submissions).toHaveLength(1);
    });

    it('submits what was never submitted', async () => {
      const controller = new Controller();
      const before = await cutOff(controller, 'name');
      controller.taken.clear();
      await begin(controller, before).end;
      expect(controller.submissions).toHaveLength(2);
    });

    it('does not submit again what has ended and was forgotten, by name too', async () => {
      const controller = new Controller();
      const { folder, handle, tasks } = await cutOff(controller, 'name');
      controller.taken.clear();
      const [name] = namesIn(handle);
      exitFile(folder, 'chunk-00000', `${name} 2 0 exit\n`);
      exitFile(folder, 'chunk-00001', `${name} 1 137 signal\n`);
      expect(await begin(controller, { folder, handle, tasks }).end).toEqual([
        { chunk: 'chunk-00000', state: 'COMPLETED', attempts: 2, exitCode: 0 },
        { chunk: 'chunk-00001', state: 'FAILED', attempts: 1, exitCode: 137, signal: 'SIGKILL' },
      ]);
      expect(controller.submissions).toHaveLength(1);
    });

    it('tells only of the tasks that are wanted, and adds an array for those that are in none', async () => {
      const controller = new Controller();
      const before = await cutOff(controller, 'id', 2);
      const updates = await begin(controller, { ...before, tasks: 3 }).end;
      expect(updates).toHaveLength(3);
      expect(controller.submissions.map(({ count }) => count)).toEqual([2, 1]);
      const fewer = begin(controller, { ...before, tasks: 1 });
      expect(await fewer.end).toHaveLength(1);
      expect(new Set(fewer.seen.map(({ chunk }) => chunk))).toEqual(new Set(['chunk-00000']));
    });

    it('refuses a handle of another cluster, and submits nothing', async () => {
      const controller = new Controller();
      const before = await cutOff(controller, 'id');
      controller.cluster = 'another';
      await expect(begin(controller, before).end).rejects.toMatchObject({ code: 'DH_BACKEND_UNAVAILABLE' });
      expect(controller.submissions).toHaveLength(1);
    });

    it.each([
      '',
      '{}',
      'null',
      '{"version":1,"cluster":"test","arrays":[{"jobName":"../x"}]}',
      '{"version":1,"cluster":"test","arrays":[{"jobName":"x","jobId":"1 --all"}]}',
    ])('refuses the handle %j', async (handle) => {
      const controller = new Controller();
      await expect(begin(controller, { handle }).end).rejects.toMatchObject({ code: 'DH_RUN_STORE_INVALID' });
      expect(controller.submissions).toEqual([]);
    });

    it('refuses to guess where the list of tasks is gone', async () => {
      const controller = new Controller();
      const before = await cutOff(controller, 'id');
      rmSync(join(before.folder, 'attempts'), { recursive: true });
      await expect(begin(controller, before).end).rejects.toMatchObject({ code: 'DH_RUN_STORE_INVALID' });
    });
  });

  describe('of a task that Slurm does not know any more', () => {
    const vanishing = (controller: Controller) => {
      controller.answers = [() => [said('1', 0, 'RUNNING')], () => []];
    };

    it('takes what accounting says', async () => {
      const controller = new Controller();
      vanishing(controller);
      controller.past.push({ jobId: '1', index: 0, state: 'OUT_OF_MEMORY', exitCode: 137 });
      expect((await begin(controller).end)[0]).toMatchObject({ state: 'OUT_OF_MEMORY', attempts: 1 });
    });

    it.each([
      ['0 exit', 'COMPLETED'],
      ['5 exit', 'FAILED'],
      ['124 timeout', 'TIMEOUT'],
    ])('else what its exit file says: %s', async (text, state) => {
      const controller = new Controller();
      vanishing(controller);
      const run = begin(controller, {
        onReport: (update) => {
          if (update.state === 'RUNNING')
            exitFile(run.runFolder, 'chunk-00000', `${controller.submissions[0]?.jobName} 1 ${text}\n`);
        },
      });
      expect((await run.end)[0]).toMatchObject({ state, attempts: 1 });
    });

    it('else holds its machine to have failed, but not before it was asked for several times', async () => {
      const controller = new Controller();
      vanishing(controller);
      expect((await begin(controller).end)[0]).toEqual({ chunk: 'chunk-00000', state: 'NODE_FAIL', attempts: 1 });
      expect(controller.questions).toBeGreaterThanOrEqual(4);
    });

    it('takes no exit file of another array', async () => {
      const controller = new Controller();
      vanishing(controller);
      const run = begin(controller, { onReport: () => exitFile(run.runFolder, 'chunk-00000', 'dh-other 1 0 exit\n') });
      expect((await run.end)[0]?.state).toBe('NODE_FAIL');
    });
  });

  it('takes a task that its own limit ended as TIMEOUT, though Slurm calls it FAILED', async () => {
    const controller = new Controller();
    controller.answers = [() => [said('1', 0, 'RUNNING')], () => [said('1', 0, 'FAILED', { exitCode: 124 })]];
    const run = begin(controller, {
      onReport: () => exitFile(run.runFolder, 'chunk-00000', `${controller.submissions[0]?.jobName} 1 124 timeout\n`),
    });
    expect((await run.end)[0]).toEqual({ chunk: 'chunk-00000', state: 'TIMEOUT', attempts: 1, exitCode: 124 });
  });

  it('goes on asking a Slurm that does not answer, reports nothing of it, and submits nothing', async () => {
    const controller = new Controller();
    const lines: string[] = [];
    const query = controller.query.bind(controller);
    let failures = 0;
    controller.query = async (ids) => {
      if (controller.questions === 1 && failures < 5) {
        failures += 1;
        throw new DeepHealthError('DH_BACKEND_UNAVAILABLE', 'Slurm: away.');
      }
      return query(ids);
    };
    controller.answers = [() => [said('1', 0, 'RUNNING')], () => [said('1', 0, 'COMPLETED', { exitCode: 0 })]];
    const run = begin(controller, { backend: { log: (line) => lines.push(line) } });
    expect((await run.end)[0]?.state).toBe('COMPLETED');
    expect(run.seen.map(({ state }) => state)).toEqual(['RUNNING', 'COMPLETED']);
    expect(lines).toEqual([expect.stringContaining('does not answer'), 'Slurm answers again.']);
    expect(controller.submissions).toHaveLength(1);
  });

  it('tells the operator once why tasks wait', async () => {
    const controller = new Controller();
    const lines: string[] = [];
    const waiting = () => [said('1', 0, 'PENDING', { reason: 'Nodes required for job are DOWN' })];
    controller.answers = [waiting, waiting, () => [said('1', 0, 'COMPLETED')]];
    await begin(controller, { backend: { log: (line) => lines.push(line) } }).end;
    expect(lines).toEqual([`Run ${'a'.repeat(32)}: 1 task waits (Nodes required for job are DOWN).`]);
  });

  it('leaves tasks alone when it is closed, and ends its runs without a state', async () => {
    const controller = new Controller();
    controller.answers = [() => [said('1', 0, 'RUNNING')]];
    const run = begin(controller, { onReport: () => void run.backend.close() });
    await expect(run.end).rejects.toMatchObject({ code: 'DH_BACKEND_UNAVAILABLE' });
    expect(controller.cancelled).toEqual([]);
  });

  it.each([
    { pollIntervalMs: 0 },
    { tasksAtOnce: 1.5 },
    { extraArguments: ['--wrap=id'] },
    { extraArguments: ['--arr=0-3'] },
    { extraArguments: ['-p', 'x'] },
    { extraArguments: ['script.sh'] },
    { extraArguments: ['--comment=a\nb'] },
    { partition: '' },
  ])('refuses the options %o', (options) => {
    expect(() => createSlurmBackend(options)).toThrow(expect.objectContaining({ code: 'DH_CONFIG_INVALID' }));
  });
});
