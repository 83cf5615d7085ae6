import { setTimeout as delay } from 'node:timers/promises';
import type { EngineRecord } from './engine-record.js';
import { markedProcesses, startTimeOf } from './marked-processes.js';
import { ENGINE_MARK } from './task-workflow.js';

const LOOK_AGAIN_MS = 50;

/**
 * Ends an engine, its tasks and whatever they began, and resolves when none of them is there any more. The engine
 * is told first, since only it can take back what it has given to a cluster; what is left after `graceMs`, or
 * without its engine, is killed.
 *
 * @param script what tasks are wrapped in
 */
export async function endEngine(record: EngineRecord, script: string, graceMs: number): Promise<void> {
  const leader = await leaderOf(record);
  const killAfter = performance.now() + graceMs;
  if (leader !== undefined) signal(-leader, 'SIGTERM');
  for (;;) {
    const left = await leftOf(record, script, leader);
    if (left.length === 0) return;
    const isTold = leader !== undefined && left.includes(leader) && performance.now() < killAfter;
    if (!isTold) for (const pid of left) signal(pid, 'SIGKILL');
    await delay(LOOK_AGAIN_MS);
  }
}

/** Where there is no /proc, the group alone is known, and only of an engine that this process has begun. */
async function leftOf({ mark }: EngineRecord, script: string, leader: number | undefined): Promise<readonly number[]> {
  const group = leader === undefined ? {} : { group: leader };
  const marked = await markedProcesses({ variable: `${ENGINE_MARK}=${mark}`, word: script, ...group });
  if (marked !== undefined) return marked;
  if (leader === undefined || !signal(-leader, 0)) return [];
  return signal(leader, 0) ? [leader, -leader] : [-leader];
}

/** The engine's own process, if it is there, and not another one with its id. */
async function leaderOf({ pid, startTime }: EngineRecord): Promise<number | undefined> {
  if (pid === undefined) return undefined;
  return (await startTimeOf(pid)) === startTime ? pid : undefined;
}

function signal(pid: number, name: NodeJS.Signals | 0): boolean {
  try {
    process.kill(pid, name);
    return true;
  } catch {
    return false;
  }
}
