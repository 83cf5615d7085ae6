import { type FileHandle, open } from 'node:fs/promises';
import { unreadable } from '../slide-errors.js';
import { decodeFrame, isUncompressed, whyNotDecoded } from './decode-frame.js';
import { type FramePlace, locateFrames, readFrame } from './encapsulated-frames.js';
import { FrameTable } from './frame-table.js';
import { type DicomHeader, readDicomHeader } from './read-dicom-header.js';
import { describeInstance, isSlideVolume, type WsiInstance } from './wsi-instance.js';

/** An instance in a file that is open. Its frames are read where they lie, one by one. */
export interface DicomFileInstance extends WsiInstance {
  readonly sizeBytes: number;
  /** A frame as RGB. Throws Error for one that is damaged. */
  decode(frame: number): Promise<Uint8Array>;
  close(): Promise<void>;
}

/**
 * Opens a file with an instance of a slide.
 *
 * @param isOthersIgnored gives undefined for other DICOM objects, such as the label, instead of refusing them
 * @throws DH_SLIDE_UNREADABLE, DH_SLIDE_UNSUITABLE
 */
export async function openDicomFile(path: string, isOthersIgnored: true): Promise<DicomFileInstance | undefined>;
export async function openDicomFile(path: string, isOthersIgnored: false): Promise<DicomFileInstance>;
export async function openDicomFile(path: string, isOthersIgnored: boolean): Promise<DicomFileInstance | undefined> {
  const file = await open(path);
  try {
    const { size: sizeBytes } = await file.stat();
    const table = new FrameTable();
    const header = await readDicomHeader(file, sizeBytes, {
      onFrame: (groups) => table.add(groups),
      onRestart: () => table.clear(),
    });
    if (isOthersIgnored && !isSlideVolume(header.dataset)) {
      await file.close();
      return undefined;
    }
    const instance = describeInstance(header.dataset, table);
    const { transferSyntax } = header;
    const format = { transferSyntax, photometric: instance.photometric, isPlanar: instance.isPlanar };
    const why = whyNotDecoded(format);
    if (why !== undefined) throw unreadable(why);
    const read = await frameReader(file, sizeBytes, header, instance);
    return {
      ...instance,
      sizeBytes,
      decode: async (frame) => decodeFrame(await read(frame), format, instance.tile),
      close: () => file.close(),
    };
  } catch (thrown) {
    await file.close();
    throw thrown;
  }
}

async function frameReader(
  file: FileHandle,
  sizeBytes: number,
  header: DicomHeader,
  { frames, tile }: WsiInstance,
): Promise<(frame: number) => Promise<Uint8Array>> {
  const { start, length } = header.pixelData;
  if (!isUncompressed(header.transferSyntax)) {
    if (length !== undefined) throw unreadable('has compressed frames that are not encapsulated');
    const placeOf: (frame: number) => FramePlace = await locateFrames(file, sizeBytes, header, frames);
    return (frame) => readFrame(file, placeOf(frame));
  }
  const frameBytes = tile.width * tile.height * 3;
  if (length === undefined || length < frames * frameBytes || start + frames * frameBytes > sizeBytes) {
    throw unreadable('has less Pixel Data than its header says: it is cut short');
  }
  return async (frame) => {
    const bytes = Buffer.alloc(frameBytes);
    const { bytesRead } = await file.read(bytes, 0, frameBytes, start + frame * frameBytes);
    return bytes.subarray(0, bytesRead);
  };
}
