import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32, deflateSync, gzipSync } from 'node:zlib';
import { DeepHealthError } from '@deephealth/sdk';
import { type FuzzOptions, fuzzParser, fuzzTimeoutMs, mutateJson, niftiFile } from '@deephealth/sdk/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cleanIccProfile } from './clean-icc-profile.js';
import { blankRle } from './codestreams/blank-codestream.js';
import { DamagedStream } from './codestreams/jpeg-segments.js';
import { type DeidentifyOptions, deidentifyFile } from './deidentify.js';
import { MEDIA_TYPES } from './testing/media-types.js';
import { plantedDicom } from './testing/planted-dicom.js';
import { jpegWithComment, plantedPictures, profileWithText, streamWithComment } from './testing/planted-pictures.js';
import { plantedRecordings } from './testing/planted-recordings.js';
import { blankBehindTile, COMPRESSION } from './tiff/tile-bytes.js';

const USUAL = 40;
const OPTIONS: DeidentifyOptions = {
  mode: 'clean',
  uidKey: Buffer.alloc(16, 3),
  accepted: MEDIA_TYPES,
  columns: ['age', 'sex', 'constructor', '__proto__'],
};
/** A file is cleaned into one that is not much larger, whatever it says of itself. */
const MOST_GROWTH_BYTES = 64 * 1024;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'deidentify-fuzz-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** What was cleaned must be taken as clean, by the stricter mode. */
async function cleanTwice(bytes: Buffer): Promise<void> {
  const [source, target, again] = ['source', 'target', 'again'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  await writeFile(source, bytes);
  await deidentifyFile(source, target, OPTIONS);
  const grown = (await stat(target)).size - bytes.length;
  if (bytes[0] !== 0x1f && grown > MOST_GROWTH_BYTES) throw new Error(`${grown} bytes more than there were`);
  await deidentifyFile(target, again, { ...OPTIONS, mode: 'refuse' }).catch((cause: Error) => {
    throw new Error(`a cleaned file is not clean: ${cause.message}`, { cause });
  });
}

const isRefusal = (thrown: unknown) => thrown instanceof DeepHealthError && thrown.code !== 'DH_INTERNAL';
const planted = Buffer.from('VANDENBERG');
const { png, jpeg, nifti, ...others } = plantedPictures(planted) as Record<string, Buffer> & {
  png: Buffer;
  jpeg: Buffer;
  nifti: Buffer;
};

/** Checksums of chunks as they should be, so that what is in them is looked at. */
function withChecksums(broken: Buffer): Buffer {
  for (let at = 8; at + 12 <= broken.length; ) {
    const end = at + 12 + broken.readUInt32BE(at);
    if (end > broken.length) break;
    broken.writeUInt32BE(crc32(broken.subarray(at + 4, end - 4)), end - 4);
    at = end;
  }
  return broken;
}

/** 256 bytes in each compression. */
const TILES = {
  lzw: Buffer.from(
    '800140c058240e0b04814220d0983c36190f85c4615138744a2b14884622d198bc76391f8dc8635238f48a4b24904a24d0c808',
    'hex',
  ),
  deflate: deflateSync(Buffer.alloc(256, 5)),
  packBits: Buffer.from('8105'.repeat(2), 'hex'),
  jpeg: jpegWithComment(planted),
  jpeg2000: streamWithComment(planted),
};
const RLE = Buffer.concat([Buffer.from([1, 0, 0, 0, 64, 0, 0, 0]), Buffer.alloc(56), Buffer.from([3, 1, 2, 3, 4, 0])]);

const PARSERS: readonly (Pick<FuzzOptions, 'parser' | 'corpus'> & Partial<FuzzOptions>)[] = [
  ...Object.entries(plantedDicom(planted)).map(([name, file]) => ({ parser: `DICOM, ${name}`, corpus: [file] })),
  { parser: 'EDF+ and BDF+', corpus: Object.values(plantedRecordings(planted)) },
  { parser: 'NIfTI', corpus: [nifti, others['nifti-2'] as Buffer, niftiFile({ big: true })] },
  { parser: 'NIfTI, compressed', corpus: [gzipSync(nifti)] },
  {
    parser: 'NIfTI, broken within a whole compressed file',
    corpus: [nifti],
    wrap: (broken) => gzipSync(broken, { level: 1 }),
  },
  { parser: 'PNG', corpus: [png] },
  { parser: 'PNG, its checksums sound', corpus: [png], wrap: withChecksums },
  { parser: 'JPEG', corpus: [jpeg, others['jpeg with a profile'] as Buffer] },
  {
    parser: 'slides as TIFF',
    corpus: Object.entries(others).flatMap(([name, file]) => (name.includes('svs') ? [file] : [])),
  },
  {
    parser: 'table',
    corpus: [Buffer.from('{"age": {"value": 63, "unit": "a"}, "sex": "male", "name": "x"}')],
    mutate: mutateJson,
  },
];

const profile = profileWithText(Buffer.from('VANDENBERG'));
const PARTS: readonly Pick<FuzzOptions, 'parser' | 'corpus' | 'read'>[] = [
  ...(['lzw', 'deflate', 'packBits', 'jpeg', 'jpeg2000'] as const).map((name) => ({
    parser: `tile of TIFF, ${name}`,
    corpus: [TILES[name]],
    read: (bytes: Buffer) => blankBehindTile(bytes, COMPRESSION[name], 256),
  })),
  { parser: 'frame of RLE', corpus: [RLE], read: (bytes) => blankRle(bytes, 4) },
  { parser: 'colour profile', corpus: [profile], read: cleanIccProfile },
];

describe('broken parts of files are taken or refused', () => {
  it.each(PARTS.map((part, index) => ({ ...part, index })))(
    '$parser',
    async ({ parser, index, ...more }) => {
      const options = { parser: `de-identification: ${parser}`, seed: 4100 + index, usual: 20 * USUAL };
      const isPartRefused = (thrown: unknown) => isRefusal(thrown) || thrown instanceof DamagedStream;
      expect((await fuzzParser({ ...options, isRefusal: isPartRefused, ...more })).refused).toBeGreaterThan(0);
    },
    fuzzTimeoutMs(20 * USUAL),
  );
});

describe('broken files are cleaned or refused', () => {
  it.each(PARSERS.map((parser, index) => ({ ...parser, index })))(
    '$parser',
    async ({ parser, index, ...more }) => {
      const outcome = await fuzzParser({
        parser: `de-identification: ${parser}`,
        seed: 4000 + index,
        usual: USUAL,
        read: cleanTwice,
        isRefusal,
        limitMs: 5000,
        ...more,
      });
      expect(outcome.refused).toBeGreaterThan(0);
    },
    fuzzTimeoutMs(USUAL),
  );
});
