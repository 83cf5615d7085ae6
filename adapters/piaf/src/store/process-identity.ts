import { readFile } from 'node:fs/promises';

/** Place of the start time among the fields of `stat`, proc(5), from the state on. */
const START_TIME = 19;

/**
 * What tells a process from every other one that has had, or will have, its id on this machine: undefined of one that
 * has ended. Where there is no /proc, the id alone has to do.
 */
export async function processIdentity(pid: number): Promise<string | undefined> {
  const boot = await readFile('/proc/sys/kernel/random/boot_id', 'latin1').catch(() => undefined);
  if (boot === undefined) return isThere(pid) ? String(pid) : undefined;
  const stat = await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => undefined);
  if (stat === undefined) return undefined;
  // The name, in parentheses, may hold anything.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  // A zombie does nothing any more, whether or not anybody takes note of its end.
  return fields[0] === 'Z' ? undefined : `${boot.trim()} ${pid} ${fields[START_TIME]}`;
}

function isThere(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (thrown) {
    return (thrown as NodeJS.ErrnoException).code === 'EPERM';
  }
}
