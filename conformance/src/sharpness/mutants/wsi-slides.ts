import { type OpenedSlide, refusal } from '../../reference/pathology/opened-slide.js';
import { type DataSet, integerOf, itemsOf, textOf } from '../../reference/pathology/read-dicom.js';
import { slides, type WsiMutant } from './wsi-mutant.js';

/** How slides are opened, and which are not. */
export const WSI_SLIDE_MUTANTS: readonly WsiMutant[] = [
  slides(
    'M-WSI-21',
    'takes frames in the order in which they are stored',
    (S) =>
      class extends S {
        override placesOf(
          ...[dataset, { width, height }, frame, frames]: Parameters<InstanceType<typeof S>['placesOf']>
        ) {
          super.placesOf(dataset, { width, height }, frame, frames);
          const columns = Math.ceil(width / frame.width);
          return Array.from({ length: frames }, (_, index) => this.rasterPlace(index, columns, frame));
        }
      },
  ),
  slides(
    'M-WSI-22',
    'counts positions of frames from 0',
    (S) =>
      class extends S {
        override placesOf(...args: Parameters<InstanceType<typeof S>['placesOf']>) {
          const isListed = itemsOf(args[0], 0x52009230).length > 0;
          return super.placesOf(...args).map(({ x, y }) => (isListed ? { x: x + 1, y: y + 1 } : { x, y }));
        }
      },
  ),
  slides(
    'M-WSI-75',
    'takes where the slide lies in the scanner for an offset of its pixels',
    (S) =>
      class extends S {
        override openDicom(dataset: DataSet): OpenedSlide {
          const slide = super.openDicom(dataset);
          const [origin] = itemsOf(dataset, 0x00480008);
          const [x, y] = [0x0040072a, 0x0040073a].map((tag) => Math.round(Number(origin && textOf(origin, tag))));
          const levels = slide.levels.map(({ tiles, ...level }) => ({
            ...level,
            tiles: tiles.map((tile) => ({ ...tile, x: tile.x + (x ?? 0), y: tile.y + (y ?? 0) })),
          }));
          return { ...slide, levels };
        }
      },
  ),
  slides(
    'M-WSI-40',
    'takes a usual scale where a slide states none',
    (S) =>
      class extends S {
        override scaleOf(stated: Parameters<InstanceType<typeof S>['scaleOf']>[0]) {
          try {
            return super.scaleOf(stated);
          } catch (refused) {
            if ((refused as { code?: string }).code !== 'DH_SLIDE_SCALE_MISSING') throw refused;
            return { x: 0.5, y: 0.5 };
          }
        }
      },
  ),
  slides(
    'M-WSI-41',
    'calls a slide of no scale unsuitable',
    (S) =>
      class extends S {
        override scaleOf(stated: Parameters<InstanceType<typeof S>['scaleOf']>[0]) {
          try {
            return super.scaleOf(stated);
          } catch (refused) {
            if ((refused as { code?: string }).code !== 'DH_SLIDE_SCALE_MISSING') throw refused;
            throw refusal('DH_SLIDE_UNSUITABLE', 'The slide has no scale.');
          }
        }
      },
  ),
  slides(
    'M-WSI-42',
    'believes the first scale that a slide states',
    (S) =>
      class extends S {
        override checkScale() {}
      },
  ),
  slides(
    'M-WSI-43',
    'takes the mean of what a slide states',
    (S) =>
      class extends S {
        override scaleOf(stated: Parameters<InstanceType<typeof S>['scaleOf']>[0]) {
          const usable = stated.filter(({ x }) => x > 0);
          if (usable.length === 0) return super.scaleOf(stated);
          const mean = usable.reduce((sum, { x, y }) => sum + (x + y) / 2, 0) / usable.length;
          return { x: mean, y: mean };
        }
      },
  ),
  slides(
    'M-WSI-44',
    'fills what a slide lacks with black',
    (S) =>
      class extends S {
        override open(file: Buffer, mediaType: string) {
          const isCut = file.length > 10_000 && file.length < 150_000;
          return super.open(isCut ? Buffer.concat([file, Buffer.alloc(200_000)]) : file, mediaType);
        }
        override checkPixels() {}
      },
  ),
  slides(
    'M-WSI-45',
    'fails with an internal error over a slide that is damaged',
    (S) =>
      class extends S {
        override open(file: Buffer, mediaType: string) {
          try {
            return super.open(file, mediaType);
          } catch (refused) {
            throw (refused as { code?: string }).code === 'DH_SLIDE_UNREADABLE'
              ? new Error('offset is out of range')
              : refused;
          }
        }
      },
  ),
  slides(
    'M-WSI-46',
    'fails with an internal error over what is no slide',
    (S) =>
      class extends S {
        override open(file: Buffer, mediaType: string) {
          if (file.length < 10_000) throw new TypeError('undefined is not a function');
          return super.open(file, mediaType);
        }
        override checkKind(dataset: DataSet) {
          if (integerOf(dataset, 0x00280002) === 1) super.checkKind(dataset);
        }
      },
  ),
  slides(
    'M-WSI-47',
    'takes a DICOM file for a slide whatever it is of',
    (S) =>
      class extends S {
        override checkKind() {}
      },
  ),
  slides(
    'M-WSI-49',
    'makes room for a slide before it looks at it',
    (S) =>
      class extends S {
        override openDicom(dataset: DataSet): OpenedSlide {
          const room = integerOf(dataset, 0x00480006) * integerOf(dataset, 0x00480007) * 3;
          if (room > 2 ** 32) throw new RangeError('Array buffer allocation failed');
          return super.openDicom(dataset);
        }
        override open(file: Buffer, mediaType: string) {
          try {
            return super.open(file, mediaType);
          } catch (refused) {
            // Room for what a file says that it holds.
            throw mediaType === 'image/tiff' && file.length > 1_000 ? new RangeError('Invalid array length') : refused;
          }
        }
      },
  ),
];
