import { sniffMediaType } from '@deephealth/sdk';
import type { ItemMediaType } from '../bindings/processing-chain-binding.js';

/** Bytes of a file that {@link recogniseItem} looks at. */
export const RECOGNISED_BYTES = 1024;

/** What a file is, by how it begins; undefined for anything that no chain takes. A gzip stream is taken for NIfTI. */
export function recogniseItem(head: Buffer): ItemMediaType | undefined {
  const image = sniffMediaType(head);
  if (image !== undefined) return image === 'image/bmp' ? undefined : image;
  if (isNifti(head) || (head[0] === 0x1f && head[1] === 0x8b)) return 'application/x-nifti';
  if (/^(0 {7}|\xffBIOSEMI)/.test(head.toString('latin1', 0, 8))) return 'application/x-edf';
  if (/^(\xef\xbb\xbf)?[ \t\r\n]*\{/.test(head.toString('latin1'))) return 'application/json';
  return undefined;
}

/** Either version and byte order; a pair of `.hdr` and `.img` is refused where it is read. */
function isNifti(head: Buffer): boolean {
  if (head.length < 348) return false;
  return [348, 540].includes(head.readInt32LE(0)) || [348, 540].includes(head.readInt32BE(0));
}
