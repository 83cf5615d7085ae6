/** A rectangle in pixels; which pixels is said where it is used. */
export interface PixelRectangle {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** One resolution of a slide. */
export interface SlideLevel {
  readonly width: number;
  readonly height: number;
  /** Pixels of level 0 that a pixel of this level is wide and high; 1 for level 0. */
  readonly downsample: number;
  /** Extents of the tiles that the file stores, where it stores tiles: reading along them is fastest. */
  readonly storedTile?: { readonly width: number; readonly height: number };
}

/** Size of a pixel of level 0 in micrometres. */
export interface MicronsPerPixel {
  readonly x: number;
  readonly y: number;
  /** The tag or property that says so ("openslide.mpp-x", "ImagedVolumeWidth"), or "given" by the caller. */
  readonly source: string;
}

/**
 * What a slide is and where its pixels lie.
 *
 * Positions are in pixels of level 0, whose origin is the upper left corner of the whole canvas of the
 * file. `bounds` says which part of it was scanned; programs that crop to it (QuPath) count from there.
 */
export interface SlideGeometry {
  /** Finest first; `downsample` grows. */
  readonly levels: readonly SlideLevel[];
  readonly micronsPerPixel: MicronsPerPixel;
  /** Scanned part of the canvas in pixels of level 0, where the file states it: the whole if it does not. */
  readonly bounds: PixelRectangle;
}

/** DICOM identifiers of the slide, which objects that refer to it repeat. */
export interface DicomSlideSource {
  readonly studyInstanceUid: string;
  readonly seriesInstanceUid: string;
  /** Empty where the slide states none, as some converters leave it out. */
  readonly frameOfReferenceUid: string;
  /** By level, as in {@link SlideGeometry.levels}. */
  readonly instances: readonly DicomSlideInstance[];
  /**
   * The data set of the finest instance without its pixels, as DICOM JSON (PS3.18, F): patient, study,
   * specimen and optical path, for the objects that are derived from it. May identify the patient.
   */
  readonly metadata: Readonly<Record<string, unknown>>;
}

export interface DicomSlideInstance {
  /** Of the first part, where a level is written as a concatenation of several instances. */
  readonly sopInstanceUid: string;
  readonly sopClassUid: string;
  /** Extents of a frame. */
  readonly tile: { readonly width: number; readonly height: number };
  /** Distances of rows and of columns in mm as the instance states them (Pixel Spacing); objects on it repeat them. */
  readonly pixelSpacing?: readonly [rows: number, columns: number];
}

/** A part of a level. */
export interface RegionRequest extends PixelRectangle {
  /** Place in {@link SlideGeometry.levels}; x, y, width and height are in its pixels. */
  readonly level: number;
}

/**
 * A slide that is open. Label and macro pictures are never read: they may show the patient's name.
 *
 * Regions may be read several at a time. A region that cannot be decoded rejects with
 * DH_SLIDE_REGION_UNREADABLE and leaves the slide usable; nothing is ever put in the place of such pixels.
 */
export interface Slide {
  /** Name of the file without its folder, or that of the series: for people, and for no path. */
  readonly name: string;
  /** Vendor or format in lower case: "aperio", "mirax", "dicom", "generic-tiff", "image". */
  readonly format: string;
  /** SHA-256 of the content, 64 hex digits: the same slide has the same identity wherever it lies. */
  readonly sha256: string;
  readonly geometry: SlideGeometry;
  /** Only for slides in DICOM. */
  readonly dicom?: DicomSlideSource;
  /** ICC profile of the colours, where the slide has one. Pixels are as stored: it is not applied. */
  readonly iccProfile?: Uint8Array;
  /**
   * Pixels of a part of a level: RGB, 8 bits, [height, width, 3], owned by the caller. What lies outside of
   * the canvas, and what the scanner left transparent, is white.
   *
   * @throws DH_SLIDE_REGION_INVALID, DH_SLIDE_REGION_UNREADABLE, DH_CANCELLED
   */
  readRegion(region: RegionRequest, signal?: AbortSignal): Promise<Uint8Array>;
  /** Idempotent. Reads that are under way are waited for. */
  close(): Promise<void>;
}
