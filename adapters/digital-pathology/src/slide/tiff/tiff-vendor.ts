import type { TiffFields, TiffFile } from './tiff-file.js';

export interface TiffVendor {
  /** As OpenSlide names it. */
  readonly format: string;
  /** For people, where only OpenSlide reads the format. */
  readonly openSlideOnly?: string;
  /** Micrometres of a pixel, where the vendor's description says so. */
  readonly micronsPerPixel?: number;
}

const IMAGE_DESCRIPTION = 270;
const SOFTWARE = 305;
const XMP = 700;
/** Of Hamamatsu's NDPI: a source lens, and a version. */
const NDPI_TAGS = [65420, 65421];

/**
 * Whose TIFF a file is, by its first directory. Of descriptions, only what is asked for here is looked at:
 * they hold free text as well.
 */
export async function tiffVendor(file: TiffFile, first: TiffFields): Promise<TiffVendor> {
  if (NDPI_TAGS.some((tag) => first.has(tag))) return { format: 'hamamatsu', openSlideOnly: 'Hamamatsu NDPI' };
  const description = await file.text(first, IMAGE_DESCRIPTION);
  if (description.includes('http://www.leica-microsystems.com/scn/')) {
    return { format: 'leica', openSlideOnly: 'Leica SCN' };
  }
  if (description.includes('DPUfsImport') || (await file.text(first, SOFTWARE)).startsWith('Philips')) {
    return { format: 'philips', openSlideOnly: 'Philips TIFF' };
  }
  if ((await file.text(first, XMP)).includes('<iScan')) return { format: 'ventana', openSlideOnly: 'Ventana BIF' };
  if (!description.startsWith('Aperio')) return { format: 'generic-tiff' };
  const stated = /\|\s*MPP\s*=\s*([0-9.]+)/.exec(description)?.[1];
  return { format: 'aperio', ...(stated === undefined ? {} : { micronsPerPixel: Number(stated) }) };
}
