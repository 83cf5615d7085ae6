import { cpus } from 'node:os';
import { descendants } from '../../interop/process-tree.mjs';
import { ownCpuSeconds } from './cpu-seconds.mjs';

// Often enough that little of a process that ends is missed, seldom enough to cost nothing.
const INTERVAL_MS = 2_000;

/**
 * Watches how much of the machine other programs use while a bar is measured: what is busy less
 * what the benchmark's own processes use.
 *
 * @returns {() => number | undefined} ends the watch and gives the cores that others kept busy on
 *   average; undefined where there is no /proc
 */
export function watchOtherLoad() {
  if (process.platform !== 'linux') return () => undefined;
  const started = performance.now();
  const busyBefore = busySeconds();
  let last = ownTimes();
  let own = 0;
  const look = () => {
    const times = ownTimes();
    // A process that was not there at the last look has used its time since.
    for (const [pid, seconds] of times) own += seconds - (last.get(pid) ?? 0);
    last = times;
  };
  const timer = setInterval(look, INTERVAL_MS);
  return () => {
    clearInterval(timer);
    look();
    return Math.max(0, busySeconds() - busyBefore - own) / ((performance.now() - started) / 1000);
  };
}

function ownTimes() {
  const pids = [process.pid, ...descendants(process.pid).map((entry) => entry.pid)];
  return new Map(pids.map((pid) => [pid, ownCpuSeconds(pid)]));
}

function busySeconds() {
  const busyMs = ({ times: { user, nice, sys, irq } }) => user + nice + sys + irq;
  return cpus().reduce((sum, cpu) => sum + busyMs(cpu), 0) / 1000;
}
