import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';

const SCRIPT = fileURLToPath(new URL('../scripts/ttmip-demo.mjs', import.meta.url));
/** On two cores with nothing else it takes a minute; other files run beside it. */
const LIMIT_MS = 600_000;
const folder = mkdtemp(join(tmpdir(), 'ttmip-demo-'));
afterAll(async () => rm(await folder, { recursive: true, force: true }));

interface Platform {
  readonly platform: string;
  readonly isInProduction: boolean;
  readonly humanSteps: number;
  readonly ttmipSeconds: number;
  readonly machineSeconds: number;
}

describe('npm run ttmip:demo', () => {
  it(
    'brings a graph that nobody has seen to conformant predictions behind four platforms by one command',
    async () => {
      const page = join(await folder, 'ttmip.html');
      const run = promisify(execFile)(process.execPath, [SCRIPT, '--json', '--out', page], { timeout: LIMIT_MS });
      const { stdout, stderr } = await run;
      const { timeline, platforms: checked, accuracy } = JSON.parse(stdout);
      expect(accuracy.of).toBeGreaterThan(100);
      expect(accuracy.right / accuracy.of).toBeGreaterThan(0.9);
      expect(stderr.match(/^\$ deephealth \w+/gm)).toEqual([
        '$ deephealth add',
        ...Array(2).fill('$ deephealth ttmip'),
      ]);
      expect(checked.map(({ outcome }: { outcome: string }) => outcome)).toEqual(Array(4).fill('passed'));
      const platforms: Platform[] = timeline.platforms;
      expect(platforms.map(({ platform, isInProduction }) => [platform, isInProduction])).toEqual([
        ['clinical-decision-support', true],
        ['digital-pathology', true],
        ['expressif', true],
        ['piaf', true],
      ]);
      for (const { humanSteps, machineSeconds, ttmipSeconds } of platforms) {
        // The command, and two answers in its file.
        expect(humanSteps).toBe(3);
        expect(machineSeconds).toBeGreaterThan(0);
        expect(machineSeconds).toBeLessThanOrEqual(ttmipSeconds + 0.1);
      }
      expect(readFileSync(page, 'utf8')).toContain('tile-origin');
    },
    LIMIT_MS + 10_000,
  );
});
