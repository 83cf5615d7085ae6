import { deflateSync, gzipSync } from 'node:zlib';
import { niftiFile, pngChunk, pngFile } from '@deephealth/sdk/testing';
import { plantedTiff } from './planted-tiff.js';

/** A gray picture of 16 x 16, baseline JPEG without JFIF. */
export const JPEG = Buffer.from(
  '/9j/2wBDABALDA4MChAODQ4SERATGCgaGBYWGDEjJR0oOjM9PDkzODdASFxOQERXRTc4UG1RV19iZ2hnPk1xeXBkeFxlZ2P/2wBDARESEhgVGC8aGi9jQjhCY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2P/wAARCAAQABADASIAAhEBAxEB/8QAFQABAQAAAAAAAAAAAAAAAAAAAwb/xAAXEAADAQAAAAAAAAAAAAAAAAAAAgVi/8QAFAEBAAAAAAAAAAAAAAAAAAAAAP/EABQRAQAAAAAAAAAAAAAAAAAAAAD/2gAMAwEAAhEDEQA/AJ1Y+RFj5LxY+RFj5A//2Q==',
  'base64',
);
/** Behind its start. */
const START_END = 2;

function segment(marker: number, payload: Buffer): Buffer {
  const head = Buffer.from([0xff, marker, 0, 0]);
  head.writeUInt16BE(payload.length + 2, 2);
  return Buffer.concat([head, payload]);
}

/** The picture with a comment, data of an application, and bytes behind its end. Of an even length. */
export function jpegWithComment(planted: Buffer): Buffer {
  const bytes = Buffer.concat([
    JPEG.subarray(0, START_END),
    segment(0xfe, planted),
    segment(0xe1, Buffer.concat([Buffer.from('http://ns.adobe.com/xap/1.0/\0'), planted])),
    segment(0xed, Buffer.concat([Buffer.from('Photoshop 3.0\0'), planted])),
    JPEG.subarray(START_END),
    planted,
  ]);
  return Buffer.concat([bytes, Buffer.alloc(bytes.length % 2)]);
}

/** What looks like a JPEG 2000 codestream, with comments in both headers. Its coded data means nothing. */
export function streamWithComment(planted: Buffer): Buffer {
  const comment = (end: number) => {
    const payload = Buffer.concat([Buffer.from([0, 1]), planted, Buffer.alloc(end)]);
    return segment(0x64, payload);
  };
  const tile = Buffer.concat([comment(0), Buffer.from([0xff, 0x93, 1, 2, 3, 4])]);
  const start = Buffer.alloc(8);
  start.writeUInt32BE(tile.length + 12, 2);
  return Buffer.concat([
    Buffer.from([0xff, 0x4f]),
    segment(0x51, Buffer.alloc(38)),
    comment(planted.length % 2),
    segment(0x90, start),
    tile,
    Buffer.from([0xff, 0xd9]),
    planted,
    Buffer.alloc(planted.length % 2),
  ]);
}

/** A colour profile with curves and a description. */
export function profileWithText(planted: Buffer): Buffer {
  const text = Buffer.concat([Buffer.from('desc\0\0\0\0'), planted, Buffer.alloc((4 - (planted.length % 4)) % 4)]);
  const curve = Buffer.concat([Buffer.from('curv\0\0\0\0'), Buffer.alloc(4)]);
  const tags = [
    ['desc', text],
    ['cprt', text],
    ['kTRC', curve],
    ['wtpt', Buffer.concat([Buffer.from('XYZ \0\0\0\0'), Buffer.alloc(12, 1)])],
  ] as const;
  const head = Buffer.alloc(132 + tags.length * 12);
  head.write('2.40', 8);
  head.write('mntrGRAYXYZ ', 12, 'latin1');
  head.write('acsp', 36, 'latin1');
  planted.copy(head, 84, 0, Math.min(16, planted.length));
  head.writeUInt32BE(tags.length, 128);
  let at = head.length;
  tags.forEach(([name, bytes], index) => {
    head.write(name, 132 + index * 12, 'latin1');
    head.writeUInt32BE(at, 136 + index * 12);
    head.writeUInt32BE(bytes.length, 140 + index * 12);
    at += bytes.length;
  });
  head.writeUInt32BE(at, 0);
  return Buffer.concat([head, ...tags.map(([, bytes]) => bytes)]);
}

/** Pictures and volumes that hold the planted bytes in many places and must be cleaned. */
export function plantedPictures(planted: Buffer): Record<string, Buffer> {
  const picture = { width: 4, height: 2, depth: 8, colour: 'gray', bytes: [1, 2, 3, 4, 5, 6, 7, 8] } as const;
  const words = (name: string) => Buffer.concat([Buffer.from(`${name}\0`), planted]);
  const png = pngFile({
    ...picture,
    chunks: [
      pngChunk('iCCP', Buffer.concat([Buffer.from('profile\0\0'), deflateSync(profileWithText(planted))])),
      pngChunk('tEXt', words('Author')),
      pngChunk('zTXt', Buffer.concat([Buffer.from('Comment\0\0'), deflateSync(planted)])),
      pngChunk('iTXt', Buffer.concat([Buffer.from('XML\0\0\0\0\0'), planted])),
      pngChunk('prIv', planted),
    ],
  });
  const profile = profileWithText(planted);
  const iccJpeg = Buffer.concat([
    JPEG.subarray(0, START_END),
    segment(0xe2, Buffer.concat([Buffer.from('ICC_PROFILE\0\x01\x01', 'latin1'), profile])),
    JPEG.subarray(START_END),
  ]);
  return {
    png: Buffer.concat([png, planted]),
    jpeg: jpegWithComment(planted),
    'jpeg with a profile': iccJpeg,
    nifti: plantedNifti(planted, 1),
    'nifti-2': plantedNifti(planted, 2),
    // Stored, so that what is planted can be seen.
    'nifti in gzip': gzipSync(plantedNifti(planted, 1), { level: 0 }),
    ...plantedTiff(planted),
  };
}

function plantedNifti(planted: Buffer, version: 1 | 2): Buffer {
  const size = version === 1 ? 348 : 540;
  const file = niftiFile({ version, voxelOffset: size + 4 + 256 });
  const [description, auxiliary, intent] = version === 1 ? [148, 228, 328] : [240, 320, 508];
  planted.copy(file, description, 0, Math.min(planted.length, 80));
  planted.copy(file, auxiliary, 0, Math.min(planted.length, 24));
  planted.copy(file, intent, 0, Math.min(planted.length, 16));
  if (version === 1) planted.copy(file, 14, 0, Math.min(planted.length, 18));
  file[size] = 1;
  planted.copy(file, size + 12);
  return Buffer.concat([file, planted]);
}
