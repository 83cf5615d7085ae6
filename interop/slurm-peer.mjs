// Our Slurm backend against a real Slurm: every way that a task can end on it, and what is cut off in between.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';
import { expectEqual, expectTrue } from './check-report.mjs';
import { startSlurm } from './slurm-cluster.mjs';

const POLL_MS = 500;
/** Of one wait: the machine may be busy with other things. */
const LIMIT_MS = 120_000;
/** More than the largest array of a run here may have. */
const MANY = 40;
const RESOURCES = { cores: 1, ramMiB: 50, timeLimitS: 600 };
const ODD_NAME = 'a "run" of \'two\' $(touch x) `id` %j \\n;&|\n*';

export async function runSlurmChecks(installed, { root, name, scratch }, report) {
  const { createSlurmBackend } = await import(pathToFileURL(join(root, 'adapters', 'piaf', 'dist', 'index.js')).href);
  const folder = join(scratch, name);
  mkdirSync(folder, { recursive: true });
  const cluster = await startSlurm({ installed, options: { MaxArraySize: 26 } });
  const checks = createChecks({ cluster, folder, createSlurmBackend });
  const check = (sentence, run) => report.check(name, sentence, run);
  try {
    process.stderr.write(`        ${cluster.version}\n`);
    await check(...checks.first);
    // Beside each other, as they mostly wait; then those that take the node or the controller away, in turn.
    const slow = check(...checks.slow);
    await Promise.all(checks.besideOthers.map(([sentence, run]) => check(sentence, run)));
    for (const [sentence, run] of checks.inTurn) await check(sentence, run);
    await slow;
    // These end whatever else there is.
    for (const [sentence, run] of checks.lastOnes) await check(sentence, run);
    checks.sayTimings();
  } finally {
    await cluster.stop();
  }
}

function createChecks({ cluster, folder, createSlurmBackend }) {
  const timings = [];
  let runs = 0;

  /** A run of shell commands in a folder of its own; gives what there is to see of it while it goes on. */
  const begin = (commands, { resources = {}, handle, runFolder, environment = {}, ...options } = {}) => {
    const at = runFolder ?? newFolder();
    const job = {
      runId: runIdOf(++runs),
      runFolder: at,
      tasks: tasksOf(commands),
      ...jobOf(at, resources, environment),
    };
    const controller = new AbortController();
    const backend = createSlurmBackend({ environment: cluster.environment, pollIntervalMs: POLL_MS, ...options });
    const seen = [];
    const waiters = new Set();
    const run = { job, runFolder: at, seen, abort: () => controller.abort(), handle };
    run.saw = (chunk, state) => until(waiters, () => seen.some((one) => one.chunk === chunk && one.state === state));
    run.submitted = () => until(waiters, () => jobIdsOf(run.handle).length > 0);
    run.end = backend
      .run(job, {
        ...(handle === undefined ? {} : { handle }),
        async saveHandle(text) {
          run.handle = text;
          for (const one of waiters) one();
        },
        report(update) {
          seen.push({ ...update, at: Date.now() });
          for (const one of waiters) one();
        },
        signal: controller.signal,
      })
      .finally(() => backend.close());
    // Whoever waits for something else first gets to know of it then.
    run.end.catch(() => undefined);
    return run;
  };
  const newFolder = (of = `run-${runs + 1}-${Math.random().toString(16).slice(2)}`) => {
    const at = join(folder, of);
    mkdirSync(at, { recursive: true });
    return at;
  };
  const states = async (run) => (await run.end).map(({ state }) => state);

  /** By itself, since its times are told. */
  const first = [
    'a task that ends with 0 is COMPLETED, and was PENDING or RUNNING before',
    async () => {
      const begun = Date.now();
      const run = begin(['date +%s%N > "$RUN_FOLDER/began"; sleep 3; date +%s%N > "$RUN_FOLDER/ended"']);
      expectEqual('end', await run.end, [{ chunk: 'chunk-00000', state: 'COMPLETED', attempts: 1, exitCode: 0 }]);
      const noticed = run.seen.at(-1).at;
      expectTrue(
        'RUNNING was seen',
        run.seen.some(({ state }) => state === 'RUNNING'),
      );
      timings.push(
        ['submission to start', timeIn(run, 'began') - begun],
        ['end to notice', noticed - timeIn(run, 'ended')],
      );
    },
  ];

  const besideOthers = [
    [
      'an exit code is told as it was',
      async () => {
        const run = begin(['exit 3']);
        expectEqual('end', await run.end, [{ chunk: 'chunk-00000', state: 'FAILED', attempts: 1, exitCode: 3 }]);
      },
    ],
    [
      'a task that a signal ended is told with its name',
      async () => {
        const [{ state, signal }] = await begin(['kill -SEGV $$']).end;
        expectEqual('end', { state, signal }, { state: 'FAILED', signal: 'SIGSEGV' });
      },
    ],
    [
      'tasks that the run cancels are CANCELLED, running and waiting ones, and none runs when it resolves',
      async () => {
        const run = begin(Array(4).fill('echo > "$RUN_FOLDER/$CHUNK.began"; sleep 300'), { tasksAtOnce: 2 });
        const began = () => readdirSync(run.runFolder).filter((file) => file.endsWith('.began')).length;
        await until(undefined, () => began() === 2);
        await run.saw('chunk-00001', 'RUNNING');
        const begun = Date.now();
        run.abort();
        expectEqual('states', await states(run), Array(4).fill('CANCELLED'));
        timings.push(['cancel to end', Date.now() - begun]);
        expectEqual(
          'attempts',
          (await run.end).map(({ attempts }) => attempts),
          [1, 1, 0, 0],
        );
        expectEqual('left in the queue', await queued(cluster, run), '');
        expectEqual('begun', began(), 2);
      },
    ],
    [
      'a task that somebody else cancels is CANCELLED, and the others go on',
      async () => {
        const run = begin(['sleep 300', 'sleep 3']);
        await run.saw('chunk-00000', 'RUNNING');
        await cluster.command('scancel', `${jobIdsOf(run.handle)[0]}_0`);
        expectEqual('states', await states(run), ['CANCELLED', 'COMPLETED']);
      },
    ],
    [
      'a task ends at its time limit to the second, below the minutes that Slurm counts in',
      async () => {
        const run = begin(['sleep 300', "trap '' TERM; while :; do sleep 1; done"], { resources: { timeLimitS: 4 } });
        expectEqual('states', await states(run), ['TIMEOUT', 'TIMEOUT']);
      },
    ],
    [
      'a task that takes more memory than it asked for is ended; without cgroups Slurm calls it FAILED, by SIGKILL',
      async () => {
        const [{ state, signal }] = await begin(['(head -c 400000000 /dev/zero; sleep 300) | tail -n 1']).end;
        expectEqual('end', { state, signal }, { state: 'FAILED', signal: 'SIGKILL' });
      },
    ],
    [
      'a task that is begun anew has two attempts and its success',
      async () => {
        const run = begin(['if [ -e "$RUN_FOLDER/again" ]; then exit 0; fi; touch "$RUN_FOLDER/again"; sleep 300']);
        await until(undefined, () => existsSync(join(run.runFolder, 'again')));
        await run.saw('chunk-00000', 'RUNNING');
        await cluster.command('scontrol', 'requeue', `${jobIdsOf(run.handle)[0]}_0`);
        expectEqual('end', await run.end, [{ chunk: 'chunk-00000', state: 'COMPLETED', attempts: 2, exitCode: 0 }]);
        expectTrue(
          'it was PENDING again',
          run.seen.some(({ state, attempts }) => state === 'PENDING' && attempts === 1),
        );
      },
    ],
    [
      'a task that is suspended says so, and goes on',
      async () => {
        const run = begin(['sleep 6']);
        await run.saw('chunk-00000', 'RUNNING');
        const id = `${jobIdsOf(run.handle)[0]}_0`;
        await cluster.command('scontrol', 'suspend', id);
        await run.saw('chunk-00000', 'SUSPENDED');
        await cluster.command('scontrol', 'resume', id);
        expectEqual('states', await states(run), ['COMPLETED']);
      },
    ],
    [
      'a task that is held waits, and goes on when it is released',
      async () => {
        const lines = [];
        const run = begin(['sleep 300', 'true'], { tasksAtOnce: 1, log: (line) => lines.push(line) });
        await run.saw('chunk-00000', 'RUNNING');
        const id = jobIdsOf(run.handle)[0];
        await cluster.command('scontrol', 'hold', `${id}_1`);
        await cluster.command('scancel', `${id}_0`);
        await run.saw('chunk-00000', 'CANCELLED');
        await until(undefined, () => lines.some((line) => line.includes('JobHeld')));
        await cluster.command('scontrol', 'release', `${id}_1`);
        expectEqual('states', await states(run), ['CANCELLED', 'COMPLETED']);
      },
    ],
    [
      `an array of ${MANY} tasks becomes several where Slurm takes 26 at most; each is done once`,
      async () => {
        const run = begin(Array(MANY).fill('echo . >> "$RUN_FOLDER/$CHUNK.count"'));
        expectEqual('states', await states(run), Array(MANY).fill('COMPLETED'));
        expectEqual('arrays', jobIdsOf(run.handle).length, 2);
        expectEqual('counts', countsIn(run.runFolder), Array(MANY).fill(1));
      },
    ],
    [
      'folders, arguments and values with quotes, blanks, line feeds and commands in them stay what they are',
      async () => {
        const runFolder = newFolder(`odd ${ODD_NAME.replaceAll('/', '')}`);
        const environment = { ODD: ODD_NAME };
        const command = [
          '/bin/sh',
          '-c',
          'printf %s "$1" > "$RUN_FOLDER/argument"; printf %s "$ODD" > "$RUN_FOLDER/value"',
          'sh',
          ODD_NAME,
        ];
        const run = begin([command], { runFolder, environment });
        expectEqual('states', await states(run), ['COMPLETED']);
        const read = (file) => readFileSync(join(runFolder, file), 'utf8');
        expectEqual('argument and value', [read('argument'), read('value')], [ODD_NAME, ODD_NAME]);
        expectEqual('files', readdirSync(runFolder).sort(), ['argument', 'attempts', 'value']);
      },
    ],
    [
      'a task has the environment of the job, its device, and nothing else',
      async () => {
        const run = begin([['/usr/bin/env']], { resources: { gpus: 1 } });
        expectEqual('states', await states(run), ['COMPLETED']);
        const log = readFileSync(join(run.runFolder, 'attempts', 'slurm', 'chunk-00000.log'), 'utf8');
        const names = log
          .trim()
          .split('\n')
          .map((line) => line.split('=')[0]);
        const devices = ['CUDA_VISIBLE_DEVICES', 'GPU_DEVICE_ORDINAL', 'ROCR_VISIBLE_DEVICES', 'ZE_AFFINITY_MASK'];
        expectEqual('names', names.sort(), [...devices, 'PATH', 'RUN_FOLDER'].sort());
        expectTrue('the device is that of Slurm', log.includes('CUDA_VISIBLE_DEVICES=0\n'));
      },
    ],
    [
      'what a task writes to its output is kept below the run folder, its beginning only',
      async () => {
        const run = begin(['head -c 3000000 /dev/zero; echo end >&2; exit 5']);
        expectEqual('exit code', (await run.end)[0].exitCode, 5);
        const log = readFileSync(join(run.runFolder, 'attempts', 'slurm', 'chunk-00000.log'));
        expectEqual('bytes', log.length, 262_144);
      },
    ],
    [
      'a job that Slurm refuses is told, with its reason',
      async () => {
        const message = await begin(['true'], { partition: 'absent' }).end.catch((error) => error.message);
        expectEqual('message', message, 'Slurm: sbatch: Invalid partition name specified.');
        const other = await begin(['true'], { resources: { gpus: 2 } }).end.catch((error) => error.code);
        expectEqual('code', other, 'DH_BACKEND_UNAVAILABLE');
      },
    ],
    [
      'killed after sbatch and before its id was kept, the array is found by its name and not submitted again',
      async () => {
        const process1 = beginProcess(
          ['echo . >> "$RUN_FOLDER/$CHUNK.count"; sleep 2', 'echo . >> "$RUN_FOLDER/$CHUNK.count"'],
          {
            dieBeforeIdIsSaved: true,
          },
        );
        expectEqual('signal', await process1.ended, 'SIGKILL');
        expectEqual('ids that were kept', jobIdsOf(readFileSync(process1.handleFile, 'utf8')), []);
        const process2 = beginProcess(undefined, { like: process1 });
        expectEqual('exit code', await process2.ended, 0);
        expectEqual('states', process2.states(), ['COMPLETED', 'COMPLETED']);
        expectEqual('counts', countsIn(process1.runFolder), [1, 1]);
        expectEqual('arrays', (await arraysOf(cluster, process1.job.runId)).length, 1);
      },
    ],
    [
      'killed in the middle of a run, it goes on with the tasks that are there; each runs once',
      async () => {
        const process1 = beginProcess(Array(6).fill('echo . >> "$RUN_FOLDER/$CHUNK.count"; sleep 3'));
        await process1.said(({ update }) => update?.state === 'RUNNING');
        process1.kill();
        expectEqual('signal', await process1.ended, 'SIGKILL');
        const process2 = beginProcess(undefined, { like: process1 });
        expectEqual('exit code', await process2.ended, 0);
        expectEqual('states', process2.states(), Array(6).fill('COMPLETED'));
        expectEqual('counts', countsIn(process1.runFolder), Array(6).fill(1));
        expectEqual('arrays', (await arraysOf(cluster, process1.job.runId)).length, 1);
      },
    ],
  ];

  /** Slurm looks at its limits twice a minute. */
  const slow = [
    "a task that Slurm's own limit ends is TIMEOUT",
    async () => {
      const run = begin(['sleep 300'], { resources: { timeLimitS: 900 } });
      await run.saw('chunk-00000', 'RUNNING');
      await cluster.command('scontrol', 'update', `JobId=${jobIdsOf(run.handle)[0]}`, 'TimeLimit=0:01');
      expectEqual('states', await states(run), ['TIMEOUT']);
    },
  ];

  const inTurn = [
    [
      'on a node that is drained a task waits, and the operator is told; it goes on when it is resumed',
      async () => {
        await cluster.drain();
        const lines = [];
        const run = begin(['true'], { log: (line) => lines.push(line) });
        await run.saw('chunk-00000', 'PENDING');
        await until(undefined, () => lines.some((line) => /DRAIN|ReqNodeNotAvail|Resources/.test(line)));
        await cluster.resume();
        expectEqual('states', await states(run), ['COMPLETED']);
      },
    ],
    [
      'a controller that is away and comes back changes nothing, and nothing is submitted again',
      async () => {
        const lines = [];
        const run = begin(Array(3).fill('echo . >> "$RUN_FOLDER/$CHUNK.count"; sleep 4'), {
          log: (line) => lines.push(line),
        });
        await run.saw('chunk-00002', 'RUNNING');
        await cluster.stopController();
        await until(undefined, () => lines.some((line) => line.includes('does not answer')));
        await cluster.startController();
        expectEqual('states', await states(run), Array(3).fill('COMPLETED'));
        expectEqual('counts', countsIn(run.runFolder), [1, 1, 1]);
      },
    ],
    [
      'submitted while the controller is away, it is there once when it is back',
      async () => {
        await cluster.stopController();
        const run = begin(['echo . >> "$RUN_FOLDER/$CHUNK.count"']);
        await cluster.startController();
        expectEqual('states', await states(run), ['COMPLETED']);
        expectEqual('counts', countsIn(run.runFolder), [1]);
      },
    ],
  ];

  const lastOnes = [
    [
      'of a controller that has forgotten everything, files say how tasks ended; one that was cut off was lost with its machine',
      async () => {
        const run = begin(['exit 4', 'sleep 300', 'exit 0']);
        await run.saw('chunk-00001', 'RUNNING');
        await until(undefined, () =>
          ['0', '2'].every((one) => existsSync(join(run.runFolder, 'attempts', `chunk-0000${one}.exit`))),
        );
        await cluster.stopController();
        await cluster.startController('-c');
        const ends = (await run.end).map(({ state, exitCode }) => [state, exitCode]);
        expectEqual('ends', ends, [
          ['FAILED', 4],
          ['NODE_FAIL', undefined],
          ['COMPLETED', 0],
        ]);
      },
    ],
    [
      'a node that fails begins its tasks anew when it is back; without requeue they end with NODE_FAIL',
      async () => {
        const again = begin(['if [ -e "$RUN_FOLDER/again" ]; then exit 0; fi; touch "$RUN_FOLDER/again"; sleep 300']);
        const notAgain = begin(['sleep 300'], { requeue: false });
        await Promise.all([again, notAgain].map((run) => run.saw('chunk-00000', 'RUNNING')));
        await until(undefined, () => existsSync(join(again.runFolder, 'again')));
        await cluster.killNode();
        const [{ state, attempts }] = await notAgain.end;
        expectEqual('without requeue', { state, attempts }, { state: 'NODE_FAIL', attempts: 1 });
        await again.saw('chunk-00000', 'PENDING');
        await cluster.startNode();
        expectEqual('with requeue', await again.end, [
          { chunk: 'chunk-00000', state: 'COMPLETED', attempts: 2, exitCode: 0 },
        ]);
      },
    ],
  ];

  /** Of a job in a process of its own, which can be killed. */
  function beginProcess(commands, { like, dieBeforeIdIsSaved = false } = {}) {
    const runFolder = like?.runFolder ?? newFolder();
    const job = like?.job ?? { runId: runIdOf(++runs), runFolder, tasks: tasksOf(commands), ...jobOf(runFolder) };
    const handleFile = join(runFolder, 'handle');
    const specification = join(runFolder, 'specification.json');
    writeFileSync(
      specification,
      JSON.stringify({ job, handleFile, dieBeforeIdIsSaved, options: { pollIntervalMs: POLL_MS } }),
    );
    const program = join(import.meta.dirname, 'slurm-run.mjs');
    const child = spawn(process.execPath, [program, specification], {
      env: { ...process.env, ...cluster.environment },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const lines = [];
    const waiters = new Set();
    createInterface({ input: child.stdout }).on('line', (line) => {
      lines.push(JSON.parse(line));
      for (const one of waiters) one();
    });
    return {
      ...{ runFolder, job, handleFile },
      ended: once(child, 'close').then(([code, signal]) => code ?? signal),
      said: (holds) => until(waiters, () => lines.some(holds)),
      states: () => lines.at(-1)?.end?.map(({ state }) => state),
      kill: () => child.kill('SIGKILL'),
    };
  }

  const sayTimings = () => {
    for (const [what, ms] of timings) process.stderr.write(`        ${what}: ${(ms / 1000).toFixed(1)} s\n`);
    process.stderr.write(`        (asked every ${POLL_MS / 1000} s)\n`);
  };
  return { first, besideOthers, slow, inTurn, lastOnes, sayTimings };
}

const runIdOf = (number) => `${number}`.padStart(32, '0');
const chunkOf = (index) => `chunk-${`${index}`.padStart(5, '0')}`;

/** Shell commands, or programs with arguments. */
function tasksOf(commands) {
  return commands.map((command, index) => ({
    chunk: chunkOf(index),
    command: Array.isArray(command) ? command : ['/bin/sh', '-c', `CHUNK=${chunkOf(index)}; ${command}`],
  }));
}

const jobOf = (runFolder, resources = {}, environment = {}) => ({
  resources: { ...RESOURCES, ...resources },
  environment: { PATH: '/usr/bin:/bin', RUN_FOLDER: runFolder, ...environment },
});
const jobIdsOf = (handle) => JSON.parse(handle ?? '{"arrays":[]}').arrays.flatMap(({ jobId }) => jobId ?? []);
const timeIn = ({ runFolder }, file) => Number(readFileSync(join(runFolder, file), 'utf8')) / 1e6;

/** How often each task was begun. */
function countsIn(folder) {
  const files = readdirSync(folder).filter((file) => file.endsWith('.count'));
  return files.map((file) => readFileSync(join(folder, file), 'utf8').trim().split('\n').length);
}

const queued = async (cluster, run) =>
  (await cluster.command('squeue', '-h', '-r', '-o', '%F'))
    .split('\n')
    .filter((id) => jobIdsOf(run.handle).includes(id))
    .join();

async function arraysOf(cluster, runId) {
  const lines = (await cluster.command('squeue', '-h', '-t', 'all', '-O', 'ArrayJobID:20,Name:120')).split('\n');
  return [...new Set(lines.filter((line) => line.includes(runId)).map((line) => line.split(' ')[0]))];
}

/** Looks when something has happened, or now and then where nobody says so. */
function until(waiters, holds) {
  return new Promise((resolve, reject) => {
    const look = () => {
      if (!holds()) return;
      finish();
      resolve();
    };
    const every = setInterval(look, 100);
    const overdue = setTimeout(() => {
      finish();
      reject(new Error(`did not come within ${LIMIT_MS / 1000} s: ${holds}`));
    }, LIMIT_MS);
    const finish = () => {
      clearInterval(every);
      clearTimeout(overdue);
      waiters?.delete(look);
    };
    waiters?.add(look);
    look();
  });
}
