// Which processes run below another one, and which of them are still there.
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

/** All processes below `pid`, as { pid, parent, command }. */
export function descendants(pid) {
  const all = listProcesses();
  const found = [];
  let parents = [pid];
  while (parents.length > 0) {
    const children = all.filter((entry) => parents.includes(entry.parent));
    found.push(...children);
    parents = children.map((entry) => entry.pid);
  }
  return found;
}

/** Those of `processes` that still run; an id that another program got meanwhile does not count. */
export function stillRunning(processes) {
  const all = listProcesses();
  return processes.filter(({ pid, command }) =>
    all.some((entry) => entry.pid === pid && entry.command === command && !entry.isZombie),
  );
}

function listProcesses() {
  return process.platform === 'linux' ? readProcFolder() : runPs();
}

/** Slim containers have no `ps`, but every Linux has /proc. */
function readProcFolder() {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
        // The second field is the name in parentheses, which may hold anything; the state follows it.
        const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
        const command = readFileSync(`/proc/${name}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
        return [{ pid: Number(name), parent: Number(parent), command, isZombie: state === 'Z' }];
      } catch {
        // It ended while it was being read.
        return [];
      }
    });
}

function runPs() {
  const { stdout } = spawnSync('ps', ['-A', '-o', 'pid=,ppid=,stat=,command='], { encoding: 'utf8' });
  return stdout
    .split('\n')
    .map((line) => /^\s*(\d+)\s+(\d+)\s+(\S+)\s+(.*)$/.exec(line))
    .filter((match) => match !== null)
    .map(([, pid, parent, state, command]) => ({
      pid: Number(pid),
      parent: Number(parent),
      command: command.trim(),
      isZombie: state.startsWith('Z'),
    }));
}
