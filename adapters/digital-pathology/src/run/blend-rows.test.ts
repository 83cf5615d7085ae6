import { seededRandom } from '@deephealth/sdk';
import { describe, expect, it } from 'vitest';
import type { TilePlan } from '../plan/tile-plan.js';
import { temporaryFolder } from '../testing/folder-of-tests.js';
import { blendOf, blendRows } from './blend-rows.js';
import { openRowJournal } from './row-journal.js';

const [COLUMNS, ROWS] = [29, 23];

function planOf(tileSize: number, stride: number): TilePlan {
  return {
    ...{ level: 0, readSize: tileSize, readStride: stride, preparedSize: tileSize, tileSize, stride },
    halo: (tileSize - stride) / 2,
    ...{ columns: Math.ceil(COLUMNS / stride), rows: Math.ceil(ROWS / stride) },
    micronsPerPixel: { x: 1, y: 1 },
    grid: { columns: COLUMNS, rows: ROWS, x: 0, y: 0, cellWidth: 1, cellHeight: 1 },
  };
}

/** Tiles cut out of a field of numbers, as a network whose tiles agree would give them. */
async function journalsOf(
  plan: TilePlan,
  value: (x: number, y: number, c: number, tile: string) => number,
  channels = 2,
) {
  const folder = temporaryFolder();
  const journals = new Map();
  for (let row = 0; row < plan.rows; row++) {
    const journal = await openRowJournal({ folder, row, values: channels * plan.tileSize ** 2 });
    journals.set(row, journal);
    // From the right: the order in which tiles are done is of no consequence.
    for (let column = plan.columns - 1; column >= 0; column--) {
      const values = new Float32Array(channels * plan.tileSize ** 2);
      values.forEach((_, i) => {
        const c = Math.floor(i / plan.tileSize ** 2);
        const y = Math.floor(i / plan.tileSize) % plan.tileSize;
        const [left, top] = [column * plan.stride - plan.halo, row * plan.stride - plan.halo];
        values[i] = value(left + (i % plan.tileSize), top + y, c, `${column}/${row}`);
      });
      await journal.append({ column, outcome: 'examined', warnings: 0, values });
    }
  }
  return journals;
}

const field = (x: number, y: number, c: number) => Math.fround(((x * 31 + y * 17 + c * 7) % 97) / 97);

describe('blendRows', () => {
  it.each([
    [8, 8, 'crop'],
    [10, 8, 'crop'],
    [12, 6, 'flat'],
    [12, 4, 'gaussian'],
  ] as const)('of tiles of %i every %i that agree, gives what they agree on (%s)', async (size, stride, blending) => {
    const plan = planOf(size, stride);
    const blend = blendOf(plan, 'pixels', 2, blending);
    const journals = await journalsOf(plan, field);
    const all = await blendRows(blend, COLUMNS, journals, 0, ROWS);
    for (let c = 0; c < 2; c++) {
      for (let i = 0; i < ROWS * COLUMNS; i++) {
        expect(all[c * ROWS * COLUMNS + i]).toBeCloseTo(field(i % COLUMNS, Math.floor(i / COLUMNS), c), 6);
      }
    }
  });

  it('gives the same bits however many rows are asked for', async () => {
    const random = seededRandom(3);
    const noise = new Map<string, number>();
    const value = (x: number, y: number, c: number, tile: string) => {
      const key = `${tile} ${x} ${y} ${c}`;
      if (!noise.has(key)) noise.set(key, random());
      return noise.get(key) as number;
    };
    const plan = planOf(12, 6);
    const blend = blendOf(plan, 'pixels', 2, 'gaussian');
    const journals = await journalsOf(plan, value);
    const all = await blendRows(blend, COLUMNS, journals, 0, ROWS);
    for (const step of [1, 5, 7]) {
      for (let first = 0; first < ROWS; first += step) {
        const count = Math.min(step, ROWS - first);
        const some = await blendRows(blend, COLUMNS, journals, first, count);
        for (let c = 0; c < 2; c++) {
          const from = (c * ROWS + first) * COLUMNS;
          const part = some.subarray(c * count * COLUMNS, (c + 1) * count * COLUMNS);
          expect(part).toEqual(all.subarray(from, from + count * COLUMNS));
        }
      }
    }
  });

  it('weighs tiles that disagree by their distance from the middle', async () => {
    const plan = planOf(12, 6);
    const blend = blendOf(plan, 'pixels', 1, 'gaussian');
    const journals = await journalsOf(plan, (_x, _y, _c, tile) => (tile === '1/1' ? 1 : 0), 1);
    const all = await blendRows(blend, COLUMNS, journals, 0, ROWS);
    const at = (x: number, y: number) => all[y * COLUMNS + x] as number;
    // Tile 1/1 is in the middle of cells 6 to 11; from 3 on others lie over it.
    expect(at(8, 8)).toBeGreaterThan(0.95);
    expect(at(6, 8)).toBeGreaterThan(at(5, 8));
    expect(at(5, 8)).toBeGreaterThan(at(4, 8));
    expect(at(2, 8)).toBe(0);
    // Between two tiles half of each.
    expect(at(5, 8) + at(6, 8)).toBeCloseTo(at(11, 8) + at(12, 8), 6);
  });

  it('leaves empty what no tile was examined for: never 0', async () => {
    const plan = planOf(8, 8);
    const folder = temporaryFolder();
    const journal = await openRowJournal({ folder, row: 0, values: 64 });
    await journal.append({ column: 1, outcome: 'examined', warnings: 0, values: new Float32Array(64).fill(0.25) });
    await journal.append({ column: 2, outcome: 'unread', warnings: 0, values: new Float32Array(0) });
    await journal.append({ column: 3, outcome: 'abstained', warnings: 0, values: new Float32Array(0) });
    const row = await blendRows(blendOf(plan, 'pixels', 1, 'crop'), COLUMNS, new Map([[0, journal]]), 0, 1);
    expect([...row].map((value) => (Number.isNaN(value) ? '-' : value))).toEqual([
      ...Array(8).fill('-'),
      ...Array(8).fill(0.25),
      ...Array(13).fill('-'),
    ]);
  });

  it('has one value for a tile where the model gives one', async () => {
    const plan = { ...planOf(8, 8), grid: { ...planOf(8, 8).grid, columns: 4, rows: 3 } };
    const folder = temporaryFolder();
    const journal = await openRowJournal({ folder, row: 2, values: 2 });
    await journal.append({ column: 3, outcome: 'examined', warnings: 0, values: Float32Array.of(0.1, 0.9) });
    const row = await blendRows(blendOf(plan, 'tiles', 2, 'crop'), 4, new Map([[2, journal]]), 2, 1);
    expect(row[3]).toBeCloseTo(0.1, 6);
    expect(row[7]).toBeCloseTo(0.9, 6);
    expect(row.filter(Number.isNaN)).toHaveLength(6);
  });
});
