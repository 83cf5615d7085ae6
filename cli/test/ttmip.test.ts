import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { recordStage, type Stage, type StageRecord } from '@deephealth/cli/production';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { endProcesses, startDeephealth } from './cli-process.js';
import { fileOf } from './platform-commands.js';
import { removeTemporaryFolders, temporaryFolder } from './temporary-folder.js';

afterEach(endProcesses);
afterAll(removeTemporaryFolders);

const NAME = 'heart-disease-risk';
const SAMPLE = fileOf(`samples/models/${NAME}/1.0.0`);
const INPUT = fileOf(`samples/inputs/${NAME}/high-risk.json`);
const QUESTION = fileOf('samples/rules/question.json');

/** Commands that record where the test says. */
function commands(folder: string) {
  const env = { DEEPHEALTH_TTMIP: folder };
  const start = (...args: string[]) => startDeephealth(args, { env });
  return { start, run: async (...args: string[]) => start(...args).ended };
}

function stagesIn(folder: string): StageRecord[] {
  const lines = readFileSync(join(folder, NAME, '1.0.0.ndjson'), 'utf8')
    .trimEnd()
    .split('\n');
  return lines.map((line) => JSON.parse(line));
}

const names = (records: readonly StageRecord[]) =>
  records.map(({ stage, platform }) => (platform === undefined ? stage : `${stage} ${platform}`));

describe('commands record the way of a model', () => {
  it('from the import to the first answers, and nothing that was asked', async () => {
    const folder = join(temporaryFolder(), 'ttmip');
    const store = temporaryFolder();
    const { start, run } = commands(folder);
    expect((await run('init', store, '--from', join(SAMPLE, 'model.onnx'), '--name', NAME)).exitCode).toBe(0);
    const packageFolder = join(store, NAME, '1.0.0');
    // What people do between two commands.
    cpSync(SAMPLE, packageFolder, { recursive: true });
    expect((await run('validate', '--write-sums', packageFolder)).exitCode).toBe(0);
    const ports = ['--port', '0', '--http-port', 'off', '--adapter-port', '0'];
    const server = start('serve', '--models', store, ...ports, '--adapter', 'expressif');
    const [, rules = ''] = await server.printed(/Rule bases on (\S+)\/v1/);
    const [, address = ''] = await server.printed(/Ready on (\S+)/);
    for (const _ of [1, 2]) expect((await run('predict', NAME, INPUT, '--address', address)).exitCode).toBe(0);
    const asked = { method: 'POST', headers: { 'content-type': 'application/json' }, body: readFileSync(QUESTION) };
    const decision = `${rules}/v1/rule-bases/${NAME}/1.0.0/heart-disease/decisions`;
    for (const _ of [1, 2]) expect((await fetch(decision, asked)).status).toBe(200);
    await expect.poll(() => names(stagesIn(folder))).toContain('first-prediction expressif');
    server.send('SIGTERM');
    await server.ended;
    const stages = stagesIn(folder);
    expect(names(stages)).toEqual([
      ...['imported', 'packaged', 'golden-verified'],
      ...['bound clinical-decision-support', 'bound expressif', 'bound piaf', 'served'],
      ...['served expressif', 'first-prediction', 'first-prediction expressif'],
    ]);
    expect(stages.map(({ humanSteps }) => humanSteps)).toEqual([1, 1, 0, 0, 0, 0, 1, 0, 1, 0]);
    expect(stages.every(({ outcome }) => outcome === 'done')).toBe(true);
    const text = readFileSync(join(folder, NAME, '1.0.0.ndjson'), 'utf8');
    for (const asked of ['non-anginal', '258', 'cholesterol', store]) expect(text).not.toContain(asked);
    const { stdout } = await run('ttmip', NAME);
    expect(stdout).toMatch(/expressif +no +- /);
    expect(stdout).toMatch(/first-prediction +expressif .* done/);
  }, 300_000);

  it('records a package that is refused with its code, and goes on with no model that has no beginning', async () => {
    const folder = join(temporaryFolder(), 'ttmip');
    const packageFolder = join(temporaryFolder(), NAME, '1.0.0');
    cpSync(SAMPLE, packageFolder, { recursive: true });
    const { run } = commands(folder);
    await run('validate', packageFolder);
    expect(existsSync(folder)).toBe(false);
    const golden = join(packageFolder, 'golden', 'high-risk.json');
    writeFileSync(golden, readFileSync(golden, 'utf8').replaceAll(/0\.99\d+/g, '0.5'));
    expect((await run('validate', '--write-sums', packageFolder)).exitCode).toBe(1);
    expect(stagesIn(folder)).toMatchObject([
      { stage: 'packaged', outcome: 'done' },
      { stage: 'golden-verified', outcome: 'failed', code: 'DH_GOLDEN_MISMATCH' },
    ]);
  }, 180_000);

  it('fails no command where nothing can be recorded, and records nothing where it is turned off', async () => {
    const packageFolder = join(temporaryFolder(), NAME, '1.0.0');
    cpSync(SAMPLE, packageFolder, { recursive: true });
    const taken = join(temporaryFolder(), 'taken');
    writeFileSync(taken, 'a file');
    const here = temporaryFolder();
    const line = ['validate', '--write-sums', packageFolder];
    const [blocked, off] = await Promise.all([
      startDeephealth(line, { env: { DEEPHEALTH_TTMIP: taken } }).ended,
      startDeephealth(line, { env: { DEEPHEALTH_TTMIP: 'off' }, cwd: here }).ended,
    ]);
    expect([blocked.exitCode, off.exitCode, blocked.complaints]).toEqual([0, 0, '']);
    expect([readFileSync(taken, 'utf8'), existsSync(join(here, '.deephealth'))]).toEqual(['a file', false]);
  }, 180_000);
});

describe('deephealth ttmip', () => {
  const record = (stage: Stage, second: number, more: Partial<StageRecord> = {}): StageRecord => ({
    ...{
      stage,
      startedAt: new Date(second * 1000).toISOString(),
      endedAt: new Date(second * 1000 + 500).toISOString(),
    },
    ...{ machineMs: 500, humanSteps: 0, outcome: 'done' },
    ...more,
  });

  async function recorded(): Promise<string> {
    const folder = temporaryFolder();
    const onPiaf = { platform: 'piaf' } as const;
    const way = [
      record('imported', 10, { humanSteps: 1, detail: '<img src=x onerror=alert(1)>' }),
      record('bound', 20, onPiaf),
      record('conformance-passed', 30, onPiaf),
      record('first-prediction', 100, onPiaf),
    ];
    for (const one of way) await recordStage(folder, { name: 'lung', version: '2.0.0' }, one);
    return folder;
  }

  it('tells for each platform how long it took, how much of it the machine, and how many steps of people', async () => {
    const folder = await recorded();
    const { run } = commands('off');
    const [table, json] = await Promise.all([
      run('ttmip', '--folder', folder),
      run('ttmip', 'lung', '--folder', folder, '--json'),
    ]);
    expect(table.stdout).toMatch(/^lung +2\.0\.0 +piaf +yes +1 min 31 s +2\.0 s +1$/m);
    const platform = { platform: 'piaf', isInProduction: true, ttmipSeconds: 90.5, machineSeconds: 2, humanSteps: 1 };
    expect(JSON.parse(json.stdout)).toMatchObject({ timelines: [{ name: 'lung', platforms: [platform] }] });
  });

  it('writes one page that loads nothing and runs nothing, with a bar for each stage', async () => {
    const folder = await recorded();
    const page = join(temporaryFolder(), 'ttmip.html');
    expect((await commands('off').run('ttmip', '--folder', folder, '--out', page)).exitCode).toBe(0);
    const html = readFileSync(page, 'utf8');
    expect(html).toContain("default-src 'none'");
    expect(html).not.toMatch(/<script|<link|<img|https?:/);
    expect(html.match(/class="stage /g)).toHaveLength(4);
    expect(html).toContain('1 min 10 s');
  });

  it('says that nothing is recorded, and refuses a model of which nothing is', async () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, 'empty'));
    const { run } = commands('off');
    const [nothing, unknown] = await Promise.all([
      run('ttmip', '--folder', folder),
      run('ttmip', 'lung', '--folder', folder),
    ]);
    expect([nothing.exitCode, nothing.stdout]).toEqual([0, expect.stringContaining('Nothing is recorded')]);
    expect([unknown.exitCode, unknown.complaints]).toEqual([1, expect.stringContaining('DH_MODEL_NOT_FOUND')]);
  });
});
