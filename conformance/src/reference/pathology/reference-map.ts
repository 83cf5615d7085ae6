import type { adapterV1, runtimeV1 } from '@deephealth/proto';
import { DeepHealthError, type RuntimeClient, toTypedArray } from '@deephealth/sdk';
import type { PathologyAnalysis } from '../../pathology/pathology-binding.js';
import { bmpTile } from './bmp-tile.js';
import { type OpenedLevel, type OpenedSlide, readLevel, refusal } from './opened-slide.js';

/** How tiles lie over a slide. */
export interface MapPlan {
  readonly level: number;
  /** Pixels of the level that one of the model's is wide. */
  readonly factor: number;
  readonly columns: number;
  readonly rows: number;
  /** Cells along a side of a tile: 1, or one for each pixel. */
  readonly cellsOfTile: number;
  /** Side of a cell in pixels of the level. */
  readonly cell: number;
}

/** A map that is filled. */
export interface FilledMap {
  readonly plan: MapPlan;
  readonly columns: number;
  readonly rows: number;
  /** Side of a cell in pixels of level 0. */
  readonly cell: number;
  /** Row-major; NaN where nothing was examined. */
  readonly values: Float32Array;
  readonly counts: {
    readonly examined: number;
    readonly abstained: number;
    readonly unread: number;
    readonly skipped: number;
  };
  readonly runs: readonly adapterV1.ModelRun[];
  readonly warnings: readonly string[];
}

/** What is asked, and for whom. */
export interface MapTask {
  readonly slide: OpenedSlide;
  readonly analysis: PathologyAnalysis;
  readonly model: { readonly name: string; readonly version: string; readonly packageSha256: string };
  readonly client: RuntimeClient;
  readonly deadlineMs: number;
  readonly signal: AbortSignal;
}

interface TileAnswer {
  /** Undefined where the model abstained. */
  readonly values?: ArrayLike<number>;
  readonly response: runtimeV1.PredictResponse__Output;
}

const AT_ONCE = 8;
const GLASS = 215;
const WARNINGS: Readonly<Record<string, string>> = {
  WARNING_KIND_RESEARCH_USE_ONLY: 'The model is for research only.',
};

/** How a model is led over a slide. Each rule is a method of its own. */
export class ReferenceMap {
  async fill(task: MapTask): Promise<FilledMap> {
    const { slide, analysis } = task;
    const plan = this.plan(slide, analysis);
    const level = slide.levels[plan.level] as OpenedLevel;
    const [columns, rows] = [level.width, level.height].map((extent) => this.cellsAlong(extent, plan)) as [
      number,
      number,
    ];
    const values = new Float32Array(columns * rows).fill(Number.NaN);
    const wanted = this.wantedTiles(slide, plan, analysis);
    const answers: (TileAnswer | undefined)[] = [];
    for (let first = 0; first < wanted.length; first += AT_ONCE) {
      const some = wanted.slice(first, first + AT_ONCE);
      answers.push(...(await Promise.all(some.map(([column, row]) => this.ask(task, plan, column, row)))));
    }
    wanted.forEach(([column, row], index) => {
      const answer = answers[index]?.values;
      if (answer !== undefined) this.place(values, columns, rows, plan, analysis, column, row, answer);
    });
    const given = answers.filter((one) => one !== undefined);
    const examined = given.filter((one) => one.values !== undefined).length;
    return {
      ...{ plan, columns, rows, values, cell: plan.cell * level.downsample },
      counts: {
        ...{ examined, abstained: given.length - examined, unread: 0 },
        skipped: plan.columns * plan.rows - given.length,
      },
      runs: given.map(({ response: { requestId, provenance } }) => ({ requestId, provenance })),
      warnings: this.warningsOf(given.map(({ response }) => response)),
    };
  }

  plan({ levels, micronsPerPixel: { x, y } }: OpenedSlide, { tile, outputs }: PathologyAnalysis): MapPlan {
    const { micronsPerPixel: wanted, tolerance = 0.1, stride } = tile;
    const own = (level: number) => Math.sqrt(x * y) * (levels[level]?.downsample ?? 1);
    const level = Math.max(0, ...[...levels.keys()].filter((one) => own(one) <= wanted * (1 + tolerance / 2)));
    const factor = Math.max(1, Math.round(wanted / own(level)));
    this.checkFit((factor * own(level)) / wanted, tolerance);
    const { width, height } = levels[level] as OpenedLevel;
    const isMap = outputs[0] === 'probability';
    const side = factor * stride;
    return {
      ...{ level, factor, columns: Math.ceil(width / side), rows: Math.ceil(height / side) },
      ...(isMap ? { cellsOfTile: stride, cell: factor } : { cellsOfTile: 1, cell: side }),
    };
  }

  checkFit(ratio: number, tolerance: number): void {
    if (Math.abs(ratio - 1) > tolerance)
      throw refusal('DH_SLIDE_UNSUITABLE', 'The slide is not of the scale of the model.');
  }

  /** The last cell may be a part of one. */
  cellsAlong(extent: number, { cell }: MapPlan): number {
    return Math.ceil(extent / cell);
  }

  wantedTiles(slide: OpenedSlide, plan: MapPlan, { tissue }: PathologyAnalysis): (readonly [number, number])[] {
    const all = Array.from(
      { length: plan.columns * plan.rows },
      (_, index) => [index % plan.columns, Math.floor(index / plan.columns)] as const,
    );
    if (tissue.method === 'none') return all;
    const level = slide.levels[plan.level] as OpenedLevel;
    const share = ([column, row]: readonly [number, number]) =>
      this.tissueShare(level, column * plan.cell, row * plan.cell, plan.cell);
    const wanted = all.filter((tile) => share(tile) >= tissue.minShare);
    if (wanted.length === 0) throw refusal('DH_SLIDE_UNSUITABLE', 'There is no tissue on the slide.');
    return wanted;
  }

  /** Share of pixels that are darker than glass. */
  tissueShare(level: OpenedLevel, x: number, y: number, side: number): number {
    const pixels = readLevel(level, x, y, side, side);
    let dark = 0;
    for (let at = 0; at < pixels.length; at += 3) {
      if ((pixels[at] as number) + (pixels[at + 1] as number) + (pixels[at + 2] as number) < 3 * GLASS) dark++;
    }
    return dark / (side * side);
  }

  async ask(task: MapTask, plan: MapPlan, column: number, row: number): Promise<TileAnswer | undefined> {
    const { analysis, client, deadlineMs, signal } = task;
    const left = deadlineMs - Date.now();
    const response = await client.predict(this.requestOf(task, plan, column, row), {
      ...(Number.isFinite(left) && { deadlineMs: Math.max(1, left) }),
      signal,
    });
    const [finding] = response.findings;
    if (finding?.classification?.abstained) return { response };
    return { response, values: this.checked(valuesOf(finding, analysis)) };
  }

  requestOf({ slide, analysis, model }: MapTask, plan: MapPlan, column: number, row: number): runtimeV1.PredictRequest {
    const side = analysis.tile.size;
    const pixels = this.tileOf(slide.levels[plan.level] as OpenedLevel, plan, analysis, column, row);
    const data = bmpTile(pixels, side);
    return {
      requestId: `tile ${row} ${column}`,
      ...{ modelName: model.name, modelVersion: model.version, expectedPackageSha256: model.packageSha256 },
      inputs: [{ name: analysis.input, image: { data, mediaType: 'image/bmp' } }],
      outputs: [...analysis.outputs],
    };
  }

  /** What the model gets for a tile: its margin lies around it. */
  tileOf(
    level: OpenedLevel,
    { factor }: MapPlan,
    { tile }: PathologyAnalysis,
    column: number,
    row: number,
  ): Uint8Array {
    const halo = (tile.size - tile.stride) / 2;
    const [x, y] = [column, row].map((index) => (index * tile.stride - halo) * factor) as [number, number];
    const side = tile.size * factor;
    return reduced(readLevel(level, x, y, side, side), tile.size, factor);
  }

  /** Puts the middle of a tile's answer into the map. */
  place(
    values: Float32Array,
    columns: number,
    rows: number,
    { cellsOfTile }: MapPlan,
    { tile }: PathologyAnalysis,
    column: number,
    row: number,
    answer: ArrayLike<number>,
  ): void {
    const [side, halo] = cellsOfTile === 1 ? [1, 0] : [tile.size, (tile.size - tile.stride) / 2];
    for (let y = 0; y < cellsOfTile; y++) {
      for (let x = 0; x < cellsOfTile; x++) {
        const [left, top] = [column * cellsOfTile + x, row * cellsOfTile + y];
        if (left < columns && top < rows) values[top * columns + left] = answer[(y + halo) * side + x + halo] as number;
      }
    }
  }

  /** A value that is no probability is a fault, and no value of a map. */
  checked(values: ArrayLike<number>): ArrayLike<number> {
    for (let at = 0; at < values.length; at++) {
      const value = values[at] as number;
      if (!(value >= 0 && value <= 1))
        throw new DeepHealthError('DH_RESPONSE_INVALID', 'A value of the model is no probability.');
    }
    return values;
  }

  warningsOf(responses: readonly runtimeV1.PredictResponse__Output[]): string[] {
    const kinds = new Set(responses.flatMap(({ warnings }) => warnings.map(({ kind }) => String(kind))));
    return [...kinds].map((kind) => WARNINGS[kind] ?? `The runtime warns of some tiles: ${kind}.`);
  }
}

function valuesOf(
  finding: runtimeV1.Finding__Output | undefined,
  { classes = [] }: PathologyAnalysis,
): ArrayLike<number> {
  if (finding?.map?.values) return toTypedArray('FP32', finding.map.values.data);
  const found = finding?.classification?.classes.find(({ label }) => label === classes[0]);
  if (found === undefined) throw new DeepHealthError('DH_RESPONSE_INVALID', 'The answer lacks what was asked for.');
  return [found.probability];
}

/** Means of squares. */
function reduced(pixels: Uint8Array, side: number, factor: number): Uint8Array {
  if (factor === 1) return pixels;
  const output = new Uint8Array(side * side * 3);
  for (let at = 0; at < output.length; at++) {
    const [c, x, y] = [at % 3, Math.floor(at / 3) % side, Math.floor(at / 3 / side)];
    let sum = 0;
    for (let dy = 0; dy < factor; dy++) {
      for (let dx = 0; dx < factor; dx++)
        sum += pixels[((y * factor + dy) * side * factor + x * factor + dx) * 3 + c] as number;
    }
    output[at] = Math.round(sum / factor ** 2);
  }
  return output;
}
