import type { TilePlan } from '../plan/tile-plan.js';
import { type Blend, blendRows } from './blend-rows.js';
import type { MapFile } from './map-file.js';
import type { SlideProgress } from './predict-slide.js';
import { openRowJournal, type RowJournal, removeRowJournal } from './row-journal.js';
import { type RunProgress, writeProgress } from './run-state.js';
import type { TileExaminer } from './tile-examiner.js';
import { WARNING_KINDS } from './warning-kinds.js';

export interface FillMapOptions {
  readonly plan: TilePlan;
  readonly folder: string;
  readonly map: MapFile;
  /** Where an earlier run ended, or the beginning. */
  readonly begun: RunProgress;
  readonly blend: Blend;
  readonly examiner: TileExaminer;
  readonly inFlight: number;
  isWanted(column: number, row: number): boolean;
  readonly signal?: AbortSignal;
  onProgress?(progress: SlideProgress): void;
}

/** Rows of tiles that are open at once: enough to keep the runtime busy where rows hold few tiles. */
const MOST_OPEN_ROWS = 64;
/** Cells that are blended at once. */
const MOST_CELLS = 2 ** 21;
const SAVE_EVERY_MS = 1000;

/**
 * Asks for every tile that is wanted and not done yet, and writes the map row by row as the tiles below a row
 * are complete. Tiles are done in any order; the map depends on their values alone.
 *
 * A tile counts once its record is written whole, a row of the map once `progress.json` says so, which happens
 * after the row is on the disk and before the tiles that it was made of are forgotten.
 */
export async function fillMap(options: FillMapOptions): Promise<RunProgress> {
  const { plan, folder, map, begun, blend, examiner, inFlight, isWanted, signal } = options;
  examiner.expect(begun.ranOn);
  /** Rows of tiles that a row of cells lies under. */
  const depth = Math.ceil(blend.size / blend.stride);
  const journals = new Map<number, RowJournal>();
  const openRow = async (row: number) => {
    const values = blend.channels * blend.size * blend.size;
    const journal = await openRowJournal({ folder, row, values });
    journals.set(row, journal);
    return journal;
  };
  let progress = begun;
  let lastSaved = performance.now();
  let firstKept = Math.max(0, begun.rowsInMap - depth + 1);
  const counter = progressCounter(options);

  const save = async () => {
    await map.sync();
    const ranOn = examiner.ranOn;
    progress = { ...progress, ...(ranOn === undefined ? {} : { ranOn }) };
    await writeProgress(folder, progress);
    lastSaved = performance.now();
    for (; firstKept <= progress.rowsInMap - depth; firstKept++) {
      await journals.get(firstKept)?.close();
      journals.delete(firstKept);
      await removeRowJournal(folder, firstKept);
    }
  };

  /** Puts the cells above the next row of tiles into the map. */
  const finishRow = async (row: number) => {
    const isLast = row === plan.rows - 1;
    const first = row === 0 ? 0 : row * blend.stride - blend.halo;
    const end = isLast ? plan.grid.rows : Math.min(plan.grid.rows, (row + 1) * blend.stride - blend.halo);
    const covering = new Map([...journals].filter(([one]) => one > row - depth && one <= row));
    const step = Math.max(1, Math.floor(MOST_CELLS / (plan.grid.columns * blend.channels)));
    for (let at = first; at < end; at += step) {
      const count = Math.min(step, end - at);
      await map.writeRows(at, count, await blendRows(blend, plan.grid.columns, covering, at, count));
    }
    progress = withRow(progress, row, journals.get(row) as RowJournal);
    if (isLast || performance.now() - lastSaved > SAVE_EVERY_MS) await save();
  };

  let failure: unknown;
  const underWay = new Set<Promise<void>>();
  const openRows: Promise<void>[] = [];
  let finishing: Promise<void> = Promise.resolve();
  const start = (journal: RowJournal, column: number, row: number) => {
    const task = examiner
      .examine(column, row)
      .then((record) => journal.append(record))
      .then(() => counter.add(1))
      .catch((error) => {
        failure ??= error;
      })
      .finally(() => underWay.delete(task));
    underWay.add(task);
    return task;
  };
  try {
    for (let row = firstKept; row < begun.rowsInMap; row++) await openRow(row);
    for (let row = begun.rowsInMap; row < plan.rows && failure === undefined; row++) {
      signal?.throwIfAborted();
      const journal = await openRow(row);
      counter.add(journal.tiles.size);
      const tasks: Promise<void>[] = [];
      for (let column = 0; column < plan.columns && failure === undefined; column++) {
        if (journal.tiles.has(column) || !isWanted(column, row)) continue;
        while (underWay.size >= inFlight) await Promise.race(underWay);
        if (failure === undefined) tasks.push(start(journal, column, row));
      }
      const before = finishing;
      finishing = Promise.all(tasks)
        .then(() => before)
        .then(() => (failure === undefined ? finishRow(row) : undefined))
        .catch((error) => {
          failure ??= error;
        });
      openRows.push(finishing);
      if (openRows.length >= MOST_OPEN_ROWS) await openRows.shift();
    }
    await Promise.all(underWay);
    await finishing;
    if (failure !== undefined) throw failure;
    if (progress.completedAt === undefined) {
      progress = { ...progress, completedAt: new Date().toISOString() };
      await save();
    }
    return progress;
  } finally {
    // What is under way may still write: nothing is closed under it.
    await Promise.allSettled([...underWay, finishing]);
    for (const journal of journals.values()) await journal.close();
    counter.end();
  }
}

function withRow(progress: RunProgress, row: number, journal: RowJournal): RunProgress {
  const tiles = [...journal.tiles.values()].sort((a, b) => a.column - b.column);
  const of = (outcome: string) => tiles.filter((tile) => tile.outcome === outcome);
  const warnings = { ...progress.warnings };
  WARNING_KINDS.forEach((kind, bit) => {
    const count = tiles.filter((tile) => (tile.warnings & (1 << bit)) !== 0).length;
    if (count > 0) warnings[kind] = (warnings[kind] ?? 0) + count;
  });
  return {
    ...progress,
    rowsInMap: row + 1,
    examined: progress.examined + of('examined').length,
    abstained: progress.abstained + of('abstained').length,
    unread: [...progress.unread, ...of('unread').map(({ column }) => [column, row] as const)],
    warnings,
  };
}

/** Tells of progress a few times a second. */
function progressCounter({ plan, begun, isWanted, onProgress }: FillMapOptions): {
  add(tiles: number): void;
  end(): void;
} {
  if (onProgress === undefined) return { add: () => undefined, end: () => undefined };
  let total = begun.examined + begun.abstained + begun.unread.length;
  for (let row = begun.rowsInMap; row < plan.rows; row++) {
    for (let column = 0; column < plan.columns; column++) if (isWanted(column, row)) total++;
  }
  let done = begun.examined + begun.abstained + begun.unread.length;
  const atStart = done;
  const startedAt = performance.now();
  let toldAt = 0;
  const tell = () => {
    const seconds = (performance.now() - startedAt) / 1000;
    onProgress({ stage: 'tiles', done, total, tilesPerSecond: seconds > 0 ? (done - atStart) / seconds : 0 });
    toldAt = performance.now();
  };
  return {
    add(tiles) {
      done += tiles;
      if (performance.now() - toldAt > 200) tell();
    },
    end: tell,
  };
}
