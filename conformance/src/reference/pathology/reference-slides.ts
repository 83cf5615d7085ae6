import { type OpenedLevel, type OpenedSlide, type PlacedTile, refusal, type StatedScale } from './opened-slide.js';
import { bytesOf, type DataSet, floatOf, integerOf, itemsOf, readDicom, textOf, unreadable } from './read-dicom.js';
import { readTiff, type TiffDirectory } from './read-tiff.js';

const WSI = '1.2.840.10008.5.1.4.1.1.77.1.6';
const SAME = 0.01;
const SQUARE = 0.05;
const [SMALLEST_UM, LARGEST_UM] = [0.01, 1000];
/** A coarser TIFF states the resolution of a printer. */
const PRINTER_UM = 50;

/** How slides are opened: DICOM of one level, and TIFF in tiles, uncompressed. Each rule is a method of its own. */
export class ReferenceSlides {
  /** Throws DH_SLIDE_* for what is no slide, is none of the kind that is read, or does not say how large its pixels are. */
  open(file: Buffer, mediaType: string): OpenedSlide {
    return mediaType === 'application/dicom' ? this.openDicom(readDicom(file)) : this.openTiff(readTiff(file));
  }

  openDicom(dataset: DataSet): OpenedSlide {
    this.checkKind(dataset);
    const [width, height] = [integerOf(dataset, 0x00480006), integerOf(dataset, 0x00480007)];
    const frame = { width: integerOf(dataset, 0x00280011), height: integerOf(dataset, 0x00280010) };
    const frames = Number(textOf(dataset, 0x00280008));
    const isWhole = [width, height, frame.width, frame.height, frames].every((one) => Number.isInteger(one) && one > 0);
    if (!isWhole) throw unreadable('has extents that are none');
    const pixels = bytesOf(dataset, 0x7fe00010) ?? Buffer.alloc(0);
    const frameBytes = frame.width * frame.height * 3;
    // Before anything of that size is made.
    this.checkPixels(pixels, frames * frameBytes);
    const places = this.placesOf(dataset, { width, height }, frame, frames);
    const tiles = places.map(({ x, y }, index) => ({
      ...{ x, y, ...frame },
      pixels: pixels.subarray(index * frameBytes, (index + 1) * frameBytes),
    }));
    const level: OpenedLevel = { width, height, downsample: 1, tiles };
    return { levels: [level], micronsPerPixel: this.scaleOf(this.dicomScales(dataset, width, height)) };
  }

  checkKind(dataset: DataSet): void {
    if (textOf(dataset, 0x00080016) !== WSI) throw unreadable('is no whole slide image');
    if (textOf(dataset, 0x00080008).split('\\')[2] !== 'VOLUME') throw unreadable('is the label or an overview of one');
    if (integerOf(dataset, 0x00480303) > 1) throw refusal('DH_SLIDE_UNSUITABLE', 'The slide has several focal planes.');
    if (integerOf(dataset, 0x00280002) === 1) throw refusal('DH_SLIDE_UNSUITABLE', 'The slide is grey.');
  }

  checkPixels(pixels: Buffer, wanted: number): void {
    if (pixels.length < wanted) throw unreadable('lacks frames that it says it has');
  }

  placesOf(
    dataset: DataSet,
    { width, height }: { readonly width: number; readonly height: number },
    frame: { readonly width: number; readonly height: number },
    frames: number,
  ): { readonly x: number; readonly y: number }[] {
    const columns = Math.ceil(width / frame.width);
    if (textOf(dataset, 0x00209311) === 'TILED_FULL') {
      if (frames !== columns * Math.ceil(height / frame.height)) throw unreadable('has another number of frames');
      return Array.from({ length: frames }, (_, index) => this.rasterPlace(index, columns, frame));
    }
    const groups = itemsOf(dataset, 0x52009230);
    if (groups.length !== frames) throw unreadable('does not say where its frames lie');
    return groups.map((group) => {
      const [position] = itemsOf(group, 0x0048021a);
      const [x, y] = [0x0048021e, 0x0048021f].map((tag) => (position === undefined ? 0 : integerOf(position, tag)) - 1);
      if (!isWithin(x, width) || !isWithin(y, height)) throw unreadable('has a frame that lies outside of it');
      return { x: x as number, y: y as number };
    });
  }

  rasterPlace(index: number, columns: number, frame: { readonly width: number; readonly height: number }) {
    return { x: (index % columns) * frame.width, y: Math.floor(index / columns) * frame.height };
  }

  dicomScales(dataset: DataSet, width: number, height: number): StatedScale[] {
    const [shared] = itemsOf(dataset, 0x52009229);
    const [measures] = itemsOf(shared, 0x00289110);
    const spacing = measures === undefined ? '' : textOf(measures, 0x00280030);
    const [down = Number.NaN, across = Number.NaN] = spacing.split('\\').map(Number);
    const volume = [floatOf(dataset, 0x00480001), floatOf(dataset, 0x00480002)] as [number, number];
    return [
      { x: (volume[0] * 1000) / width, y: (volume[1] * 1000) / height },
      { x: across * 1000, y: down * 1000 },
    ];
  }

  /** What all that was stated agrees on. */
  scaleOf(stated: readonly StatedScale[]): StatedScale {
    const usable = stated.filter(({ x, y }) => [x, y].every((one) => one >= SMALLEST_UM && one <= LARGEST_UM));
    const [first] = usable;
    if (first === undefined)
      throw refusal('DH_SLIDE_SCALE_MISSING', 'The slide does not say how large its pixels are.');
    this.checkScale(first, usable);
    return first;
  }

  checkScale(first: StatedScale, all: readonly StatedScale[]): void {
    const differs = (a: number, b: number, most: number) => Math.abs(a / b - 1) > most;
    if (
      all.some(({ x, y }) => differs(x, first.x, SAME) || differs(y, first.y, SAME)) ||
      differs(first.x, first.y, SQUARE)
    ) {
      throw refusal('DH_SLIDE_GEOMETRY_CONFLICT', 'The slide contradicts itself about the size of its pixels.');
    }
  }

  openTiff(directories: readonly TiffDirectory[]): OpenedSlide {
    const [finest] = directories;
    if (finest === undefined) throw unreadable('holds no picture');
    const levels = directories.map(
      ({ width, height, tiles }): OpenedLevel => ({
        ...{ width, height, downsample: (finest.width / width + finest.height / height) / 2 },
        tiles: tiles as readonly PlacedTile[],
      }),
    );
    const { x, y } = finest.micronsPerPixel;
    return { levels, micronsPerPixel: this.scaleOf(this.isPrinters(x) ? [] : [{ x, y }]) };
  }

  isPrinters(micrometres: number): boolean {
    return micrometres > PRINTER_UM;
  }
}

function isWithin(value: number | undefined, extent: number): boolean {
  return value !== undefined && Number.isInteger(value) && value >= 0 && value < extent;
}
