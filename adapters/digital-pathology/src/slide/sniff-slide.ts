import { extname } from 'node:path';
import { isTiff } from './tiff/tiff-file.js';

/** What a file is by its first bytes, or, where these say nothing, by its name. */
export type SlideKind =
  | { readonly kind: 'dicom' | 'tiff' | 'picture' | 'mirax' }
  /** Other formats of OpenSlide's; the name is for people. */
  | { readonly kind: 'openslide'; readonly name: string }
  | { readonly kind: 'unknown' };

/** Files whose content does not tell them from others: texts, and containers of something. */
const BY_NAME: Readonly<Record<string, string>> = {
  '.vms': 'Hamamatsu VMS',
  '.vmu': 'Hamamatsu VMU',
  '.svslide': 'Sakura SVSLIDE',
};

export const SNIFFED_BYTES = 1024;

/** @param head the first {@link SNIFFED_BYTES} of the file */
export function sniffSlide(head: Buffer, path: string): SlideKind {
  const extension = extname(path).toLowerCase();
  // A MIRAX file is a picture to whoever does not know the folder beside it.
  if (extension === '.mrxs') return { kind: 'mirax' };
  if (head.toString('latin1', 128, 132) === 'DICM') return { kind: 'dicom' };
  if (isTiff(head)) return { kind: 'tiff' };
  if (head.toString('hex', 0, 8) === '89504e470d0a1a0a') return { kind: 'picture' };
  if (head.toString('hex', 0, 3) === 'ffd8ff') return { kind: 'picture' };
  if (head.toString('latin1', 0, 10) === 'ZISRAWFILE') return { kind: 'openslide', name: 'Zeiss CZI' };
  const name = BY_NAME[extension];
  return name === undefined ? { kind: 'unknown' } : { kind: 'openslide', name };
}
