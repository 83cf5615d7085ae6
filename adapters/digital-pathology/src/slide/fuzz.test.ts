import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DeepHealthError } from '@deephealth/sdk';
import { fuzzParser, fuzzTimeoutMs } from '@deephealth/sdk/testing';
import { afterAll, expect, it } from 'vitest';
import { boundaryOf, MultipartDamaged, parseMultipart } from './dicomweb/multipart-related.js';
import { encodeJpeg2000 } from './testing/jpeg2000.js';
import { SlideFiles, withSlide } from './testing/slide-files.js';
import { halvedPicture, testPicture } from './testing/test-picture.js';
import { tiledTiff } from './testing/tiled-tiff.js';
import { EXPLICIT, IMPLICIT, wsiFile } from './testing/wsi-file.js';
import { decodeLzw } from './tiff/decode-lzw.js';

const files = new SlideFiles();
afterAll(() => files.remove());

const USUAL = 100;
const timeout = { timeout: fuzzTimeoutMs(USUAL) };
const PICTURE = testPicture(40, 30);
const WHOLE = { level: 0, x: 0, y: 0, width: 40, height: 30 };

/** Opens what was broken, and reads all of it. */
async function readSlide(bytes: Buffer): Promise<void> {
  const path = join(files.folder, 'broken');
  writeFileSync(path, bytes);
  await withSlide(path, (slide) => slide.readRegion(WHOLE), { micronsPerPixel: 1, useOpenSlide: false });
}

/** Of the slide's own kind, and silent about where the file lies. */
function isRefusal(thrown: unknown): boolean {
  const isCoded = thrown instanceof DeepHealthError && /^DH_SLIDE_/.test(thrown.code);
  return isCoded && !thrown.message.includes(files.folder);
}

it('broken DICOM slides are read or refused', timeout, async () => {
  const corpus = [
    await wsiFile(PICTURE, { organization: 'sparse', table: 'basic' }),
    await wsiFile(PICTURE, { table: 'extended' }),
    await wsiFile(PICTURE, { syntax: EXPLICIT, organization: 'silent' }),
    await wsiFile(PICTURE, { syntax: IMPLICIT }),
  ].map(({ bytes }) => bytes);
  const outcome = await fuzzParser({
    ...{ parser: 'DICOM slides', seed: 501, usual: USUAL, corpus, read: readSlide, isRefusal },
  });
  expect(outcome.refused).toBeGreaterThan(outcome.inputs / 10);
  expect(outcome.refused).toBeLessThan(outcome.inputs);
});

it('broken TIFF slides are read or refused', timeout, async () => {
  const jpeg2000 = (pixels: Uint8Array, side: number) => encodeJpeg2000(pixels, side, side);
  const corpus = [
    await tiledTiff([
      { picture: PICTURE, compression: 8 },
      { picture: halvedPicture(PICTURE), compression: 7 },
    ]),
    await tiledTiff([{ picture: PICTURE }], 'MM'),
    await tiledTiff([{ picture: PICTURE, compression: 33005, encode: jpeg2000 }]),
  ];
  const outcome = await fuzzParser({
    ...{ parser: 'TIFF slides', seed: 502, usual: USUAL, corpus, read: readSlide, isRefusal },
  });
  expect(outcome.refused).toBeGreaterThan(outcome.inputs / 10);
  expect(outcome.refused).toBeLessThan(outcome.inputs);
});

it('broken LZW streams give just as many bytes as are asked for, or are refused', timeout, async () => {
  // "Clear", three bytes, the code that is only being made, and "end": codes of nine bits.
  const codes = [256, 1, 2, 3, 260, 261, 257].map((code) => code.toString(2).padStart(9, '0')).join('');
  const stream = Buffer.from((codes.match(/.{1,8}/g) ?? []).map((bits) => Number.parseInt(bits.padEnd(8, '0'), 2)));
  const outcome = await fuzzParser({
    ...{ parser: 'LZW', seed: 503, usual: USUAL * 10, corpus: [stream] },
    read(bytes) {
      expect(decodeLzw(bytes, 8)).toHaveLength(8);
    },
    isRefusal: (thrown) => thrown instanceof Error && thrown.message.startsWith('an LZW stream'),
  });
  expect(outcome.refused).toBeGreaterThan(0);
});

it('broken multipart bodies are cut into parts or refused', timeout, async () => {
  const body = '--x\r\nContent-Type: image/jpeg\r\nContent-Length: 5\r\n\r\nabcde\r\n--x\r\n\r\n--y\r\n--x--';
  const outcome = await fuzzParser({
    ...{ parser: 'multipart/related', seed: 504, usual: USUAL * 10, corpus: [Buffer.from(body)] },
    read(bytes) {
      const parts = parseMultipart(bytes, boundaryOf('multipart/related; boundary=x') as string);
      for (const part of parts) expect(part.bytes.length).toBeLessThanOrEqual(bytes.length);
    },
    isRefusal: (thrown) => thrown instanceof MultipartDamaged,
  });
  expect(outcome.refused).toBeGreaterThan(0);
});
