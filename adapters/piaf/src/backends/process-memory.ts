import { readdir, readFile } from 'node:fs/promises';

const PAGE_BYTES = 4096;

/** Bytes that the processes of a group hold, shared pages counted once for each; 0 where /proc does not exist. */
export async function memoryOf(group: number): Promise<number> {
  const entries = await readdir('/proc').catch(() => []);
  const sizes = await Promise.all(entries.filter((name) => /^\d+$/.test(name)).map((pid) => sizeIn(pid, group)));
  return sizes.reduce((sum, bytes) => sum + bytes, 0);
}

/** Of `stat`, proc(5): the group is field 5, the resident pages field 24; the name may hold blanks and brackets. */
async function sizeIn(pid: string, group: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return Number(fields[2]) === group ? Number(fields[21]) * PAGE_BYTES : 0;
}
