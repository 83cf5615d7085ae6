import { dicomImage } from '@deephealth/sdk/testing';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { readJpeg2000Header, readJpegHeader } from './codestream-header.js';
import { decodeDicom } from './decode-dicom.js';
import { DicomRefusal } from './dicom-refusal.js';
import { type EncodedBy, encodeFrame } from './testing/encode-frame.js';
import { losslessJpeg } from './testing/lossless-jpeg.js';

const JPEG = '1.2.840.10008.1.2.4.50';
const LOSSLESS = '1.2.840.10008.1.2.4.70';
const limits = { maxPixels: 100_000 };

const decode = (file: Uint8Array) => decodeDicom(file, 0, limits);
async function refusal(file: Uint8Array): Promise<string> {
  const thrown = await decode(file).catch((error: unknown) => error);
  expect(thrown).toBeInstanceOf(DicomRefusal);
  return (thrown as Error).message;
}

const side = 16;
const ramp = Buffer.from(Array.from({ length: side * side * 3 }, (_, i) => (i * 7) % 256));
const jpeg = await sharp(ramp, { raw: { width: side, height: side, channels: 3 } })
  .jpeg({ quality: 100, chromaSubsampling: '4:4:4' })
  .toBuffer();
const gray = await sharp(ramp.subarray(0, side * side), { raw: { width: side, height: side, channels: 1 } })
  .toColourspace('b-w')
  .jpeg({ quality: 100 })
  .toBuffer();
const colour = { samples: 3, allocated: 8, rows: side, columns: side, syntax: JPEG };

/** Offset of the frame header's marker. */
const frameHeader = (stream: Buffer) => stream.indexOf(Buffer.from([0xff, 0xc0]));

describe('compressed frames', () => {
  it('of JPEG are those that another decoder gives, as far as both round alike', async () => {
    const apart = (one: ArrayLike<number>, other: ArrayLike<number>) => {
      expect(one.length).toBe(other.length);
      return Array.from(one).reduce((most, x, i) => Math.max(most, Math.abs(x - (other[i] as number))), 0);
    };
    const { pixels } = await decode(dicomImage({ ...colour, photometric: 'YBR_FULL', pixels: [jpeg] }));
    expect(apart(pixels, await sharp(jpeg).raw().toBuffer())).toBeLessThanOrEqual(1);
    const single = await decode(dicomImage({ ...colour, samples: 1, pixels: [gray] }));
    expect(apart(single.pixels, await sharp(gray).toColourspace('b-w').raw().toBuffer())).toBeLessThanOrEqual(1);
  });

  it('are refused when they say another size than the file, before a codec allocates for them', async () => {
    for (const [height, width] of [
      [65_500, 65_500],
      [side, side - 1],
    ] as const) {
      const lying = Buffer.from(jpeg);
      lying.writeUInt16BE(height, frameHeader(lying) + 5);
      lying.writeUInt16BE(width, frameHeader(lying) + 7);
      const message = await refusal(dicomImage({ ...colour, photometric: 'YBR_FULL', pixels: [lying] }));
      expect(message).toBe('holds a frame of another size than its header says');
    }
    const single = dicomImage({ ...colour, samples: 1, pixels: [jpeg] });
    expect(await refusal(single)).toBe('holds a frame of another size than its header says');
    const wide = dicomImage({ ...colour, samples: 1, allocated: 16, pixels: [gray] });
    expect(await refusal(wide)).toBe('holds a frame of another depth than its header says');
  });

  it('are refused when file and stream disagree on what their colour is', async () => {
    expect(await refusal(dicomImage({ ...colour, photometric: 'RGB', pixels: [jpeg] }))).toContain('says otherwise');
    // Components with the letters R, G and B are RGB for a decoder, where no marker says otherwise.
    const at = frameHeader(jpeg);
    const scan = jpeg.indexOf(Buffer.from([0xff, 0xda]));
    const letters = Buffer.from(jpeg);
    for (const [i, letter] of [...'RGB'].entries()) {
      letters[at + 10 + i * 3] = letter.charCodeAt(0);
      letters[scan + 5 + i * 2] = letter.charCodeAt(0);
    }
    const { pixels } = await decode(dicomImage({ ...colour, photometric: 'RGB', pixels: [letters] }));
    expect(pixels).toHaveLength(ramp.length);
    const message = await refusal(dicomImage({ ...colour, photometric: 'YBR_FULL', pixels: [letters] }));
    expect(message).toContain('says otherwise');
  });

  it('of lossless codecs and RLE are refused as YBR, which those do not turn into RGB', async () => {
    for (const end of ['4.70', '4.80', '4.90', '5']) {
      const syntax = `1.2.840.10008.1.2.${end}`;
      const file = dicomImage({ ...colour, syntax, photometric: 'YBR_FULL', pixels: [jpeg] });
      expect(await refusal(file)).toBe('holds colour as YBR_FULL in a compression from which that is not read as RGB');
    }
  });

  it('that one codec could not read do not spoil the next', async () => {
    const broken = Buffer.concat([jpeg.subarray(0, 200), jpeg.subarray(-2)]);
    const sound = dicomImage({ ...colour, photometric: 'YBR_FULL', pixels: [jpeg] });
    const first = await decode(sound);
    for (let i = 0; i < 5; i++) {
      await refusal(dicomImage({ ...colour, photometric: 'YBR_FULL', pixels: [broken] }));
      expect((await decode(sound)).pixels).toEqual(first.pixels);
    }
  });

  it('that are decoded at the same time keep their own pixels', async () => {
    const levels = Array.from({ length: 12 }, (_, i) => i * 20);
    const files = await Promise.all(
      levels.map(async (level) => {
        const raw = { width: side, height: side, channels: 1 } as const;
        const stream = await sharp(Buffer.alloc(side * side, level), { raw })
          .toColourspace('b-w')
          .jpeg()
          .toBuffer();
        return dicomImage({ ...colour, samples: 1, pixels: [stream] });
      }),
    );
    const decoded = await Promise.all(files.map(decode));
    expect(decoded.map(({ pixels }) => new Set(pixels))).toEqual(levels.map((level) => new Set([level])));
  });
});

/** The colours of `ramp` as a stream of the encoder that goes with a codec. */
async function encodeRamp(codec: EncodedBy, interleaveMode: number): Promise<Uint8Array> {
  const planes = Uint8Array.from(
    ramp,
    (_, i) => ramp[(i % (side * side)) * 3 + Math.floor(i / (side * side))] as number,
  );
  return encodeFrame(codec, {
    ...{ width: side, height: side, bitsPerSample: 8, componentCount: 3, interleaveMode },
    samples: interleaveMode === 0 ? planes : ramp,
  });
}

describe('colour that lossless codecs give', () => {
  it.each([
    ['JPEG-LS, plane by plane', '4.80', 'jpeg-ls', 0, 'RGB'],
    ['JPEG-LS, line by line', '4.80', 'jpeg-ls', 1, 'RGB'],
    ['JPEG-LS, sample by sample', '4.80', 'jpeg-ls', 2, 'RGB'],
    ['JPEG 2000', '4.90', 'jpeg-2000', -1, 'YBR_RCT'],
    ['HTJ2K', '4.201', 'htj2k', -1, 'YBR_RCT'],
  ] as const)('is that of the image: %s', async (_, end, codec, mode, photometric) => {
    const stream = await encodeRamp(codec, mode);
    const syntax = `1.2.840.10008.1.2.${end}`;
    const { pixels } = await decode(dicomImage({ ...colour, syntax, photometric, pixels: [stream] }));
    expect([...pixels]).toEqual([...ramp]);
  });
});

describe('the header of a compressed frame', () => {
  it.each([
    ['jpeg-2000', '4.90'],
    ['htj2k', '4.201'],
  ] as const)('of %s says that each component has a sample for each pixel, or no codec gets it', async (codec, end) => {
    const stream = await encodeFrame(codec, {
      ...{ width: side, height: side, bitsPerSample: 8, componentCount: 1 },
      samples: ramp.subarray(0, side * side),
    });
    const frame = { samples: 1, allocated: 8, rows: side, columns: side, syntax: `1.2.840.10008.1.2.${end}` } as const;
    expect((await decode(dicomImage({ ...frame, pixels: [stream] }))).pixels).toHaveLength(side * side);
    // Columns, then rows from one sample to the next: a codec waits for rows of it for ever.
    for (const at of [43, 44]) {
      const sparse = Uint8Array.from(stream);
      sparse[at] = 2;
      expect(await refusal(dicomImage({ ...frame, pixels: [sparse] }))).toBe(
        'has Pixel Data that its codec cannot read',
      );
    }
  });

  it('is read from JPEG behind any other marker', () => {
    expect(readJpegHeader(jpeg)).toEqual({ precision: 8, width: side, height: side, components: 3, isYcbcr: true });
    expect(readJpegHeader(gray)).toMatchObject({ components: 1, isYcbcr: false });
  });

  it('is refused where there is none, however little there is', () => {
    for (let length = 0; length < frameHeader(jpeg) + 10; length += 3) {
      expect(() => readJpegHeader(jpeg.subarray(0, length))).toThrow(DicomRefusal);
    }
    for (let length = 0; length < 45; length += 5) {
      const stream = Buffer.alloc(length);
      if (length >= 4) stream.writeUInt32BE(0xff4fff51);
      expect(() => readJpeg2000Header(stream)).toThrow(DicomRefusal);
    }
  });
});

describe('lossless JPEG', () => {
  it('gives every pixel, the last one too', async () => {
    for (let length = 1; length <= 24; length++) {
      const row = Array.from({ length }, (_, i) => (length % 2 === 0 ? 300 : (i * 1237 + 300) % 4096));
      const rows = [row, [...row].reverse()];
      const file = dicomImage({
        ...{ rows: 2, columns: length, stored: 12, syntax: LOSSLESS },
        pixels: [losslessJpeg(rows, 12)],
      });
      expect([...(await decode(file)).pixels], `${length} columns`).toEqual(rows.flat());
    }
  });
});
