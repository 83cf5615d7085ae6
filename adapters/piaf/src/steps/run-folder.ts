/**
 * The folders and documents that the steps of a chain hand on, the same under every backend:
 *
 * ```
 * <run>/
 *   staged/items.json        what is run over: cleaned copies, named by their place in the order of the inputs
 *   staged/items/item-000001/...
 *   chunks/chunk-00000.json  one task of the scatter
 *   parts/chunk-00000/       what one task made; comes into being at once, by a rename
 *     part.json              digests of all files of the part
 *     results.ndjson         one ItemResult a line, in the order of the items
 *     files/item-000001/...  regions
 *   result/                  the merged artefacts, equal for equal inputs, model and parameters
 *     results.ndjson, scores.csv, summary.json, report.html, files/item-000001/..., SHA256SUMS
 *   attempts/                what failed tasks say of themselves, `<chunk>.<attempt>.json`
 * ```
 *
 * Nothing in it but `attempts/` has times, names of machines or paths in it: bytes are equal for equal runs.
 */
export const RUN_FOLDER = {
  staged: 'staged',
  stagedItems: 'staged/items.json',
  chunks: 'chunks',
  parts: 'parts',
  result: 'result',
  attempts: 'attempts',
} as const;

export const PART_FILE = 'part.json';
export const RESULTS_FILE = 'results.ndjson';
export const SUMS_FILE = 'SHA256SUMS';

/** `staged/items.json`: all that determines the results. */
export interface StagedItems {
  readonly schemaVersion: 1;
  /** "<model>/<version>/<label>". */
  readonly chain: string;
  readonly packageSha256: string;
  readonly parameters: Readonly<Record<string, number | boolean>>;
  readonly items: readonly StagedItem[];
}

export interface StagedItem {
  /** `item-000001`: its place in the order of the inputs, from 1. Names of files never reach further. */
  readonly item: string;
  readonly mediaType: string;
  /** Relative to `staged/`: a file, or of a series its folder. */
  readonly path: string;
  readonly files: readonly StagedFile[];
  /** Of the one file; of a series, of the sorted digests of its files, each with a line feed. */
  readonly sha256: string;
  /** How many attributes, fields or pictures de-identification took out or replaced. */
  readonly cleaned: number;
}

export interface StagedFile {
  /** Relative to `staged/`. */
  readonly path: string;
  readonly size: number;
  readonly sha256: string;
}

/** `chunks/chunk-00000.json`. */
export interface Chunk {
  readonly schemaVersion: 1;
  /** `chunk-00000`. */
  readonly chunk: string;
  readonly index: number;
  /** Chunks of the run. */
  readonly count: number;
  /** Of the file `staged/items.json`. */
  readonly stagedSha256: string;
  readonly items: readonly string[];
}

/** `parts/<chunk>/part.json`. */
export interface Part {
  readonly schemaVersion: 1;
  readonly chunk: string;
  readonly stagedSha256: string;
  readonly packageSha256: string;
  /** All files of the part but this one, sorted by path. */
  readonly files: readonly { readonly path: string; readonly size: number; readonly sha256: string }[];
}

/** A line of `results.ndjson`. */
export interface ItemResult {
  readonly item: string;
  readonly inputSha256: string;
  readonly status: 'predicted' | 'refused';
  /** Of `refused`: a code of the catalogue, and its sentence. */
  readonly error?: { readonly code: string; readonly message: string };
  readonly model: {
    readonly name: string;
    readonly version: string;
    readonly packageSha256: string;
    readonly onnxSha256: string;
  };
  /**
   * Without times, names of machines and requests. The size of the batch is none of it: a runtime batches only what
   * it proved to be the same bits alone and among strangers.
   */
  readonly ranOn: { readonly engine: string; readonly executionProvider: string };
  /** Findings of the contract as JSON; tensors of masks and maps stand as `{"file": "..."}`. */
  readonly findings: readonly unknown[];
  readonly warnings: readonly { readonly kind: string; readonly field: string; readonly message: string }[];
  /** Regions, and other files of the item; paths relative to the part, or to the result. */
  readonly files: readonly ResultFile[];
}

export interface ResultFile {
  readonly path: string;
  readonly mediaType: string;
  /** Which finding it belongs to; of slides, the format. */
  readonly name: string;
  readonly size: number;
  readonly sha256: string;
}
