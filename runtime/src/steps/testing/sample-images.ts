import { deflateSync } from 'node:zlib';
import {
  bmpFile,
  type DicomElements,
  dicomImage,
  PNG_COLOUR,
  pngChunk,
  pngFile,
  seededRandom,
  tiffFile,
} from '@deephealth/sdk/testing';
import sharp from 'sharp';
import { encodeFrame, type RawFrame } from '../../decoders/testing/encode-frame.js';
import { losslessJpeg } from '../../decoders/testing/lossless-jpeg.js';

export interface SampleImage {
  readonly mediaType: string;
  readonly file: Buffer;
  /** Makes a file of what was broken; without it, that is one. */
  readonly wrap?: (broken: Buffer) => Buffer;
}

const WIDTH = 24;
const HEIGHT = 16;
const COUNT = WIDTH * HEIGHT;

/** A gradient with noise, so that entropy coders have something to do. */
const noise = (highest: number, count = COUNT) => {
  const random = seededRandom(5);
  return Array.from({ length: count }, (_, i) => Math.floor(highest * (0.5 * (i / count) + 0.5 * random())));
};

const words = (values: readonly number[]) => new Uint8Array(Uint16Array.from(values).buffer);
const size = { rows: HEIGHT, columns: WIDTH };

/** Small sound files of every format that images may come in, by a name for messages. */
export async function sampleImages(): Promise<Record<string, SampleImage>> {
  const raw = { width: WIDTH, height: HEIGHT, channels: 3 } as const;
  const colour = Buffer.from(noise(255, COUNT * 3));
  const gray: DicomElements = {
    '00080060': ['CS', 'CT'],
    '00200037': ['DS', '1\\0\\0\\0\\1\\0'],
    '00280030': ['DS', '0.5\\0.5'],
    '00280120': ['US', [7]],
    '00281050': ['DS', '2000'],
    '00281051': ['DS', '4000'],
    '00281052': ['DS', '-1024'],
    '00281053': ['DS', '1'],
  };
  const rescale = (slope: string): DicomElements => ({
    '00289145': ['SQ', [{ '00281052': ['DS', '0'], '00281053': ['DS', slope] }]],
  });
  const jpeg = await sharp(colour, { raw }).jpeg({ chromaSubsampling: '4:4:4' }).toBuffer();
  const frame: RawFrame = {
    ...{ width: WIDTH, height: HEIGHT, bitsPerSample: 16, componentCount: 1 },
    samples: words(noise(4096)),
  };
  const compressed = (end: string, stream: Uint8Array) =>
    dicomImage({ ...size, syntax: `1.2.840.10008.1.2.${end}`, pixels: [stream], elements: gray });
  const dicom: Record<string, Buffer> = {
    dicom: dicomImage({ ...size, stored: 12, pixels: words(noise(4096)), elements: gray }),
    'dicom deflated': dicomImage({
      ...size,
      syntax: '1.2.840.10008.1.2.1.99',
      pixels: words(noise(4096)),
      elements: gray,
    }),
    'dicom big endian': dicomImage({
      ...{ ...size, syntax: '1.2.840.10008.1.2.2', stored: 12, elements: gray },
      pixels: words(noise(4096)).reverse(),
    }),
    'dicom enhanced': dicomImage({
      ...{ rows: 8, columns: WIDTH, frames: '2', pixels: words(noise(4096)) },
      elements: { ...gray, '52009229': ['SQ', [{}]], '52009230': ['SQ', [rescale('2'), rescale('3')]] },
    }),
    'dicom palette': dicomImage({
      ...{ ...size, allocated: 8, photometric: 'PALETTE COLOR', pixels: Uint8Array.from(noise(4)) },
      elements: Object.fromEntries([
        ...['00281101', '00281102', '00281103'].map((tag) => [tag, ['US', [4, 0, 16]]] as const),
        ...['00281201', '00281202', '00281203'].map(
          (tag) => [tag, ['OW', words([0, 0x1010, 0x2000, 0xff00])]] as const,
        ),
      ]),
    }),
    'dicom rgb': dicomImage({ ...size, samples: 3, allocated: 8, planar: 1, pixels: colour }),
    'dicom rle': compressed('5', rle(noise(4096))),
    'dicom jpeg': dicomImage({
      ...{
        ...size,
        samples: 3,
        allocated: 8,
        photometric: 'YBR_FULL',
        syntax: '1.2.840.10008.1.2.4.50',
        pixels: [jpeg],
      },
    }),
    'dicom lossless jpeg': compressed('4.70', losslessJpeg(rowsOf(noise(4096), WIDTH), 16)),
    'dicom jpeg-ls': compressed('4.80', await encodeFrame('jpeg-ls', frame)),
    'dicom jpeg-2000': compressed('4.90', await encodeFrame('jpeg-2000', frame)),
    'dicom htj2k': compressed('4.201', await encodeFrame('htj2k', frame)),
  };
  const others: Record<string, SampleImage> = {
    png: {
      mediaType: 'image/png',
      file: pngFile({ width: WIDTH, height: HEIGHT, depth: 8, colour: 'gray', bytes: noise(255) }),
    },
    'png, its header and lines': {
      mediaType: 'image/png',
      // As they stand before they are compressed and summed, filter bytes included.
      file: Buffer.concat([
        Buffer.of(0, 0, 0, WIDTH, 0, 0, 0, HEIGHT, 8, PNG_COLOUR.rgb, 0, 0, 0),
        ...rowsOf(noise(255, COUNT * 3), WIDTH * 3).map((line, y) => Buffer.of(y % 5, ...line)),
      ]),
      wrap: pngOfLines,
    },
    'png of 16 bits': {
      mediaType: 'image/png',
      file: pngFile({ width: WIDTH, height: HEIGHT, depth: 16, colour: 'gray', bytes: noise(255, COUNT * 2) }),
    },
    jpeg: { mediaType: 'image/jpeg', file: jpeg },
    'bmp of 8 bits': {
      mediaType: 'image/bmp',
      file: bmpFile({
        ...{ width: WIDTH, height: HEIGHT, bits: 8 },
        rows: rowsOf(noise(16), WIDTH),
        palette: Array.from({ length: 16 }, (_, i) => [i, i * 2, i * 3, 0]),
      }),
    },
    'bmp of 32 bits': {
      mediaType: 'image/bmp',
      file: bmpFile({
        ...{ width: WIDTH, height: -HEIGHT, bits: 32, compression: 3, header: 108 },
        masks: [0x00ff0000, 0x0000ff00, 0x000000ff, 0xff000000],
        rows: rowsOf(
          noise(255, COUNT * 4).map((value, i) => (i % 4 === 3 ? 255 : value)),
          WIDTH * 4,
        ),
      }),
    },
    tiff: {
      mediaType: 'image/tiff',
      file: tiffFile([
        { width: WIDTH, height: HEIGHT, bits: 16, pixels: noise(65_535) },
        { width: 2, height: 1, pixels: [1, 2] },
      ]),
    },
    'tiff tiled': {
      mediaType: 'image/tiff',
      file: await sharp(colour, { raw })
        .tiff({ compression: 'lzw', tile: true, tileWidth: 16, tileHeight: 16 })
        .toBuffer(),
    },
  };
  const ofDicom = Object.entries(dicom).map(
    ([name, file]) => [name, { mediaType: 'application/dicom', file }] as const,
  );
  return { ...others, ...Object.fromEntries(ofDicom) };
}

/** A PNG of the content of its header and of its lines. */
function pngOfLines(content: Buffer): Buffer {
  const [header, lines] = [content.subarray(0, 13), content.subarray(13)];
  return Buffer.concat([
    Buffer.from('89504e470d0a1a0a', 'hex'),
    ...[pngChunk('IHDR', header), pngChunk('IDAT', deflateSync(lines)), pngChunk('IEND', new Uint8Array())],
  ]);
}

function rowsOf(values: readonly number[], length: number): number[][] {
  return Array.from({ length: values.length / length }, (_, y) => values.slice(y * length, (y + 1) * length));
}

/** RLE of DICOM without any runs: literals of up to 128 bytes. */
function rle(values: readonly number[]): Uint8Array {
  const segments = [8, 0].map((shift) => {
    const bytes = values.map((value) => (value >> shift) & 255);
    const packed: number[] = [];
    for (let i = 0; i < bytes.length; i += 128) {
      const literal = bytes.slice(i, i + 128);
      packed.push(literal.length - 1, ...literal);
    }
    return Uint8Array.from(packed);
  });
  const header = new Uint32Array(16);
  header.set([2, 64, 64 + (segments[0]?.length ?? 0)]);
  return Buffer.concat([new Uint8Array(header.buffer), ...segments]);
}
