import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const SOAK = fileURLToPath(new URL('../soak/main.mjs', import.meta.url));
const LIMIT_MS = 400_000;

interface Report {
  readonly checks: readonly { readonly name: string; readonly isPassed: boolean; readonly text: string }[];
  readonly done: Readonly<Record<string, number>>;
}

async function soak(...options: string[]) {
  const out = mkdtempSync(join(tmpdir(), 'deephealth-soak-out-'));
  try {
    const child = spawn(process.execPath, [SOAK, '--out', out, ...options], { stdio: ['ignore', 'pipe', 'pipe'] });
    let printed = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (printed += text));
    const code = await new Promise((resolve) => child.once('close', resolve));
    const report = JSON.parse(readFileSync(join(out, 'soak.json'), 'utf8')) as Report;
    expect(readFileSync(join(out, 'soak.html'), 'utf8')).toContain('<svg');
    const failed = report.checks.filter(({ isPassed }) => !isPassed).map(({ name }) => name);
    return { code, printed, report, failed };
  } finally {
    rmSync(out, { recursive: true, force: true });
  }
}

// The long form is `npm run soak`; docs/soak.md says what is looked at.
describe.skipIf(process.platform !== 'linux')('a short soak', () => {
  it(
    'of a real server under load, swaps, kills and bad input passes',
    async () => {
      const { code, failed, report, printed } = await soak(
        '--seconds',
        '30',
        '--rate',
        '100',
        '--no-restarts',
        '--audit',
      );
      expect([failed, code], printed).toEqual([[], 0]);
      expect(report.done.right).toBeGreaterThan(100);
      expect(report.checks.map(({ name }) => name)).toContain(
        'acknowledged requests without an audit record, and faults of its chain',
      );
      expect(report.done.hostKills).toBeGreaterThan(0);
      expect(report.done.hostileRequests).toBeGreaterThan(10);
    },
    LIMIT_MS,
  );

  it(
    'of a server that leaks, and of a model that computes something else, fails and says why',
    async () => {
      const faults = ['--fault', 'leak', '--fault', 'wrong'];
      const { code, failed } = await soak('--seconds', '14', '--rate', '60', '--no-restarts', ...faults);
      expect(code).toBe(1);
      expect(failed).toEqual(expect.arrayContaining(['wrong answers', 'memory of the server', 'open files at rest']));
    },
    LIMIT_MS,
  );
});
