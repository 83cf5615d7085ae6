import { refusal } from '../refusals.js';
import { TAG } from './kept-tags.js';
import type { TiffDirectory, TiffReader } from './tiff-directories.js';

export interface ChosenPictures {
  /** Directories that stay, in their order. */
  readonly kept: readonly TiffDirectory[];
  readonly dropped: number;
  readonly isAperio: boolean;
}

/** Levels whose proportions differ more are other pictures: of the label, or of the whole glass. */
const MOST_DISTORTION = 0.01;
const NDPI_TAGS = [65420, 65421];
const REDUCED = 1;

/**
 * Which pictures of a TIFF stay. Of a slide, whose first picture is tiled: the levels of the pyramid, which are tiled
 * and have its proportions; a label, a macro image and a thumbnail are none. Of other TIFFs: all pages but those that
 * are smaller versions of others.
 *
 * @throws DH_DEIDENTIFICATION_REFUSED for slides of makers whose files are more than TIFF
 */
export async function choosePictures(
  reader: TiffReader,
  directories: readonly TiffDirectory[],
): Promise<ChosenPictures> {
  const first = directories[0] as TiffDirectory;
  const description = await reader.text(first, TAG.description);
  const isAperio = description.startsWith('Aperio');
  await refuseOtherMakers(reader, directories, description);
  const all = directories.flatMap((directory) => [directory, ...directory.below]);
  const isTiled = (directory: TiffDirectory) => directory.fields.has(TAG.tileOffsets);
  if (!isTiled(first)) {
    if (isAperio) throw refusal('is a slide whose first picture is not in tiles');
    const isReduced = async (one: TiffDirectory) => ((await reader.whole(one, TAG.subfileType, 0)) & REDUCED) === 1;
    const kept: TiffDirectory[] = [];
    for (const one of directories) if (one === first || !(await isReduced(one))) kept.push(one);
    return { kept, dropped: all.length - kept.length, isAperio };
  }
  const kept: TiffDirectory[] = [];
  const [width, height] = [await reader.whole(first, TAG.width, 0), await reader.whole(first, TAG.height, 0)];
  for (const one of all) {
    if (!isTiled(one)) continue;
    const [w, h] = [await reader.whole(one, TAG.width, 0), await reader.whole(one, TAG.height, 0)];
    const text = one === first ? '' : await reader.text(one, TAG.description);
    if (/label|macro|overview|thumbnail/i.test(text)) continue;
    if (one === first || isOf(w, h, width, height)) kept.push(one);
  }
  return { kept, dropped: all.length - kept.length, isAperio };
}

/** Extents are rounded to whole pixels, by up to one of the level. */
function isOf(w: number, h: number, width: number, height: number): boolean {
  if (!(w > 0 && h > 0 && w <= width && h <= height)) return false;
  const [across, down] = [width / w, height / h];
  return Math.abs(across - down) <= Math.max(MOST_DISTORTION * across, across / w + down / h);
}

async function refuseOtherMakers(
  reader: TiffReader,
  directories: readonly TiffDirectory[],
  description: string,
): Promise<void> {
  const refuse = (maker: string) => refusal(`is a slide of ${maker}, whose files cannot be cleaned by rule`);
  const software = await reader.text(directories[0] as TiffDirectory, TAG.software);
  if (directories.some(({ fields }) => NDPI_TAGS.some((tag) => fields.has(tag)))) throw refuse('Hamamatsu');
  if (description.includes('http://www.leica-microsystems.com/scn/')) throw refuse('Leica');
  if (description.includes('DPUfsImport') || software.startsWith('Philips')) throw refuse('Philips');
  if (/trestle/i.test(software) || description.startsWith('Background Color=')) throw refuse('Trestle');
  for (const directory of directories) {
    if ((await reader.text(directory, TAG.xmp)).includes('<iScan')) throw refuse('Ventana');
  }
}
