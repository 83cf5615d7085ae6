import { readdirSync, readFileSync } from 'node:fs';
import { NotJudged } from '../run/case-result.js';

const PAGE_BYTES = 4096;

/**
 * Resident memory of a process and of all that it has started, in bytes: a runtime may compute in
 * processes of its own. Throws NotJudged where the system does not tell.
 */
export function residentBytes(pid: number): number {
  const processes = new Map<number, { readonly parent: number; readonly bytes: number }>();
  try {
    for (const name of readdirSync('/proc')) {
      if (/^\d+$/.test(name)) read(Number(name), processes);
    }
  } catch {
    throw new NotJudged('notApplicable', 'memory of a process can be read on Linux only');
  }
  if (!processes.has(pid)) throw new NotJudged('inconclusive', 'the process is not there any more');
  let total = 0;
  for (const [one, { bytes }] of processes) if (isBelow(one, pid, processes)) total += bytes;
  return total;
}

function read(pid: number, processes: Map<number, { readonly parent: number; readonly bytes: number }>): void {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name in brackets may hold anything; what follows it is numbers.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    processes.set(pid, { parent: Number(fields[1]), bytes: Number(fields[21]) * PAGE_BYTES });
  } catch {
    // It has ended meanwhile.
  }
}

function isBelow(pid: number, root: number, processes: ReadonlyMap<number, { readonly parent: number }>): boolean {
  for (let at: number | undefined = pid; at !== undefined; at = processes.get(at)?.parent) if (at === root) return true;
  return false;
}
