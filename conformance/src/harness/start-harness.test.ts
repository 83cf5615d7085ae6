import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import type { Harness } from './harness.js';
import { startHarness } from './start-harness.js';

/** A program that does `behave` with each command `c`; `answer(fields)` answers it. */
const program = (behave: string) => [
  process.execPath,
  '-e',
  `const answer = (fields, id = c.id) => process.stdout.write(JSON.stringify({ id, ...fields }) + "\\n");
   let c;
   require('node:readline').createInterface({ input: process.stdin })
     .on('line', (line) => { c = JSON.parse(line); ${behave} })
     .on('close', () => process.exit(0));`,
];
const WELL = `if (c.command === 'start') answer({ address: '127.0.0.1:1' });`;
const LIMITS = { start: 5000, reset: 5000, inject: 5000, stop: 5000 };
const fault = { kind: 'hostLost', model: 'conformance-slow' } as const;
const folder = mkdtempSync(join(tmpdir(), 'deephealth-harness-'));
const started: Harness[] = [];

async function start(behave: string, limits = LIMITS): Promise<Harness> {
  const harness = await startHarness(program(behave), folder, limits);
  started.push(harness);
  return harness;
}

afterEach(async () => {
  for (const harness of started.splice(0)) await harness.stop().catch(() => undefined);
});

describe('startHarness', () => {
  it('gives the address, injects, resets and stops', async () => {
    const harness = await start(`${WELL} else answer(c.fault?.kind === 'runError' ? { unsupported: true } : {});`);
    expect(harness.address).toBe('127.0.0.1:1');
    expect(await harness.inject(fault)).toBe(true);
    expect(await harness.inject({ ...fault, kind: 'runError' })).toBe(false);
    await harness.reset();
    await harness.stop();
    expect(harness.failure?.message).toBeUndefined();
  });

  it('hands the folder of the models and the version of the protocol to the harness', async () => {
    await expect(start('answer({ error: { message: c.protocol + " " + c.models } })')).rejects.toThrow(
      `the harness: "start" failed: 1 ${folder}`,
    );
  });

  it.each([
    ['cannot be started', ['/none/such'], /"\/none\/such" could not be started/],
    [
      'ends at once',
      program('console.error("no licence"); process.exit(7)'),
      /ended \(7\) before .*"start".*no licence/,
    ],
    ['ends before it reads', [process.execPath, '-e', 'process.exit(3)'], /it ended \(3\) before .*"start"/],
    ['hangs', program(''), /no answer to "start" within 300 ms/],
    [
      'says hello first',
      program('console.log("Listening on 8500")'),
      /line 1 .*"Listening on 8500", is no answer \(it is no JSON\)\. Logs/,
    ],
    ['answers another id', program('answer({ address: "x" }, 5)'), /line 1 .* answers 5, and "start" has the id 1/],
    ['answers with fields of its own', program('answer({ addr: "x" })'), /is no answer \(it must NOT have additional/],
    ['gives no address', program('answer({})'), /its answer to "start" has no address/],
    [
      'floods a line',
      program('setInterval(() => process.stdout.write("x".repeat(65536)), 1)'),
      /line 1 .* more than 65536/,
    ],
    ['floods lines', program('for (;;) process.stdout.write("x\\n")'), /line 1 .*"x", is no answer/],
  ])('says what is wrong with a program that %s', async (_what, command, says) => {
    const limits = says.source.includes('300 ms') ? { ...LIMITS, start: 300 } : LIMITS;
    await expect(startHarness(command, folder, limits)).rejects.toThrow(says);
  });

  it.each([
    ['hangs', '', { ...LIMITS, inject: 200 }, /no answer to "inject" within 200 ms/],
    ['ends', 'process.exit(1)', LIMITS, /it ended \(1\) before it had answered "inject"/],
    ['is killed', 'process.kill(process.pid, "SIGKILL")', LIMITS, /it ended \(SIGKILL\)/],
    ['answers twice', 'answer({}); answer({}); answer({});', LIMITS, /line 3 .* answers nothing: no command waits/],
  ])('is of no use any more after it %s at a fault', async (_what, then, limits, says) => {
    const harness = await start(`${WELL} else { ${then} }`, limits);
    await harness.inject(fault).catch(() => undefined);
    while (harness.failure === undefined) await delay(10);
    expect(harness.failure.message).toMatch(says);
    await expect(harness.reset()).rejects.toThrow(says);
  });

  it('can be asked again after an error that it has told', async () => {
    const harness = await start(
      `${WELL} else answer(c.command === 'inject' ? { error: { message: 'not now' } } : {});`,
    );
    await expect(harness.inject(fault)).rejects.toThrow('the harness: "inject" failed: not now');
    await harness.reset();
  });

  it.skipIf(process.platform === 'win32')('leaves no runtime behind, however the harness ends', async () => {
    const file = join(folder, 'pid');
    const runtime = `const { pid } = require('node:child_process').spawn(process.execPath, ['-e', 'setInterval(() => 0, 1e3)'],
      { stdio: 'ignore' }); require('node:fs').writeFileSync(${JSON.stringify(file)}, String(pid));`;
    const harness = await start(`${runtime} ${WELL}`, { ...LIMITS, stop: 200 });
    expect(existsSync(file)).toBe(true);
    const pid = Number(readFileSync(file, 'utf8'));
    await expect(harness.stop()).rejects.toThrow(/no answer to "stop" within 200 ms/);
    while (isRunning(pid)) await delay(10);
  });
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** One that has ended and that nobody has asked about yet counts as gone. */
function isRunning(pid: number): boolean {
  try {
    return !/^.*\) [ZX]/s.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}
