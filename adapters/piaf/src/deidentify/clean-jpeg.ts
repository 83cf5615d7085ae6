import { type CleanProfile, cleanIccProfile } from './clean-icc-profile.js';
import { type CleaningJob, readWhole, writeAll } from './cleaning-job.js';
import {
  DamagedStream,
  isApplication,
  isDecoding,
  isNeededByDecoders,
  JPEG,
  jpegSegments,
} from './codestreams/jpeg-segments.js';
import { requireUpright } from './exif-orientation.js';
import { invalid, refusal } from './refusals.js';

const MOST_BYTES = 512 * 1024 * 1024;
const ICC = 'ICC_PROFILE\0';
const EXIF = 'Exif\0\0';
const MOST_CHUNK = 65_000;

/**
 * A JPEG picture: its coded data byte for byte, its tables, what decoders need to know of colours, and a colour
 * profile without texts. Comments, EXIF, XMP, thumbnails and what follows the picture are left out.
 *
 * @throws DH_CHAIN_INPUT_INVALID for a file that is damaged, DH_DEIDENTIFICATION_REFUSED for one that EXIF turns or
 * mirrors, since without EXIF it would be seen another way round
 */
export async function cleanJpeg(job: CleaningJob): Promise<void> {
  const bytes = await readWhole(job, MOST_BYTES);
  const parts: Buffer[] = [];
  const profile: Buffer[] = [];
  let profileAt = 0;
  let end = 0;
  let hasScan = false;
  try {
    for (const segment of jpegSegments(bytes)) {
      const { marker, start } = segment;
      const payload = bytes.subarray(segment.payload, segment.payloadEnd);
      end = segment.end;
      hasScan ||= marker === JPEG.sos;
      if (marker === 0xe2 && payload.toString('latin1', 0, ICC.length) === ICC) {
        if (profile.length === 0) profileAt = parts.length;
        profile.push(payload.subarray(ICC.length + 2));
        continue;
      }
      if (marker === 0xe1 && payload.toString('latin1', 0, EXIF.length) === EXIF)
        requireUpright(payload.subarray(EXIF.length));
      if (isDecoding(marker) || marker === JPEG.soi || marker === JPEG.eoi || isNeededByDecoders(marker, payload)) {
        parts.push(bytes.subarray(start, end));
      } else if (marker === JPEG.com || isApplication(marker)) job.tally.add('comments and data of applications');
      else throw new DamagedStream('with a marker that is of no picture');
    }
  } catch (thrown) {
    if (thrown instanceof DamagedStream) throw invalid(`is a JPEG stream ${thrown.message}`, thrown);
    throw thrown;
  }
  if (!hasScan) throw invalid('is a JPEG stream without a picture');
  if (end < bytes.length) job.tally.add('bytes behind the picture');
  if (profile.length > 0) {
    const clean: CleanProfile = cleanIccProfile(Buffer.concat(profile));
    job.tally.add('texts of the colour profile', clean.removed);
    parts.splice(profileAt, 0, profileSegments(clean.profile));
  }
  await writeAll(job.target, Buffer.concat(parts));
}

function profileSegments(profile: Buffer): Buffer {
  const count = Math.ceil(profile.length / MOST_CHUNK);
  if (count > 255) throw refusal('has a colour profile that is too long');
  const segments = Array.from({ length: count }, (_, index) => {
    const chunk = profile.subarray(index * MOST_CHUNK, (index + 1) * MOST_CHUNK);
    const head = Buffer.from([0xff, 0xe2, 0, 0, ...Buffer.from(ICC), index + 1, count]);
    head.writeUInt16BE(head.length - 2 + chunk.length, 2);
    return Buffer.concat([head, chunk]);
  });
  return Buffer.concat(segments);
}
