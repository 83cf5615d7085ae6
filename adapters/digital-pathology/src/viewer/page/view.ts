/** What the page is told of the slide and its results (view.json). Rectangles are in pixels of level 0. */
export interface View {
  readonly slide: ViewedSlide;
  /** Red, green and blue of 256 steps from 0 to 1. */
  readonly colours: readonly number[];
  /** Cells along a side of a tile of values. */
  readonly valueTile: number;
  readonly results: readonly ViewedResult[];
}

export interface ViewedSlide {
  readonly name: string;
  readonly format: string;
  readonly sha256: string;
  readonly width: number;
  readonly height: number;
  readonly micronsPerPixel: { readonly x: number; readonly y: number; readonly source: string };
  readonly bounds: Rectangle;
  readonly tiles: {
    readonly size: number;
    readonly overlap: number;
    readonly bottomLevel: number;
    readonly topLevel: number;
  };
}

export interface Rectangle {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface Grid {
  readonly columns: number;
  readonly rows: number;
  readonly x: number;
  readonly y: number;
  readonly cellWidth: number;
  readonly cellHeight: number;
}

export interface ViewedMap {
  readonly grid: Grid;
  readonly levels: number;
  readonly file: string;
  readonly isRounded: boolean;
  readonly tellsExamined: boolean;
  readonly isWhole: boolean;
}

export interface ViewedClass {
  readonly label: string;
  readonly areaMm2: number;
  readonly share: number | null;
  readonly threshold: number;
}

export interface ViewedResult {
  readonly label: string;
  readonly title: string;
  readonly classes: readonly ViewedClass[];
  readonly tiles: {
    readonly examined: number;
    readonly abstained: number;
    readonly unread: number;
    readonly skipped: number;
  };
  readonly unread: readonly Rectangle[];
  readonly warnings: readonly string[];
  readonly researchUseOnly: boolean;
  readonly model: {
    readonly name: string;
    readonly version: string;
    readonly packageSha256: string;
    readonly title: string;
    readonly license: string;
  };
  readonly runtime: { readonly server: string; readonly engine: string; readonly executionProvider: string };
  readonly planSha256: string;
  readonly completedAt: string;
  readonly software: string;
  /** Absent where the folder of the result holds no values. */
  readonly map?: ViewedMap;
  readonly hasRegions: boolean;
}

export interface ViewedRegion {
  readonly label: string;
  readonly areaMm2: number;
  readonly bounds: Rectangle;
  readonly highest?: number;
  readonly mean?: number;
}

export interface ViewedRegions {
  readonly total: number;
  readonly thresholds: Readonly<Record<string, number>>;
  /** None is listed. */
  readonly isTooLarge: boolean;
  /** Largest first. */
  readonly regions: readonly ViewedRegion[];
}
