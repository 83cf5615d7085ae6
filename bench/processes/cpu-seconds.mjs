import { readFileSync } from 'node:fs';
import { descendants } from '../../interop/process-tree.mjs';

// USER_HZ: the unit of the times in /proc, 100 on every Linux that Node runs on.
const TICKS_PER_SECOND = 100;

/** Processor seconds that a process and all below it have used; undefined where there is no /proc. */
export function cpuSeconds(pid) {
  if (process.platform !== 'linux') return undefined;
  const pids = [pid, ...descendants(pid).map((entry) => entry.pid)];
  return pids.reduce((sum, each) => sum + ownCpuSeconds(each), 0);
}

/** Processor seconds of one process alone, 0 if it is gone. */
export function ownCpuSeconds(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name in parentheses may hold anything; user and system time are fields 14 and 15.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
  } catch {
    return 0;
  }
}
