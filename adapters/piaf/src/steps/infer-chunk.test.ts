import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DeepHealthError } from '@deephealth/sdk';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type StagedRun, stagedRun, standIn } from '../testing/staged-run.js';
import type { ItemCall } from './item-predictor.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'deephealth-infer-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const results = (run: StagedRun, index = 0) =>
  readFileSync(join(run.part(index), 'results.ndjson'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));

/** A predictor that refuses one item. */
const refusing = (run: StagedRun, code: ConstructorParameters<typeof DeepHealthError>[0]) => async () =>
  standIn(run.package, async ({ item }: ItemCall) => {
    if (item.item === 'item-000002') throw new DeepHealthError(code, 'No.');
  });

const asked = () => {
  throw new Error('asked');
};

describe('a task of the scatter', () => {
  it('commits its part once, and asks nothing where that is there', async () => {
    const run = await stagedRun(folder, [50, 60, 70]);
    expect(await run.infer(0)).toBe(true);
    const before = readFileSync(join(run.part(0), 'part.json'), 'utf8');
    expect(await run.infer(0, { predictor: asked })).toBe(false);
    expect(readFileSync(join(run.part(0), 'part.json'), 'utf8')).toBe(before);
    expect(results(run).map(({ item, status }) => [item, status])).toEqual([
      ['item-000001', 'predicted'],
      ['item-000002', 'predicted'],
    ]);
  });

  it.each([
    ['a staged file that was changed', 'staged/items/item-000001/input.json', '{"age":51}', /item-000001/],
    ['a staged file that is longer', 'staged/items/item-000001/input.json', '{"age":50} ', /item-000001/],
    ['a list of other items', 'staged/items.json', undefined, /other staged items/],
  ])('asks nothing about %s', async (_, file, text, message) => {
    const run = await stagedRun(folder, [50, 60]);
    const path = join(folder, file);
    writeFileSync(path, text ?? `${readFileSync(path, 'utf8')} `);
    await expect(run.infer(0, { predictor: asked })).rejects.toMatchObject({
      code: 'DH_CHAIN_INPUT_CHANGED',
      message: expect.stringMatching(message),
    });
    expect(existsSync(run.part(0))).toBe(false);
  });

  it('is of the package and chain that the items were staged for, and of items that there are', async () => {
    const run = await stagedRun(folder, [50, 60]);
    const other = { ...run.package, packageSha256: '0'.repeat(64) };
    const changed = expect.objectContaining({ code: 'DH_CHAIN_INPUT_CHANGED' });
    await expect(run.infer(0, { package: other, predictor: asked })).rejects.toEqual(changed);
    await expect(run.infer(0, { chain: { ...run.chain, label: 'x' }, predictor: asked })).rejects.toEqual(changed);
    writeFileSync(run.chunk(0), readFileSync(run.chunk(0), 'utf8').replace('item-000002', 'item-000009'));
    await expect(run.infer(0, { predictor: asked })).rejects.toEqual(changed);
  });

  it('does not take an answer of another package', async () => {
    const run = await stagedRun(folder, [50]);
    const predictor = async () => standIn({ ...run.package, packageSha256: '0'.repeat(64) });
    await expect(run.infer(0, { predictor })).rejects.toMatchObject({ code: 'DH_CHAIN_INPUT_CHANGED' });
    expect(existsSync(run.part(0))).toBe(false);
  });

  it('refuses a part of another run in its place', async () => {
    const run = await stagedRun(folder, [50]);
    await run.infer(0);
    const part = join(run.part(0), 'part.json');
    writeFileSync(part, readFileSync(part, 'utf8').replace(/"stagedSha256": "./, '"stagedSha256": "x'));
    await expect(run.infer(0, { predictor: asked })).rejects.toMatchObject({ code: 'DH_RESULT_DIFFERS' });
  });

  it('ends with what the model refuses, named by its item', async () => {
    const run = await stagedRun(folder, [50, 60]);
    await expect(run.infer(0, { predictor: refusing(run, 'DH_VALUE_OUT_OF_RANGE') })).rejects.toMatchObject({
      code: 'DH_VALUE_OUT_OF_RANGE',
      message: 'item-000002: No.',
      details: { item: 'item-000002' },
    });
    expect(readdirSync(join(folder, 'parts'))).toEqual([]);
  });

  it('records what the model refuses where the chain says so, and goes on', async () => {
    const run = await stagedRun(folder, [50, 60, 70], { onRefusedItem: 'record', chunk: { items: 3 } });
    await run.infer(0, { predictor: refusing(run, 'DH_VALUE_OUT_OF_RANGE') });
    expect(results(run).map(({ status }) => status)).toEqual(['predicted', 'refused', 'predicted']);
    expect(results(run)[1].error).toEqual({ code: 'DH_VALUE_OUT_OF_RANGE', message: 'No.' });
  });

  it.each(['DH_QUEUE_FULL', 'DH_INTERNAL', 'DH_CHAIN_INPUT_CHANGED', 'DH_OUTPUT_NOT_WRITTEN'] as const)(
    'records no %s, which says nothing of the item',
    async (code) => {
      const run = await stagedRun(folder, [50, 60], { onRefusedItem: 'record' });
      await expect(run.infer(0, { predictor: refusing(run, code) })).rejects.toMatchObject({ code });
    },
  );

  it('has several items under way, and ends them all with the first failure', async () => {
    const run = await stagedRun(folder, [50, 60, 70, 80], { chunk: { items: 4 } });
    const begun: string[] = [];
    const ended: string[] = [];
    const predictor = async () =>
      standIn(
        run.package,
        async ({ item, signal }) => {
          begun.push(item.item);
          if (item.item === 'item-000002') throw new DeepHealthError('DH_MODEL_HOST_LOST', 'Gone.');
          await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
          ended.push(item.item);
          signal.throwIfAborted();
        },
        3,
      );
    await expect(run.infer(0, { predictor })).rejects.toMatchObject({ code: 'DH_MODEL_HOST_LOST' });
    expect(begun).toEqual(['item-000001', 'item-000002', 'item-000003']);
    expect(ended).toEqual(['item-000001', 'item-000003']);
    expect(readdirSync(join(folder, 'parts'))).toEqual([]);
  });

  it('has its results in the order of the items, whichever is done first', async () => {
    const run = await stagedRun(folder, [50, 60, 70], { chunk: { items: 3 } });
    const waiting: (() => void)[] = [];
    const predictor = async () =>
      standIn(
        run.package,
        () =>
          new Promise((resolve) => {
            waiting.unshift(resolve);
            if (waiting.length === 3) for (const one of waiting) one();
          }),
        3,
      );
    await run.infer(0, { predictor });
    expect(results(run).map(({ item }) => item)).toEqual(['item-000001', 'item-000002', 'item-000003']);
  });

  it('that is aborted asks no further item and leaves nothing', async () => {
    const run = await stagedRun(folder, [50, 60]);
    const controller = new AbortController();
    const begun: string[] = [];
    const predictor = async () =>
      standIn(run.package, async ({ item }) => {
        begun.push(item.item);
        controller.abort(new DeepHealthError('DH_CANCELLED', 'Stop.'));
      });
    await expect(run.infer(0, { predictor, signal: controller.signal })).rejects.toMatchObject({
      code: 'DH_CANCELLED',
    });
    expect(begun).toEqual(['item-000001']);
    expect(readdirSync(join(folder, 'parts'))).toEqual([]);
  });
});
