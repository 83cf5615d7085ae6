import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { seededRandom } from '@deephealth/sdk';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RuntimeProcess, startRuntimeProcess } from './runtime-process.js';

const SCRIPT = fileURLToPath(new URL('run-painted-slide.mjs', import.meta.url));
const PACKAGE = fileURLToPath(new URL('../../../samples/models/tissue-pixels/1.0.0', import.meta.url));
const TILES = 24 * 18;
const KILLS = 20;

let runtime: RuntimeProcess;
let root: string;

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'deephealth-killed-'));
  runtime = await startRuntimeProcess(join(PACKAGE, '..', '..'));
}, 60_000);
afterAll(async () => {
  await runtime.stop();
  rmSync(root, { recursive: true, force: true });
});

/** Runs until the end, or until `killAfter` tiles were read, then kill -9. Returns the tiles read. */
function run(folder: string, killAfter = Number.POSITIVE_INFINITY): Promise<{ reads: string[]; done?: string }> {
  const child = spawn(process.execPath, [SCRIPT, runtime.address, PACKAGE, folder], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let printed = '';
  let errors = '';
  child.stderr.on('data', (text) => (errors += String(text)));
  child.stdout.on('data', (text) => {
    printed += String(text);
    if (printed.split('\n').length > killAfter) child.kill('SIGKILL');
  });
  return new Promise((resolve, reject) => {
    child.once('close', (code, signal) => {
      if (signal === null && code !== 0) reject(new Error(errors));
      const lines = printed.split('\n');
      const done = lines.find((line) => line.startsWith('done '));
      resolve({ reads: lines.filter((line) => /^-?\d+ -?\d+$/.test(line)), ...(done === undefined ? {} : { done }) });
    });
  });
}

describe('a run over a slide', () => {
  it('has the same bytes at the end, after kill -9 at 20 random points, and counts no tile twice', async () => {
    const whole = await run(join(root, 'whole'));
    expect(new Set(whole.reads).size).toBe(TILES);
    expect(whole.reads).toHaveLength(TILES);

    const random = seededRandom(20);
    const folder = join(root, 'killed');
    let reads = 0;
    for (let kill = 0; kill < KILLS; kill++) {
      const { reads: some, done } = await run(folder, 2 + Math.floor((random() * TILES) / 8));
      expect(done).toBeUndefined();
      reads += some.length;
    }
    const last = await run(folder);
    expect(last.done).toBe(whole.done);
    expect(readFileSync(join(folder, 'map.f32')).equals(readFileSync(join(root, 'whole', 'map.f32')))).toBe(true);
    // Only what was under way when it was killed is done again: at most 32 tiles each time.
    expect(reads + last.reads.length).toBeGreaterThanOrEqual(TILES);
    expect(reads + last.reads.length).toBeLessThanOrEqual(TILES + KILLS * 33);
    expect(last.reads.length).toBeLessThan(TILES);
  }, 180_000);
});
