import { FileRefusal, readNifti } from '@deephealth/sdk';
import { decode } from 'fast-png';

/** Labels of a mask, sample by sample. */
export interface LabelMap {
  /** Outermost axis first. */
  readonly shape: readonly number[];
  readonly labels: ArrayLike<number>;
  /** Of a volume: (i, j, k) to millimetres in RAS+. */
  readonly affine?: readonly number[];
}

const MOST_SAMPLES = 2 ** 28;
const PNG = Uint8Array.of(0x89, 0x50, 0x4e, 0x47);

/**
 * The labels of a NIfTI file, or of a grey or palette PNG of 8 or 16 bits.
 *
 * @throws FileRefusal for any other file, and for one that is damaged or too large
 */
export async function readLabelMap(bytes: Uint8Array): Promise<LabelMap> {
  if (!PNG.every((byte, at) => bytes[at] === byte)) {
    const { header, voxels, affine } = await readNifti(bytes, { maxVoxels: MOST_SAMPLES });
    return { shape: [...header.size].reverse(), labels: voxels, affine };
  }
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  // Width and height are at bytes 16 to 23 (ISO/IEC 15948, 11.2.2).
  if (head.length < 29 || head.readUInt32BE(16) * head.readUInt32BE(20) > MOST_SAMPLES) {
    throw new FileRefusal('is no whole PNG, or too large');
  }
  const { width, height, data, channels, depth } = decodedPng(bytes);
  if (depth < 8 || channels > 2) throw new FileRefusal('has colours, or less than 8 bits a sample');
  const labels = channels === 1 ? data : data.filter((_, i) => i % channels === 0);
  return { shape: [height, width], labels };
}

function decodedPng(bytes: Uint8Array): ReturnType<typeof decode> {
  try {
    return decode(bytes, { checkCrc: true });
  } catch (cause) {
    throw new FileRefusal('is damaged', { cause });
  }
}
