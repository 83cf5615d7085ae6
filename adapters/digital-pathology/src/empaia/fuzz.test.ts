import { deflateSync, gzipSync } from 'node:zlib';
import { DeepHealthError } from '@deephealth/sdk';
import { type FuzzOptions, fuzzParser, fuzzTimeoutMs, mutateJson, pngFile } from '@deephealth/sdk/testing';
import { describe, expect, it } from 'vitest';
import { parseCrs4Filter } from '../outputs/crs4/crs4-filter.js';
import { fromDicomJson } from '../outputs/dicom/from-dicom-json.js';
import { decodeChunk } from '../outputs/zarr/decode-chunk.js';
import { readZarrArray } from '../outputs/zarr/read-zarr-array.js';
import { BLOSC } from '../outputs/zarr/testing/blosc-chunk.js';
import { parseBaseUrl } from '../platforms/http-exchange.js';
import { encodeRecord, readRecord, recordLength } from '../run/tile-record.js';
import { decodePicture } from './decode-picture.js';
import { parseWsi } from './parse-wsi.js';
import { parseRegionsOfInterest } from './regions-of-interest.js';

const USUAL = 80;
const bytesOf = (value: unknown) => Buffer.from(JSON.stringify(value));
const documentOf = (bytes: Buffer): unknown => {
  try {
    return JSON.parse(bytes.toString());
  } catch {
    throw new NoJson('another reader refuses it');
  }
};
class NoJson extends Error {}
const rgb = pngFile({ width: 2, height: 2, depth: 8, colour: 'rgb', bytes: Array(12).fill(9) });

const wsi = {
  ...{ id: 'w1', extent: { x: 4000, y: 3000, z: 1 }, num_levels: 2, pixel_size_nm: { x: 250, y: 250 } },
  levels: [
    { extent: { x: 4000, y: 3000, z: 1 }, downsample_factor: 1 },
    { extent: { x: 1000, y: 750, z: 1 }, downsample_factor: 4 },
  ],
  tile_extent: { x: 256, y: 256, z: 1 },
};
const metadata = {
  zarr_format: 2,
  shape: [4, 5],
  chunks: [2, 5],
  dtype: '<f4',
  order: 'C',
  filters: null,
  fill_value: 0,
};
const rows = Buffer.from(Float32Array.from({ length: 10 }, (_, i) => i / 4).buffer);
const dataset = {
  '00100010': { vr: 'PN', Value: [{ Alphabetic: 'DOE^JANE' }] },
  '00280010': { vr: 'US', Value: [512] },
  '00081199': { vr: 'SQ', Value: [{ '00081150': { vr: 'UI', Value: ['1.2.840'] }, '00081155': { vr: 'UI' } }] },
};

const KINDS: readonly Omit<FuzzOptions, 'seed' | 'usual' | 'isRefusal'>[] = [
  {
    parser: 'slide of EMPAIA',
    corpus: [bytesOf(wsi)],
    mutate: mutateJson,
    read: (bytes) => parseWsi(documentOf(bytes)),
  },
  {
    parser: 'regions of EMPAIA',
    corpus: [
      bytesOf({
        item_count: 1,
        items: [{ type: 'rectangle', upper_left: [1, 2], width: 10, height: 20, npp_created: 1 }],
      }),
    ],
    mutate: mutateJson,
    read: (bytes) => parseRegionsOfInterest(documentOf(bytes)),
  },
  {
    parser: 'picture of EMPAIA',
    corpus: [rgb],
    async read(bytes) {
      // What its caller takes for a picture that cannot be read is any error.
      const pixels = await decodePicture(bytes, { width: 2, height: 2 }).catch((cause: Error) => {
        throw new NoJson('not a picture of this size', { cause });
      });
      if (pixels.length !== 12) throw new Error('another size');
    },
  },
  {
    parser: 'filter of CRS4',
    corpus: [Buffer.from('tissue_low>0.1'), Buffer.from('"t" <= 1')],
    read(bytes) {
      const filter = parseCrs4Filter(bytes.toString());
      if (!Number.isFinite(filter.value)) throw new Error('a bound that is no number');
      return filter;
    },
  },
  {
    parser: 'data set in the DICOM JSON model',
    ...{ corpus: [bytesOf(dataset)], mutate: mutateJson, secrets: ['DOE^JANE'] },
    read(bytes) {
      const document = documentOf(bytes);
      if (typeof document !== 'object' || document === null) throw new NoJson('no data set');
      return fromDicomJson(document as Record<string, unknown>, Object.keys(dataset));
    },
  },
  {
    parser: 'chunk of Zarr, packed by Blosc',
    corpus: [BLOSC],
    read(bytes) {
      if (decodeChunk(bytes, { id: 'blosc' }, 1600).length !== 1600) throw new Error('another size');
    },
  },
  {
    parser: 'array of Zarr',
    corpus: [Buffer.from(`${JSON.stringify({ ...metadata, compressor: { id: 'zlib' } })}\n`)],
    mutate: (random, sound) => mutateJson(random, sound),
    async read(bytes, random) {
      const chunk = random() < 0.9 ? deflateSync(rows) : gzipSync(rows);
      const found = await readZarrArray(async (key) => {
        if (key.endsWith('.zarray')) return bytes;
        // As many as the sound array has.
        return /^tissue\/[01]\.0$/.test(key) ? chunk : undefined;
      }, 'tissue');
      if (found && found.values.length !== found.rows * found.columns) throw new Error('another size');
      return found;
    },
  },
  {
    parser: 'record of a tile',
    corpus: [encodeRecord({ column: 7, outcome: 'examined', warnings: 1, values: Float32Array.of(0.5, 1) })],
    read(bytes) {
      // As a file is read: the head, then as many bytes as it says.
      const length = bytes.length < 14 ? undefined : recordLength(bytes.subarray(0, 14), 2);
      if (length === undefined || length > bytes.length) throw new NoJson('a record that is cut off');
      return readRecord(bytes.subarray(0, length));
    },
  },
  {
    parser: 'address of a platform',
    corpus: [Buffer.from('https://pacs.example:8042/dicom-web')],
    read: (bytes) => parseBaseUrl(bytes.toString()).href,
  },
];

describe('what platforms and stores give', () => {
  it.each(KINDS.map((kind, place) => ({ ...kind, seed: 4400 + place })))(
    'is read or refused: $parser',
    async (kind) => {
      const isRefusal = (thrown: unknown) =>
        thrown instanceof NoJson || (thrown instanceof DeepHealthError && thrown.code !== 'DH_INTERNAL');
      const { inputs, refused } = await fuzzParser({ ...kind, usual: USUAL, isRefusal });
      expect(refused).toBeGreaterThan(0);
      expect(refused).toBeLessThan(inputs);
    },
    fuzzTimeoutMs(USUAL),
  );
});
