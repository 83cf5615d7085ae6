// The addon's own functions, without the checks of TypeScript in front of them, with whatever may be
// passed. DEEPHEALTH_FUZZ_SEED=<number> tries other calls; a failure names its seed and its call.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { addonPath, isAddonBuilt, programPath, withScratchFolder } from './addon-under-test.js';

const SEED = Number(process.env.DEEPHEALTH_FUZZ_SEED ?? 20261128);
const CALLS = 100_000;
/** A call that takes longer hangs, however busy the machine is. */
const CALL_LIMIT_MS = 60_000;
const LIMIT_MS = 900_000;

/** Nothing sound is asked of these here, or of what may not be installed. */
const CLASSES = ['EngineSession', 'RingEnd', 'SlideFile', 'openSlideVersion'];

/** Takes no argument, and cannot be taken back by the process that makes the calls: runtime/src/isolation. */
const FOR_GOOD = ['sealProcess'];

interface Tally {
  readonly refused: number;
  readonly right: number;
  readonly unchecked: number;
  readonly perFunction: Readonly<Record<string, { refused: number; right: number; unchecked: number }>>;
  readonly slowestMs: number;
  readonly slowest: string;
  readonly exports: readonly string[];
  readonly names: readonly string[];
}

/** Makes calls in a process of their own. Throws with the call that ended it. */
function makeCalls(first: number, count: number): Promise<Tally> {
  return withScratchFolder(async (folder) => {
    const journal = join(folder, 'journal');
    const args = [programPath('hostile-calls.mjs'), addonPath, journal, SEED, first, count].map(String);
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    let errors = '';
    child.stdout.on('data', (chunk) => (output += chunk));
    child.stderr.on('data', (chunk) => (errors += chunk));
    let before = '';
    const watch = setInterval(() => {
      const now = existsSync(journal) ? readFileSync(journal, 'utf8') : '';
      if (now === before) child.kill('SIGKILL');
      before = now;
    }, CALL_LIMIT_MS);
    const ended = await new Promise<string>((resolve) => {
      child.on('error', (error) => resolve(error.message));
      child.on('close', (code, signal) => resolve(String(code ?? signal)));
    });
    clearInterval(watch);
    if (ended === '0') return JSON.parse(output) as Tally;
    const last = readFileSync(journal, 'utf8').trim();
    throw new Error(`the process ended with ${ended} at ${last}\n${errors.slice(-4000)}`);
  });
}

describe.skipIf(!isAddonBuilt)('the functions of the addon (skipped where it is not built)', () => {
  it(
    'give a right result or an exception, write nothing else, and never crash, whatever they are called with',
    async () => {
      const half = CALLS / 2;
      const tallies = await Promise.all([makeCalls(0, half), makeCalls(half, half)]);
      for (const { perFunction, exports, names, slowest, slowestMs } of tallies) {
        // Every function has its calls; what is no function are a number and a text.
        expect(exports.filter((name) => !names.includes(name))).toEqual(['interfaceVersion', 'simd', ...FOR_GOOD]);
        for (const [name, counts] of Object.entries(perFunction)) {
          expect(counts.refused, `${name} refuses nothing`).toBeGreaterThan(0);
          expect(counts.right + counts.unchecked + (CLASSES.includes(name) ? 1 : 0), name).toBeGreaterThan(0);
        }
        // No argument makes a call of small arrays long.
        expect(slowestMs, slowest).toBeLessThan(5000);
      }
      const total = (kind: 'refused' | 'right' | 'unchecked') => tallies.reduce((sum, tally) => sum + tally[kind], 0);
      expect(total('refused') + total('right') + total('unchecked')).toBe(CALLS);
      // One call in five is sound, and of kernels every sound one must be right.
      expect(total('right')).toBeGreaterThan(CALLS / 6);
    },
    LIMIT_MS,
  );
});
