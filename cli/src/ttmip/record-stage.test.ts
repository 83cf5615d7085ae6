import { appendFile, chmod, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { noteStage, StageClock } from './note-stage.js';
import { readTimelines } from './read-timelines.js';
import { MAX_FILE_BYTES, recordStage } from './record-stage.js';
import type { StageRecord } from './stage-record.js';

const MODEL = { name: 'risk', version: '1.0.0' };
let folder = '';
const file = () => join(folder, 'risk', '1.0.0.ndjson');

const record = (more: Partial<StageRecord> = {}): StageRecord => ({
  stage: 'imported',
  startedAt: '2031-01-01T00:00:00.000Z',
  endedAt: '2031-01-01T00:00:01.000Z',
  machineMs: 1000,
  humanSteps: 1,
  outcome: 'done',
  ...more,
});

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ttmip-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('recordStage', () => {
  it('appends a line, and keeps what is there byte for byte', async () => {
    await recordStage(folder, MODEL, record());
    const first = await readFile(file(), 'utf8');
    await recordStage(folder, MODEL, record({ stage: 'packaged' }));
    const second = await readFile(file(), 'utf8');
    expect(second.startsWith(first)).toBe(true);
    expect(second.slice(first.length)).toBe(`${JSON.stringify(record({ stage: 'packaged' }))}\n`);
  });

  it('keeps the lines of commands that run at the same time', async () => {
    const steps = Array.from({ length: 40 }, (_, humanSteps) => record({ humanSteps }));
    await Promise.all(steps.map((one) => recordStage(folder, MODEL, one)));
    const [timeline] = await readTimelines(folder);
    expect(timeline?.stages.map(({ humanSteps }) => humanSteps).sort((a, b) => a - b)).toEqual(
      steps.map(({ humanSteps }) => humanSteps),
    );
  });

  it('does not lose the line after one that a crash has cut off', async () => {
    await recordStage(folder, MODEL, record());
    await appendFile(file(), '{"stage":"packaged","startedAt":"20');
    await recordStage(folder, MODEL, record({ stage: 'golden-verified' }));
    const [timeline] = await readTimelines(folder);
    expect(timeline?.stages.map(({ stage }) => stage)).toEqual(['imported', 'golden-verified']);
  });

  it('lets no file grow for ever', async () => {
    await mkdir(join(folder, 'risk'));
    await writeFile(file(), `${'x'.repeat(MAX_FILE_BYTES)}\n`);
    await recordStage(folder, MODEL, record());
    expect((await stat(file())).size).toBe(MAX_FILE_BYTES + 1);
  });

  it.each(['../risk', '.', '', 'a/b', 'a\\b', '.hidden', 'x'.repeat(129)])('refuses the name %j', async (name) => {
    const refused = { code: 'DH_CONFIG_INVALID', details: { field: 'name' } };
    await expect(recordStage(folder, { name, version: '1' }, record())).rejects.toMatchObject(refused);
    await expect(recordStage(folder, { name: 'a', version: name }, record())).rejects.toMatchObject({
      details: { field: 'version' },
    });
  });
});

describe('noteStage', () => {
  const begin = () => noteStage(MODEL, record(), { folder, begins: true });

  it('goes on only with a timeline that has a beginning', async () => {
    await noteStage(MODEL, record({ stage: 'served' }), { folder });
    expect(await readTimelines(folder)).toEqual([]);
    await begin();
    await noteStage(MODEL, record({ stage: 'served' }), { folder });
    expect((await readTimelines(folder))[0]?.stages).toHaveLength(2);
  });

  it('counts the first of a kind on each platform, where only that counts, and a failure beside it', async () => {
    await begin();
    const served = record({ stage: 'served' });
    for (const one of [
      served,
      served,
      { ...served, platform: 'piaf' as const },
      { ...served, outcome: 'failed' as const },
    ]) {
      await noteStage(MODEL, one, { folder, once: true });
    }
    expect((await readTimelines(folder))[0]?.stages).toHaveLength(4);
  });

  it('fails no command: not by a file in the place of the folder, nor by a folder that nobody may write', async () => {
    const taken = join(folder, 'taken');
    await writeFile(taken, '');
    await expect(noteStage(MODEL, record(), { folder: taken, begins: true })).resolves.toBeUndefined();
    const closed = join(folder, 'closed');
    await mkdir(closed);
    await chmod(closed, 0o500);
    await expect(noteStage(MODEL, record(), { folder: closed, begins: true })).resolves.toBeUndefined();
    await expect(
      noteStage({ name: '../x', version: '1' }, record(), { folder, begins: true }),
    ).resolves.toBeUndefined();
  });
});

describe('StageClock', () => {
  afterEach(() => vi.restoreAllMocks());

  it('gives stages that follow each other without a gap, with what was done and why it failed', () => {
    const clock = new StageClock();
    const first = clock.end({ stage: 'packaged', humanSteps: 1, packageSha256: '' });
    const second = clock.end({ stage: 'golden-verified', packageSha256: 'ab', code: 'DH_GOLDEN_MISMATCH' });
    expect(second.startedAt).toBe(first.endedAt);
    expect(first).toMatchObject({ humanSteps: 1, outcome: 'done' });
    expect(first).not.toHaveProperty('packageSha256');
    expect(second).toMatchObject({ humanSteps: 0, outcome: 'failed', code: 'DH_GOLDEN_MISMATCH', packageSha256: 'ab' });
    const took = Date.parse(second.endedAt) - Date.parse(second.startedAt);
    expect(Math.abs(took - second.machineMs)).toBeLessThanOrEqual(1);
  });

  it('counts the time in which a person is waited for as no work of the machine', async () => {
    const at = vi.spyOn(performance, 'now').mockReturnValue(1000);
    const clock = new StageClock();
    at.mockReturnValue(1200);
    const answered = clock.wait(Promise.resolve('rgb'));
    at.mockReturnValue(6200);
    expect(await answered).toBe('rgb');
    const asked = clock.end({ stage: 'imported' });
    expect(asked.machineMs).toBe(200);
    expect(Date.parse(asked.endedAt) - Date.parse(asked.startedAt)).toBe(5200);
    at.mockReturnValue(6500);
    expect(clock.end({ stage: 'packaged' }).machineMs).toBe(300);
  });

  it('leaves out what others have timed', () => {
    const at = vi.spyOn(performance, 'now').mockReturnValue(1000);
    const clock = new StageClock();
    at.mockReturnValue(5000);
    clock.restart();
    at.mockReturnValue(5050);
    expect(clock.end({ stage: 'served' }).machineMs).toBe(50);
  });
});
