import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DeepHealthError } from '@deephealth/sdk';
import { describe, expect, it } from 'vitest';
import type { TilePlan } from '../plan/tile-plan.js';
import { temporaryFolder } from '../testing/folder-of-tests.js';
import { blendOf } from './blend-rows.js';
import { fillMap } from './fill-map.js';
import { openMapFile } from './map-file.js';
import { type RunProgress, readProgress } from './run-state.js';
import type { TileExaminer } from './tile-examiner.js';
import type { TileRecord } from './tile-record.js';

const [COLUMNS, ROWS] = [53, 47];
const plan: TilePlan = {
  ...{ level: 0, readSize: 10, readStride: 6, preparedSize: 10, tileSize: 10, stride: 6, halo: 2 },
  ...{ columns: 9, rows: 8, micronsPerPixel: { x: 1, y: 1 } },
  grid: { columns: COLUMNS, rows: ROWS, x: 0, y: 0, cellWidth: 1, cellHeight: 1 },
};
const BEGUN: RunProgress = {
  ...{ planSha256: 'p', startedAt: '2026-01-01T00:00:00.000Z', rowsInMap: 0, unread: [] },
  ...{ examined: 0, abstained: 0, warnings: {} },
};

function recordOf(column: number, row: number): TileRecord {
  if (column === 4 && row === 3) return { column, outcome: 'unread', warnings: 0, values: new Float32Array(0) };
  const values = Float32Array.from({ length: 100 }, (_, i) => ((column * 13 + row * 29 + i * 7) % 101) / 101);
  return { column, outcome: 'examined', warnings: column === 0 ? 1 << 10 : 0, values };
}

interface Run {
  /** How long a tile takes, in turns of the event loop. */
  readonly turns?: (column: number, row: number) => number;
  /** The tile that fails, by the number of tiles asked for. */
  readonly failAt?: number;
  readonly inFlight?: number;
}

async function run(folder: string, { turns = () => 1, failAt = Number.POSITIVE_INFINITY, inFlight = 5 }: Run = {}) {
  const asked: string[] = [];
  let open = 0;
  let most = 0;
  const examiner: TileExaminer = {
    maxInFlight: 99,
    ranOn: { server: 's', engine: 'e', executionProvider: 'cpu', onnxSha256: 'o' },
    expect: () => undefined,
    close: () => undefined,
    async examine(column, row) {
      asked.push(`${column}/${row}`);
      most = Math.max(most, ++open);
      const number = asked.length;
      for (let turn = 0; turn < turns(column, row); turn++) await new Promise(setImmediate);
      open--;
      if (number === failAt) throw new DeepHealthError('DH_MODEL_CRASHED', 'ended');
      return recordOf(column, row);
    },
  };
  const map = await openMapFile(folder, 1, COLUMNS, ROWS);
  try {
    const progress = await fillMap({
      ...{ plan, folder, map, examiner, inFlight, begun: (await readProgress(folder)) ?? BEGUN },
      blend: blendOf(plan, 'pixels', 1, 'gaussian'),
      isWanted: (column, row) => (column + row) % 5 !== 0,
    });
    return { progress, asked, most, bytes: readFileSync(join(folder, 'map.f32')) };
  } finally {
    await map.close();
  }
}

const WANTED = 58;

describe('fillMap', () => {
  it('asks once for each tile that is wanted, and counts what became of them', async () => {
    const { progress, asked, most } = await run(temporaryFolder());
    expect(asked).toHaveLength(WANTED);
    expect(new Set(asked).size).toBe(WANTED);
    expect(most).toBe(5);
    expect(progress).toMatchObject({ rowsInMap: 8, examined: WANTED - 1, abstained: 0, unread: [[4, 3]] });
    expect(progress.warnings).toEqual({ WARNING_KIND_UNLIKE_TRAINING_DATA: 6 });
    expect(progress.completedAt).toBeDefined();
  });

  it('gives the same bytes in whatever order tiles are done', async () => {
    const { bytes } = await run(temporaryFolder(), { inFlight: 1 });
    for (const turns of [
      (c: number) => 9 - c,
      (_c: number, r: number) => (r % 3) * 7,
      (c: number, r: number) => (c * r) % 11,
    ]) {
      expect((await run(temporaryFolder(), { turns, inFlight: 16 })).bytes).toEqual(bytes);
    }
  });

  it('goes on where a run failed, at any tile, with the same bytes and no tile asked for twice', async () => {
    const { bytes, progress } = await run(temporaryFolder());
    for (let failAt = 1; failAt <= WANTED; failAt += 3) {
      const folder = temporaryFolder();
      const turns = (c: number, r: number) => (c * 5 + r * 3) % 7;
      await expect(run(folder, { failAt, turns })).rejects.toMatchObject({ code: 'DH_MODEL_CRASHED' });
      const again = await run(folder, { turns });
      expect(again.bytes).toEqual(bytes);
      expect(again.progress).toMatchObject({
        examined: progress.examined,
        unread: progress.unread,
        warnings: progress.warnings,
      });
      // All that were under way when one failed are kept.
      expect(again.asked.length).toBeLessThanOrEqual(WANTED - failAt + 1);
    }
  });

  it('does nothing again for a run that is complete', async () => {
    const folder = temporaryFolder();
    const first = await run(folder);
    const second = await run(folder);
    expect(second.asked).toEqual([]);
    expect(second.bytes).toEqual(first.bytes);
    expect(second.progress).toEqual(first.progress);
  });

  it('forgets tiles whose cells are on the disk', async () => {
    const folder = temporaryFolder();
    await run(folder);
    // The last rows are kept until the folder goes: a band above them would need them.
    expect(readdirSync(folder).filter((file) => file.endsWith('.tiles')).length).toBeLessThanOrEqual(2);
  });
});
