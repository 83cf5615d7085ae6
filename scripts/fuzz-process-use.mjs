import { readFileSync } from 'node:fs';

const TICKS_PER_S = 100;
const PAGE_KIB = 4;

/** What a process has had of the processor, in s, and has of memory. Undefined where the system does not say so. */
export function processUse(pid) {
  try {
    // Behind the name, which may hold anything: the state is the third field.
    const fields = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ').at(-1).split(' ');
    return {
      busyS: (Number(fields[11]) + Number(fields[12])) / TICKS_PER_S,
      residentMiB: Math.round((Number(fields[21]) * PAGE_KIB) / 1024),
    };
  } catch {
    return undefined;
  }
}
