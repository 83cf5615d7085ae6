import { middleSlices } from '@deephealth/sdk';
import { encodePng } from '../pictures/encode-png.js';
import type { ItemResult, StagedItems } from '../steps/run-folder.js';
import { type FindingDocument, findingsOf } from './finding-document.js';
import { type LabelMap, readLabelMap } from './read-label-map.js';

export interface ContactPicture {
  readonly item: string;
  readonly finding: string;
  readonly width: number;
  readonly height: number;
  /** PNG as a data URI. */
  readonly source: string;
}

export interface ContactSheetFiles {
  /** Reads a file of the results, by its path there. */
  readonly openFile: (path: string) => Promise<Uint8Array>;
  /** Reads a file of `staged/`, by its path there; without it, regions lie on black. */
  readonly openStaged?: (path: string) => Promise<Uint8Array>;
}

type Colour = readonly [red: number, green: number, blue: number];

/** Of classes in their order, each as far from grey as it goes. */
export const CONTACT_COLOURS: readonly Colour[] = [
  [228, 26, 28],
  [55, 126, 184],
  [77, 175, 74],
  [255, 127, 0],
  [152, 78, 163],
  [255, 255, 51],
];
const SIDE = 128;
const OPACITY = 0.55;

/**
 * Pictures of a few masks, spread evenly over the items: of a volume the axial slice through the middle of what was
 * found, the patient's left at the right. A file that is no mask of its grid is passed over: the page is of
 * results, and its pictures are only a look at them.
 */
export async function contactSheet(
  results: readonly ItemResult[],
  staged: StagedItems,
  most: number,
  files: ContactSheetFiles,
): Promise<ContactPicture[]> {
  const masked = results.flatMap((result) => {
    const finding = findingsOf(result).find(
      (one) => one.mask !== undefined && /\.(nii|png)$/.test(one.mask.labels.file),
    );
    return finding?.mask === undefined ? [] : [{ item: result.item, name: finding.name, mask: finding.mask }];
  });
  const count = Math.min(most, masked.length);
  const pictures: ContactPicture[] = [];
  for (let i = 0; i < count; i++) {
    const { item, name, mask } = masked[Math.floor((i * masked.length) / count)] as (typeof masked)[number];
    const own = await readLabelMap(await files.openFile(mask.labels.file));
    if (String(own.shape) !== String(mask.labels.shape)) continue;
    const under = await background(item, own, staged, files.openStaged);
    pictures.push({ item, finding: name, ...paint(mask, own, under) });
  }
  return pictures;
}

/** The one file of an item, where it is a picture or volume on the very grid of the mask. */
async function background(
  item: string,
  own: LabelMap,
  staged: StagedItems,
  open: ContactSheetFiles['openStaged'],
): Promise<LabelMap | undefined> {
  const file = staged.items.find((one) => one.item === item);
  if (open === undefined || file === undefined || file.files.length !== 1) return undefined;
  if (file.mediaType !== 'application/x-nifti' && file.mediaType !== 'image/png') return undefined;
  try {
    const under = await readLabelMap(await open(file.path));
    return String(under.shape) === String(own.shape) ? under : undefined;
  } catch {
    return undefined;
  }
}

function paint(
  { grid, classes, isMultilabel }: NonNullable<FindingDocument['mask']>,
  { labels }: LabelMap,
  under: LabelMap | undefined,
): Pick<ContactPicture, 'width' | 'height' | 'source'> {
  const [slice] = middleSlices({ grid, values: labels, isMask: true });
  if (slice === undefined) throw new RangeError('contactSheet: a grid without slices');
  const { indices, spacing } = slice;
  const scale = SIDE / Math.max(slice.width * spacing[0], slice.height * spacing[1]);
  const width = Math.max(1, Math.round(slice.width * spacing[0] * scale));
  const height = Math.max(1, Math.round(slice.height * spacing[1] * scale));
  const grey = under === undefined ? undefined : greyOf(under.labels, indices);
  const samples = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++) {
    const row = Math.min(slice.height - 1, Math.floor(((y + 0.5) * slice.height) / height)) * slice.width;
    for (let x = 0; x < width; x++) {
      const at = row + Math.min(slice.width - 1, Math.floor(((x + 0.5) * slice.width) / width));
      const value = labels[indices[at] as number] as number;
      const place = classes.findLastIndex((one) => (isMultilabel ? (value & one.value) !== 0 : value === one.value));
      const colour = value === 0 || place < 0 ? undefined : CONTACT_COLOURS[place % CONTACT_COLOURS.length];
      const light = grey?.[at] ?? 0;
      for (let c = 0; c < 3; c++) {
        const mixed = colour === undefined ? light : light * (1 - OPACITY) + (colour[c] as number) * OPACITY;
        samples[(y * width + x) * 3 + c] = Math.round(grey === undefined && colour ? (colour[c] as number) : mixed);
      }
    }
  }
  const png = encodePng({ width, height, channels: 3, samples });
  return { width, height, source: `data:image/png;base64,${png.toString('base64')}` };
}

/** Values of a slice between black and white, one in two hundred at each end beyond. */
function greyOf(values: ArrayLike<number>, indices: Uint32Array): Uint8Array {
  const slice = Array.from(indices, (index) => values[index] as number);
  const sorted = slice.filter(Number.isFinite).sort((a, b) => a - b);
  const low = sorted[Math.floor(sorted.length / 200)] ?? 0;
  const high = sorted[Math.max(0, sorted.length - 1 - Math.floor(sorted.length / 200))] ?? 1;
  return Uint8Array.from(slice, (value) =>
    Math.round(255 * Math.min(1, Math.max(0, (value - low) / (high - low || 1)))),
  );
}
