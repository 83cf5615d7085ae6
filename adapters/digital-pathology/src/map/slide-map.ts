import type { runtimeV1 } from '@deephealth/proto';
import type { PixelRectangle } from '../slide/slide.js';

/**
 * Cells of equal size in rows and columns over a slide. Cell (column c, row r) covers, in pixels of level 0
 * of the whole canvas, [x + c * cell, x + (c + 1) * cell) across and the like down; cells need not be whole
 * numbers of pixels.
 */
export interface MapGrid {
  readonly columns: number;
  readonly rows: number;
  /** Corner of the first cell in pixels of level 0. */
  readonly x: number;
  readonly y: number;
  /** Sides of a cell in pixels of level 0. */
  readonly cellWidth: number;
  readonly cellHeight: number;
}

/** One class that a map tells of. */
export interface MapChannel {
  readonly label: string;
  readonly codes: readonly runtimeV1.Coding__Output[];
  /** Kind of thing, as DICOM's Segmented Property Category, where the manifest says it. */
  readonly category: runtimeV1.Coding__Output | null;
  /** Probability from which on a cell counts as this class, where the model decides; 0 to 1. */
  readonly threshold?: number;
}

/** What made a map: enough to find it again, and to make it again. No path, and no name of a patient. */
export interface MapProvenance {
  readonly slide: { readonly name: string; readonly sha256: string; readonly format: string };
  readonly model: {
    readonly name: string;
    readonly version: string;
    readonly packageSha256: string;
    readonly onnxSha256: string;
    readonly title: string;
    readonly license: string;
  };
  /** Server, engine and execution provider as the runtime names them. */
  readonly runtime: { readonly server: string; readonly engine: string; readonly executionProvider: string };
  /** SHA-256 over all that determines the result: slide, package, and every parameter. */
  readonly planSha256: string;
  /** The parameters as they were used, by name: for people and for a repetition. */
  readonly parameters: Readonly<Record<string, string | number | boolean>>;
  readonly startedAt: Date;
  readonly completedAt: Date;
  readonly software: string;
}

/**
 * A finished map of probabilities over a slide.
 *
 * It is read by rows, since it can be larger than memory.
 */
export interface SlideMap {
  /** Short name of what it shows, `\w+`: "tissue", "tumor". */
  readonly label: string;
  /** One value for each tile of the plan, or one for each pixel of the model's output. */
  readonly kind: 'tiles' | 'pixels';
  readonly grid: MapGrid;
  readonly channels: readonly MapChannel[];
  /** Level of the slide that was read, and the side of a cell in its pixels where that is a whole number. */
  readonly extraction: { readonly level: number; readonly cell?: number };
  /**
   * Probabilities of some rows: [channels, count, columns], owned by the caller. NaN where nothing was
   * examined: no tissue, or not to be read.
   */
  readRows(first: number, count: number): Promise<Float32Array>;
  /** Parts that could not be read, in pixels of level 0; their cells are NaN. */
  readonly unread: readonly PixelRectangle[];
  /** Warnings of the runtime, each once. */
  readonly warnings: readonly string[];
  readonly provenance: MapProvenance;
}
