import { readdirSync, readFileSync } from 'node:fs';

/** State letter and parent of a process from /proc; undefined if it is gone. Linux only. */
function statOf(pid: number): { state: string; parent: number } | undefined {
  try {
    // The name in parentheses may hold spaces; the fields after it do not.
    const [state = '', parent = ''] = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    return { state, parent: Number(parent) };
  } catch {
    return undefined;
  }
}

/** Ids of the processes that a process has started and that still are its own. */
export function childrenOf(pid: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((candidate) => statOf(candidate)?.parent === pid);
}

/** Whether a process runs; one that has ended and only waits for its parent to notice does not. */
export function isRunning(pid: number): boolean {
  const stat = statOf(pid);
  return stat !== undefined && stat.state !== 'Z' && stat.state !== 'X';
}

/** Processor time that a process has used, in clock ticks. */
export function processorTicks(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ');
  // Fields 14 and 15 of proc(5), user and system time; the state is field 3.
  return Number(fields[11]) + Number(fields[12]);
}
