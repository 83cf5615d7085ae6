import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** What a fake engine does with each attempt of a task, told by a file `plan.json` beside it. */
export interface FakeEnginePlan {
  /** Attempts of a task that fails. Default 1. */
  readonly attempts?: number;
  /** Begins no task, and ends with this. */
  readonly endsAtOnceWith?: number;
  /** Kills itself when the first task has ended. */
  readonly killsItself?: boolean;
  /** Ends before its tasks do. */
  readonly leavesTasks?: boolean;
  /** Does not end when it is told to. */
  readonly ignoresSigterm?: boolean;
  /** Begins each task in a session of its own, as engines do that hand them to workers. */
  readonly ownSessions?: boolean;
  /** Does all tasks, whatever becomes of one. */
  readonly goesOn?: boolean;
  /** Bytes to print. */
  readonly prints?: number;
}

/**
 * Writes an engine for CWL that knows our workflow of tasks, and no other; gives its command. It appends to
 * `engines.txt` beside it when it begins, and tasks have its environment for themselves alone.
 */
export function writeFakeCwlEngine(folder: string, plan: FakeEnginePlan = {}): readonly string[] {
  const path = join(folder, 'fake-engine.mjs');
  writeFileSync(join(folder, 'plan.json'), JSON.stringify(plan));
  writeFileSync(path, SOURCE);
  chmodSync(path, 0o755);
  return [process.execPath, path];
}

const SOURCE = `
import { spawn } from 'node:child_process';
import { appendFileSync, readFileSync } from 'node:fs';
const here = (name) => new URL(name, import.meta.url);
const plan = JSON.parse(readFileSync(here('plan.json'), 'utf8'));
const [workflow, order] = process.argv.slice(-2).map((file) => JSON.parse(readFileSync(file, 'utf8')));
appendFileSync(here('engines.txt'), process.pid + ' ' + order.chunks.join(',') + '\\n');
if (plan.ignoresSigterm) process.on('SIGTERM', () => undefined);
// Before its tasks print, too, however slowly it is read.
if (plan.prints) await new Promise((written) => process.stdout.write('begin ' + 'x'.repeat(plan.prints) + ' end', written));
if (plan.endsAtOnceWith !== undefined) process.exit(plan.endsAtOnceWith);
const { baseCommand, requirements, successCodes } = workflow.steps.task.run;
const limitMs = requirements.ToolTimeLimit.timelimit * 1000;
const attempt = (chunk, command) =>
  new Promise((resolve) => {
    const child = spawn(baseCommand[0], [...baseCommand.slice(1), chunk, ...command], {
      detached: plan.ownSessions === true,
      stdio: plan.leavesTasks ? 'ignore' : 'inherit',
      env: { PATH: process.env.PATH, HOME: '/engine', TMPDIR: '/engine/tmp', OF_THE_ENGINE: '1' },
    });
    const timer = setTimeout(() => child.kill('SIGTERM'), limitMs);
    child.on('exit', (code) => {
      clearTimeout(timer);
      resolve(code);
    });
  });
let worst = 0;
const all = order.chunks.map((chunk, index) => [chunk, order.commands[index]]);
if (plan.leavesTasks) {
  for (const [chunk, command] of all) void attempt(chunk, command);
  setTimeout(() => process.exit(1), 500);
} else {
  for (const [chunk, command] of all) {
    let code;
    for (let left = plan.attempts ?? 1; left > 0; left--) {
      code = await attempt(chunk, command);
      if (successCodes.includes(code)) break;
    }
    if (plan.killsItself) process.kill(process.pid, 'SIGKILL');
    if (successCodes.includes(code)) continue;
    worst = 1;
    if (!plan.goesOn) break;
  }
  process.exitCode = worst;
}
`;
