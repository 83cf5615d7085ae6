/** Regions and opening happen in threads of libuv's; a promise that rejects has an Error with a `code`. */
export interface AddonSlideFile {
  open(): Promise<{
    readonly levels: readonly (readonly [width: number, height: number, downsample: number])[];
    readonly properties: Readonly<Record<string, string>>;
  }>;
  /** x and y in pixels of level 0, width and height in those of the level. */
  read(level: number, x: number, y: number, width: number, height: number): Promise<Uint8Array>;
  close(): void;
}

export interface SlideAddon {
  /** Throws with the words of the loader. */
  openSlideVersion(library: string): string;
  readonly SlideFile: new (library: string, path: string) => AddonSlideFile;
}
