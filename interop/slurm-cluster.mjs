// A Slurm of one node on loopback: munged, slurmctld and slurmd of our own, as any user, in a temporary folder.
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { freePorts } from './free-ports.mjs';
import { descendants } from './process-tree.mjs';
import { lastLines, runProcess } from './run-process.mjs';
import { installSlurm } from './slurm-install.mjs';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const START_LIMIT_MS = 240_000;
const STOP_LIMIT_MS = 20_000;
const COMMAND_LIMIT_MS = 60_000;
export const NODE = 'localhost';

/**
 * Starts one and waits until its node is idle. `options` are lines of slurm.conf, by name, that replace ours.
 * Gives { conf, folder, version, environment, command(name, ...args), drain(), resume(), restartController(),
 * stopController(), startController(), killNode(), startNode(), nodeState(), jobs(), logs(), stop() }:
 * `environment` is what a client of it needs. As one process starts several, each has ports and files of its own.
 */
export async function startSlurm({ installed, options = {} } = {}) {
  const { programs, path, plugins, env, version } = installed ?? (await installSlurm(ROOT));
  const folder = mkdtempSync(join(tmpdir(), 'slurm-'));
  const environment = {
    ...env,
    PATH: [path, process.env.PATH].join(delimiter),
    SLURM_CONF: join(folder, 'slurm.conf'),
  };
  const daemons = new Map();
  const at = (...parts) => join(folder, ...parts);
  const killAll = () => {
    for (const { child } of daemons.values()) child.kill('SIGKILL');
  };
  process.once('exit', killAll);

  const begin = (name, args) => {
    const child = spawn(programs[name], args, {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { ...process.env, ...environment },
    });
    let log = '';
    child.stderr.setEncoding('utf8').on('data', (text) => {
      log = `${log}${text}`.slice(-20_000);
    });
    const daemon = { child, ended: undefined, log: () => log };
    daemon.gone = Promise.race([once(child, 'exit'), once(child, 'error')]).then(([how, signal]) => {
      daemon.ended = how ?? signal;
    });
    daemons.set(name, daemon);
  };
  const end = async (name, signal = 'SIGTERM') => {
    const daemon = daemons.get(name);
    if (daemon === undefined) return;
    daemon.child.kill(signal);
    const overdue = setTimeout(() => daemon.child.kill('SIGKILL'), STOP_LIMIT_MS);
    await daemon.gone;
    clearTimeout(overdue);
    daemons.delete(name);
  };
  const run = (name, args) => runProcess(programs[name] ?? name, args, { limitMs: COMMAND_LIMIT_MS, env: environment });
  const command = async (name, ...args) => {
    const { code, stdout, stderr } = await run(name, args);
    if (code !== 0) throw new Error(`${name} ${args.join(' ')} ended with ${code}.\n${lastLines(stderr)}`);
    return stdout;
  };
  const nodeState = async () => (await run('sinfo', ['-h', '-N', '-n', NODE, '-o', '%T'])).stdout.trim();
  const waitFor = async (what, holds) => {
    const deadline = Date.now() + START_LIMIT_MS;
    while (!(await holds())) {
      const ended = [...daemons].find(([, daemon]) => daemon.ended !== undefined);
      if (ended !== undefined)
        throw new Error(`${ended[0]} ended with ${ended[1].ended}.\n${lastLines(ended[1].log())}`);
      if (Date.now() > deadline) throw new Error(`Slurm: ${what} did not come in time.\n${logs()}`);
      await delay(100);
    }
  };
  const logs = () => [...daemons].map(([name, { log }]) => `${name}:\n${lastLines(log())}`).join('\n');
  const startController = async (...flags) => {
    begin('slurmctld', ['-D', ...flags]);
    await waitFor('the controller', async () => (await run('scontrol', ['ping'])).stdout.includes('UP'));
  };
  const isIdle = async () => ['idle', 'mixed', 'allocated', 'completing'].includes(await nodeState());
  const startNode = async () => {
    begin('slurmd', ['-D', '-N', NODE, '-d', programs.slurmstepd]);
    await waitFor('the node', isIdle);
  };
  const stop = async () => {
    try {
      // Jobs would outlive the daemons that know them.
      if (daemons.has('slurmctld') && daemons.has('slurmd')) {
        await run('scancel', ['--full', '--signal=KILL', '--user', userInfo().username]);
        await run('scancel', ['--user', userInfo().username]);
      }
      for (const { pid } of taskProcesses(folder)) killQuietly(pid);
      for (const name of ['slurmd', 'slurmctld', 'munged']) await end(name);
    } finally {
      process.off('exit', killAll);
      killAll();
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    }
  };

  try {
    const [controllerPort, nodePort] = await freePorts(2);
    for (const part of ['state', 'spool', 'log']) mkdirSync(at(part));
    writeFileSync(at('munge.key'), randomBytes(1024), { mode: 0o400 });
    writeFileSync(at('gres.conf'), 'Name=gpu Type=fake File=/dev/zero\n');
    writeFileSync(at('slurm.conf'), configurationOf({ folder, plugins, controllerPort, nodePort, options }));
    begin('munged', [
      ...['--foreground', '--force', `--socket=${at('munge.sock')}`, `--key-file=${at('munge.key')}`],
      ...[
        `--pid-file=${at('munged.pid')}`,
        `--seed-file=${at('munged.seed')}`,
        `--log-file=${at('log', 'munged.log')}`,
      ],
    ]);
    await waitFor('the socket of munged', async () => existsSync(at('munge.sock')));
    await startController('-c');
    await startNode();
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    ...{
      conf: at('slurm.conf'),
      folder,
      version,
      environment,
      command,
      nodeState,
      logs,
      stop,
      startController,
      startNode,
    },
    ...{ waitFor, stopController: () => end('slurmctld') },
    drain: () => command('scontrol', 'update', `NodeName=${NODE}`, 'State=DRAIN', 'Reason=interop'),
    async resume() {
      await command('scontrol', 'update', `NodeName=${NODE}`, 'State=RESUME');
      await waitFor('the node', isIdle);
    },
    async restartController() {
      await end('slurmctld');
      await startController();
    },
    /** As if its power were cut: the daemon and all tasks are gone at once. The controller notices by itself. */
    async killNode() {
      const tasks = taskProcesses(folder);
      await end('slurmd', 'SIGKILL');
      for (const { pid } of tasks) killQuietly(pid);
      await waitFor('that the node is seen to be down', async () => (await nodeState()).startsWith('down'));
    },
    jobs: () => command('scontrol', 'show', 'job'),
    completed: () => readFileSync(at('log', 'jobcomp.log'), 'utf8'),
  };
}

/** What slurmd began of this cluster, and everything below it: it is no child of slurmd, nor of ours. */
function taskProcesses(folder) {
  const marked = descendants(1).filter(({ pid }) => {
    try {
      return readFileSync(`/proc/${pid}/environ`, 'utf8').includes(`SLURM_CONF=${join(folder, 'slurm.conf')}`);
    } catch {
      return false;
    }
  });
  const steps = marked.filter(({ command }) => command.startsWith('slurmstepd'));
  return steps.flatMap((step) => [step, ...descendants(step.pid)]);
}

function killQuietly(pid) {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}

function configurationOf({ folder, plugins, controllerPort, nodePort, options }) {
  const user = userInfo().username;
  const at = (...parts) => join(folder, ...parts);
  const settings = {
    ClusterName: 'interop',
    SlurmctldHost: 'localhost(127.0.0.1)',
    SlurmctldPort: controllerPort,
    SlurmdPort: nodePort,
    SlurmUser: user,
    SlurmdUser: user,
    PluginDir: plugins,
    AuthType: 'auth/munge',
    // The second is also how long a task waits that is begun anew; two minutes unless told otherwise.
    AuthInfo: `socket=${at('munge.sock')},cred_expire=10`,
    CryptoType: 'crypto/munge',
    StateSaveLocation: at('state'),
    SlurmdSpoolDir: at('spool'),
    SlurmctldPidFile: at('slurmctld.pid'),
    SlurmdPidFile: at('slurmd.pid'),
    SlurmctldLogFile: at('log', 'slurmctld.log'),
    SlurmdLogFile: at('log', 'slurmd.log'),
    ProctrackType: 'proctrack/linuxproc',
    TaskPlugin: 'task/none',
    SchedulerType: 'sched/backfill',
    SchedulerParameters: 'batch_sched_delay=0,sched_interval=1,bf_interval=1',
    SelectType: 'select/cons_tres',
    SelectTypeParameters: 'CR_Core_Memory',
    AccountingStorageType: 'accounting_storage/none',
    // Memory is measured each second, and whoever takes more is ended: without cgroups, which need a system of their own.
    JobAcctGatherType: 'jobacct_gather/linux',
    JobAcctGatherFrequency: 'task=1',
    JobAcctGatherParams: 'OverMemoryKill',
    JobCompType: 'jobcomp/filetxt',
    JobCompLoc: at('log', 'jobcomp.log'),
    // Of jobs that do not say how much they need.
    DefMemPerCPU: 100,
    ReturnToService: 2,
    MpiDefault: 'none',
    SwitchType: 'switch/none',
    GresTypes: 'gpu',
    SlurmdTimeout: 10,
    KillWait: 5,
    MessageTimeout: 10,
    // What is configured counts, whatever the machine has.
    SlurmdParameters: 'config_overrides',
    ...options,
  };
  const lines = Object.entries(settings).map(([name, value]) => `${name}=${value}`);
  const node = `NodeName=${NODE} NodeAddr=127.0.0.1 NodeHostname=localhost CPUs=8 RealMemory=4000 Gres=gpu:fake:1 State=UNKNOWN`;
  const partition = `PartitionName=batch Nodes=${NODE} Default=YES MaxTime=INFINITE State=UP`;
  return `${[...lines, node, partition].join('\n')}\n`;
}
