import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { dicomImage } from '@deephealth/sdk/testing';
import { describe, expect, it } from 'vitest';
import { decodeDicom } from './decode-dicom.js';
import { DicomRefusal } from './dicom-refusal.js';

const limits = { maxPixels: 2_000_000 };

const words = (...values: number[]) => new Uint8Array(Int16Array.from(values).buffer);
const refusal = async (file: Uint8Array, frame = 0, max = limits): Promise<string> => {
  const thrown = await decodeDicom(file, frame, max).catch((error: unknown) => error);
  expect(thrown).toBeInstanceOf(DicomRefusal);
  return (thrown as Error).message;
};

describe('decodeDicom', () => {
  it('gives stored values with their sign, without the bits above them', async () => {
    const signed = await decodeDicom(
      dicomImage({ stored: 12, signed: 1, pixels: words(0, 1, 0x7ff, 0x800, 0xfff, 0x1fff) }),
      0,
      limits,
    );
    expect(signed.pixels).toEqual(Int16Array.of(0, 1, 2047, -2048, -1, -1));
    const unsigned = await decodeDicom(
      dicomImage({ stored: 12, pixels: words(0, 1, 0x7ff, 0x800, -1, 0x1fff) }),
      0,
      limits,
    );
    expect(unsigned.pixels).toEqual(Uint16Array.of(0, 1, 2047, 2048, 4095, 4095));
    expect(unsigned).toMatchObject({
      size: { width: 3, height: 2, channels: 1 },
      frames: 1,
      photometric: 'MONOCHROME2',
      bitsStored: 12,
      isLossy: false,
    });
    const bytes = await decodeDicom(
      dicomImage({ allocated: 8, signed: 1, pixels: Uint8Array.of(1, 2, 127, 128, 255, 0) }),
      0,
      limits,
    );
    expect(bytes.pixels).toEqual(Int8Array.of(1, 2, 127, -128, -1, 0));
  });

  it('reads the same image big endian, deflated, and at an odd address', async () => {
    const image = { pixels: words(1, -2, 300, -400, 5, 6), signed: 1 };
    const expected = Int16Array.of(1, -2, 300, -400, 5, 6);
    const big = Buffer.from(image.pixels).swap16();
    for (const file of [
      dicomImage({ ...image, pixels: big, syntax: '1.2.840.10008.1.2.2' }),
      dicomImage({ ...image, syntax: '1.2.840.10008.1.2.1.99' }),
      Buffer.concat([Buffer.alloc(1), dicomImage(image)]).subarray(1),
    ]) {
      expect((await decodeDicom(file, 0, limits)).pixels).toEqual(expected);
    }
  });

  it('interleaves colour that lies in planes', async () => {
    const colour = { samples: 3, allocated: 8, rows: 1, columns: 2 };
    const planar = await decodeDicom(
      dicomImage({ ...colour, planar: 1, pixels: Uint8Array.of(1, 4, 2, 5, 3, 6) }),
      0,
      limits,
    );
    expect(planar.pixels).toEqual(Uint8Array.of(1, 2, 3, 4, 5, 6));
    const interleaved = await decodeDicom(
      dicomImage({ ...colour, pixels: Uint8Array.of(1, 2, 3, 4, 5, 6) }),
      0,
      limits,
    );
    expect(interleaved.pixels).toEqual(planar.pixels);
  });

  it('refuses a deflated file that grows beyond all images', async () => {
    const bomb = { rows: 1, columns: 1, allocated: 8, syntax: '1.2.840.10008.1.2.1.99' };
    const file = dicomImage({ ...bomb, pixels: new Uint8Array(2 ** 28) });
    expect(file.length).toBeLessThan(2 ** 20);
    expect(await refusal(file)).toBe('is cut off or damaged');
  });

  it('takes the frame that was asked for', async () => {
    const file = dicomImage({
      allocated: 8,
      rows: 1,
      columns: 2,
      frames: '3',
      pixels: Uint8Array.of(1, 2, 3, 4, 5, 6),
    });
    expect((await decodeDicom(file, 2, limits)).pixels).toEqual(Uint8Array.of(5, 6));
    expect(await refusal(file, 3)).toBe('has 3 frames, not frame 3');
    expect(await refusal(file, 0.5)).toBe('has 3 frames, not frame 0.5');
  });

  it('unpacks RLE, and refuses one that is cut off where others fill up with black', async () => {
    const segment = (...bytes: number[]) => Uint8Array.from(bytes);
    const rle = (segments: Uint8Array[]) => {
      const header = new Uint32Array(16);
      header[0] = segments.length;
      let at = 64;
      segments.forEach((bytes, i) => {
        header[i + 1] = at;
        at += bytes.length;
      });
      return Buffer.concat([new Uint8Array(header.buffer), ...segments]);
    };
    const image = { syntax: '1.2.840.10008.1.2.5', rows: 1, columns: 6 };
    // High bytes: six times 1. Low bytes: three literals, a pause, a run of three.
    const whole = [segment(251, 1), segment(2, 7, 8, 9, 128, 254, 5)];
    const { pixels } = await decodeDicom(dicomImage({ ...image, pixels: [rle(whole)] }), 0, limits);
    expect([...pixels]).toEqual([263, 264, 265, 261, 261, 261]);
    const cut = [segment(251, 1), segment(2, 7, 8, 9)];
    expect(await refusal(dicomImage({ ...image, pixels: [rle(cut)] }))).toMatch(/RLE segment of another length/);
    const long = [segment(250, 1), segment(251, 1)];
    expect(await refusal(dicomImage({ ...image, pixels: [rle(long)] }))).toMatch(/RLE segment of another length/);
    expect(await refusal(dicomImage({ ...image, pixels: [rle(whole.slice(1))] }))).toBe(
      'has 1 RLE segments, where its pixels need 2',
    );
    expect(await refusal(dicomImage({ ...image, pixels: [new Uint8Array(10)] }))).toMatch(/without a header/);
    expect(await refusal(dicomImage({ ...image, frames: '2', pixels: [rle(whole)] }))).toMatch(/cannot be told apart/);
  });

  it('refuses what it would have to guess at, before anything is decoded', async () => {
    const image = { pixels: words(1, 2, 3, 4, 5, 6) };
    expect(await refusal(Buffer.from('not at all'))).toMatch(/"DICM"/);
    expect(await refusal(dicomImage(image).subarray(0, -4))).toMatch(/cut off|less Pixel Data/);
    expect(await refusal(dicomImage({ ...image, rows: 3 }))).toBe('has less Pixel Data than its header says');
    expect(await refusal(dicomImage({ ...image, rows: 0 }))).toBe('has 3 x 0 pixels');
    expect(await refusal(dicomImage(image), 0, { maxPixels: 5 })).toBe(
      'has 3 x 2 pixels, more than the 5 that are allowed',
    );
    expect(await refusal(dicomImage({ ...image, allocated: 32 }))).toBe('has 32 as Bits Allocated; supported: 8, 16');
    expect(await refusal(dicomImage({ ...image, stored: 17 }))).toBe('stores 17 of 16 bits');
    expect(await refusal(dicomImage({ ...image, photometric: 'HSV' }))).toMatch(/HSV as Photometric/);
    // What stands in the wrong place may be a name, which no message holds.
    expect(await refusal(dicomImage({ ...image, photometric: 'Doe^Jane' }))).toMatch(/something else as Photometric/);
    expect(await refusal(dicomImage({ ...image, syntax: 'Doe^Jane' }))).toMatch(/transfer syntax \(none\)/);
    expect(await refusal(dicomImage({ ...image, photometric: 'RGB' }))).toMatch(/do not go together/);
    expect(await refusal(dicomImage({ ...image, samples: 3, photometric: 'YBR_FULL', rows: 1, columns: 2 }))).toMatch(
      /convert it to RGB/,
    );
    expect(await refusal(dicomImage({ ...image, syntax: '1.2.840.10008.1.2.4.100' }))).toMatch(
      /4\.100, which is not supported/,
    );
    expect(await refusal(dicomImage({ ...image, syntax: '1.2.840.10008.1.2.4.70' }))).toMatch(/not encapsulated/);
    const end = Uint8Array.of(0xff, 0xd8, 0xff, 0xd9);
    for (const kind of ['50', '70', '80', '90', '201']) {
      const syntax = `1.2.840.10008.1.2.4.${kind}`;
      expect(await refusal(dicomImage({ ...image, syntax, pixels: [end.subarray(0, 3)] }))).toBe(
        'has Pixel Data that is cut off',
      );
      expect(await refusal(dicomImage({ ...image, syntax, pixels: [end] })), kind).toMatch(
        /codec cannot read|another size/,
      );
    }
  });
});

const shared = ['../../../../shared/data/dicom/', '../../../../../shared/data/dicom/']
  .map((path) => fileURLToPath(new URL(path, import.meta.url)))
  .find((path) => existsSync(path));

describe.skipIf(shared === undefined)('decodeDicom on real files (skipped where ../shared/data is absent)', () => {
  const read = (name: string) => readFileSync(join(shared as string, name));
  const decode = (name: string) => decodeDicom(read(name), 0, limits);
  const variants = shared === undefined ? [] : readdirSync(join(shared, 'transfer-syntaxes'));
  const of = (syntax: string) => `transfer-syntaxes/${variants.find((name) => name.includes(`${syntax}.dcm`))}`;

  it.each(['1.2.840.10008.1.2.4.90', '1.2.840.10008.1.2.4.80', '1.2.840.10008.1.2.4.70', '1.2.840.10008.1.2.5'])(
    'gives one CT the same values in %s as uncompressed',
    async (syntax) => {
      const plain = await decode(of('1.2.840.10008.1.2.1'));
      const compressed = await decode(of(syntax));
      expect(compressed.size).toEqual({ width: 512, height: 512, channels: 1 });
      expect(compressed.pixels).toBeInstanceOf(Int16Array);
      expect(Buffer.compare(Buffer.from(compressed.pixels.buffer), Buffer.from(plain.pixels.buffer))).toBe(0);
      expect(compressed.isLossy).toBe(false);
    },
  );

  it('reads CT, MR, CR, spine MR, enhanced MR and a slide, and says what lost something', async () => {
    const found = await Promise.all(
      [
        'CT_small.dcm',
        'MR_small.dcm',
        'cxr_CR_rsna_850819.dcm',
        'MR_SPINE_GH1339.dcm',
        'emri_small.dcm',
        'highdicom_sm_image.dcm',
      ].map(decode),
    );
    expect(found.map(({ size, frames, isLossy }) => [size.width, size.height, size.channels, frames, isLossy])).toEqual(
      [
        [128, 128, 1, 1, false],
        [64, 64, 1, 1, false],
        [1024, 1024, 1, 1, true],
        [320, 320, 1, 1, false],
        [64, 64, 1, 10, false],
        [10, 10, 3, 25, false],
      ],
    );
    // The first values that pydicom gives of pydicom's own CT.
    expect([...(found[0]?.pixels.subarray(0, 3) ?? [])]).toEqual([175, 180, 166]);
  });

  it('refuses a waveform and a mask of one bit, which are no images of these kinds', async () => {
    expect(await refusal(read('waveform_ecg.dcm'))).toMatch(/holds no image/);
    expect(await refusal(read('highdicom_seg_image_ct_binary.dcm'))).toBe('has 1 as Bits Allocated; supported: 8, 16');
  });

  it('refuses, or reads whole, whatever is cut off a file', async () => {
    for (const name of [
      of('1.2.840.10008.1.2.4.90'),
      of('1.2.840.10008.1.2.4.70'),
      of('1.2.840.10008.1.2.5'),
      'CT_small.dcm',
    ]) {
      const file = read(name);
      const whole = await decodeDicom(file, 0, limits);
      for (let part = 1; part < 12; part++) {
        const cut = file.subarray(0, Math.floor((file.length * part) / 12));
        const outcome = await decodeDicom(cut, 0, limits).catch((error: unknown) => error);
        if (outcome instanceof DicomRefusal) continue;
        expect(outcome, `${name} cut at ${part}/12`).toEqual(whole);
      }
    }
  });
});
