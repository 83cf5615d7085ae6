import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { createLiveRuleBase, parseFll } from '@deephealth/adapter-expressif';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const FLL = `Engine: small
InputVariable: lactate
  range: 0 10
  term: raised Ramp 1 4
OutputVariable: risk
  range: 0 1
  defuzzifier: WeightedSum TakagiSugeno
  term: one Constant 1
RuleBlock: main
  rule: if lactate is raised then risk is one
`;

/** Edits without end, and says of each when it is made; of a refusal, its code and what is served then. */
const EDITING = `
import { writeSync } from 'node:fs';
import { createLiveRuleBase, parseFll } from '@deephealth/adapter-expressif';
const live = createLiveRuleBase(parseFll(${JSON.stringify(FLL)}), { journal: process.env.JOURNAL });
for (;;) {
  const { version } = live.current();
  try {
    const made = live.edit([{ kind: 'set-weight', id: '1.1', weight: (version % 1000) / 1000 }]);
    writeSync(1, made.version + ' ' + made.digest + '\\n');
  } catch (error) {
    writeSync(1, [error.code, live.current().version, version].join(' ') + '\\n');
    break;
  }
}
`;

const cwd = fileURLToPath(new URL('..', import.meta.url));

describe('a journal of edits', () => {
  let folder: string;
  let journal: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'live-journal-'));
    journal = join(folder, 'edits.jsonl');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const reopen = () => createLiveRuleBase(parseFll(FLL), { journal, historyLimit: 10_000 });

  it('holds every edit that was said to be made, whenever the process is killed', async () => {
    let least = 0;
    for (const edits of [1, 7, 30]) {
      const child = spawn(process.execPath, ['--input-type=module', '-e', EDITING], {
        cwd,
        env: { ...process.env, JOURNAL: journal },
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const said: string[] = [];
      const gone = new Promise((resolve) => child.once('close', resolve));
      for await (const line of createInterface({ input: child.stdout })) {
        said.push(line);
        if (said.length === edits) child.kill('SIGKILL');
      }
      await gone;
      const live = reopen();
      const kept = new Map(live.history().map(({ version, digest }) => [version, digest]));
      for (const line of said) {
        const [version, digest] = line.split(' ');
        expect(kept.get(Number(version)), line).toBe(digest);
      }
      expect(said.length).toBeGreaterThanOrEqual(edits);
      expect(live.current().version).toBeGreaterThanOrEqual(least + edits);
      least = live.current().version;
      live.close();
    }
  });

  it.skipIf(process.platform === 'win32')('refuses an edit that finds no room, and holds all before it', () => {
    // The shell lets files grow to 2 KiB only.
    const { stdout } = spawnSync(
      'bash',
      ['-c', 'ulimit -f 2; exec "$0" --input-type=module -e "$1"', process.execPath, EDITING],
      {
        cwd,
        env: { ...process.env, JOURNAL: journal },
        encoding: 'utf8',
      },
    );
    const lines = stdout.trim().split('\n');
    const last = lines.length;
    expect(last).toBeGreaterThan(5);
    expect(lines.at(-1)).toBe(`DH_OUTPUT_NOT_WRITTEN ${last} ${last}`);
    const live = reopen();
    expect(`${live.current().version} ${live.current().digest}`).toBe(lines.at(-2));
    live.edit([{ kind: 'disable', id: '1.1' }]);
    live.close();
    expect(statSync(journal).size).toBeGreaterThan(1000);
  });
});
