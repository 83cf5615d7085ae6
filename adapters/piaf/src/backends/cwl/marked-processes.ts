import { readdir, readFile } from 'node:fs/promises';

/** What tells the processes of an engine from all others; any of them is enough. */
export interface ProcessMarks {
  /** `NAME=value` of the environment. */
  readonly variable: string;
  /** A word of the command. */
  readonly word: string;
  /** Id of the process group. */
  readonly group?: number;
}

interface Seen {
  readonly pid: number;
  readonly parent: number;
  readonly isOurs: boolean;
}

/**
 * Ids of all processes of this machine that have a mark, and of all below them, in whatever session they are.
 * Undefined where the system has no /proc to look into.
 */
export async function markedProcesses(marks: ProcessMarks): Promise<readonly number[] | undefined> {
  if (process.platform !== 'linux') return undefined;
  const names = await readdir('/proc').catch(() => undefined);
  if (names === undefined) return undefined;
  const seen = (await Promise.all(names.filter((name) => /^\d+$/.test(name)).map((name) => look(name, marks)))).filter(
    (one) => one !== undefined,
  );
  const found = new Set(seen.filter(({ isOurs }) => isOurs).map(({ pid }) => pid));
  for (let before = -1; before !== found.size; ) {
    before = found.size;
    for (const { pid, parent } of seen) if (found.has(parent)) found.add(pid);
  }
  found.delete(process.pid);
  return [...found];
}

/** Undefined of a process that has ended, whether or not anyone took note, or is another user's. */
async function look(name: string, marks: ProcessMarks): Promise<Seen | undefined> {
  try {
    const read = (file: string) => readFile(`/proc/${name}/${file}`, 'latin1');
    const [stat, environment, command] = await Promise.all([read('stat'), read('environ'), read('cmdline')]);
    const [state, parent, group] = fieldsOf(stat);
    if (state === 'Z') return undefined;
    const isOurs =
      environment.split('\0').includes(marks.variable) ||
      command.split('\0').includes(marks.word) ||
      Number(group) === marks.group;
    return { pid: Number(name), parent: Number(parent), isOurs };
  } catch {
    return undefined;
  }
}

const START_TIME = 19;

/** When a process was begun, as its machine's clock of this boot says; undefined where it is not there, or no /proc. */
export async function startTimeOf(pid: number): Promise<string | undefined> {
  const [stat, boot] = await Promise.all([
    readFile(`/proc/${pid}/stat`, 'latin1').catch(() => undefined),
    readFile('/proc/sys/kernel/random/boot_id', 'latin1').catch(() => ''),
  ]);
  return stat === undefined ? undefined : `${boot.trim()} ${fieldsOf(stat)[START_TIME]}`;
}

/** From the third field on; the second is the name in parentheses, which may hold anything. */
const fieldsOf = (stat: string) => stat.slice(stat.lastIndexOf(')') + 2).split(' ');
