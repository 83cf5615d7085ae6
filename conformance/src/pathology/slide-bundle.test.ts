import { describe, expect, it } from 'vitest';
import { writeZip } from '../reference/pathology/write-zip.js';
import { TargetFailure } from '../run/case-result.js';
import { expectedTiles } from './expected-cells.js';
import { judgeArray, judgeRegions, judgeTable } from './judge-bundle.js';
import type { Picture } from './painted-picture.js';
import { readBundle } from './slide-bundle.js';

const FORM = { label: 'score', channel: 'malignant', isOfPixels: false };
const json = (value: unknown) => Buffer.from(JSON.stringify(value));
/** Two columns and one row of cells of two pixels; the second column is half there. */
const picture: Picture = {
  width: 3,
  height: 2,
  pixels: Uint8Array.from({ length: 18 }, (_, at) => (at % 9 < 6 ? 51 : 204)),
};
const expected = expectedTiles(picture, 2);

const array = {
  ...{ zarr_format: 2, shape: [1, 1], chunks: [1, 1], dtype: '|u1', order: 'C' },
  ...{ compressor: null, fill_value: 0, filters: null },
};
const square = [
  [
    [2, 0],
    [4, 0],
    [4, 2],
    [2, 2],
    [2, 0],
  ],
];
const feature = {
  type: 'Feature',
  geometry: { type: 'Polygon', coordinates: square },
  properties: { objectType: 'annotation', classification: { name: 'malignant' } },
};
const report = {
  ...{ slide: {}, grid: {}, tiles: {}, classes: [], warnings: [] },
  provenance: { slide: {}, model: {}, runtime: {} },
};

interface Parts {
  readonly array?: object;
  readonly chunk?: Buffer;
  readonly csv?: string;
  readonly geojson?: unknown;
  readonly report?: unknown;
}

function bundle(parts: Parts = {}): Buffer {
  const inner = writeZip({
    '.zgroup': json({ zarr_format: 2 }),
    '.zattrs': json({}),
    'score/.zarray': json({ ...array, ...parts.array }),
    'score/.zattrs': json({}),
    'score/0.0': parts.chunk ?? Buffer.of(20),
  });
  return writeZip({
    'score.zip': inner,
    'score.csv': Buffer.from(parts.csv ?? 'x,y,width,height,malignant\n0,0,2,2,0.2\n2,0,2,2,0.9\n'),
    'score.geojson': json(parts.geojson ?? { type: 'FeatureCollection', features: [feature] }),
    'score.report.json': json('report' in parts ? parts.report : report),
  });
}

const read = (parts?: Parts) => readBundle(bundle(parts), FORM);
const regions = { label: 'malignant', threshold: 0.5, canvas: picture };

describe('a bundle', () => {
  it('that is right is judged so', () => {
    const { table, regions: found, ...rest } = read();
    expect(judgeTable(table, expected)).toMatch(/^2 cells/);
    expect(judgeRegions(found, expected, regions)).toBe('1 regions around 1 cells of 2');
    expect(judgeArray({ table, regions: found, ...rest }, expected)).toBe('1 values of the array, each cut off');
  });

  it.each<[string, Parts, RegExp]>([
    [
      'a value that is off',
      { csv: 'x,y,width,height,malignant\n0,0,2,2,0.201\n2,0,2,2,0.9\n' },
      /has the value 0\.201/,
    ],
    ['a cell that is lost', { csv: 'x,y,width,height,malignant\n0,0,2,2,0.2\n' }, /no cell at 2,0/],
    ['a cell twice', { csv: 'x,y,width,height,malignant\n0,0,2,2,0.2\n2,0,2,2,0.9\n2,0,2,2,0.9\n' }, /about one cell/],
    [
      'a cell too many',
      { csv: 'x,y,width,height,malignant\n0,0,2,2,0.2\n2,0,2,2,0.9\n4,0,2,2,1\n' },
      /3 cells, and the map 2/,
    ],
    ['a cell that is cut', { csv: 'x,y,width,height,malignant\n0,0,2,2,0.2\n2,0,1,2,0.9\n' }, /is 1 x 2 at 2,0/],
  ])('with %s in its table fails', (_, parts, says) => {
    expect(() => judgeTable(read(parts).table, expected)).toThrow(says);
  });

  it.each<[string, unknown, RegExp]>([
    ['nothing', [], /is in none/],
    [
      'a region that is shifted',
      [
        [
          [1, 0],
          [3, 0],
          [3, 2],
          [1, 2],
          [1, 0],
        ],
      ],
      /is in a region|is in none/,
    ],
    [
      'a ring that is open',
      [
        [
          [2, 0],
          [4, 0],
          [4, 2],
          [2, 2],
        ],
      ],
      /not closed/,
    ],
    [
      'a region beyond the map',
      [
        [
          [2, 0],
          [6, 0],
          [6, 2],
          [2, 2],
          [2, 0],
        ],
      ],
      /where there is no slide/,
    ],
  ])('with %s in its regions fails', (_, coordinates, says) => {
    const features = [{ ...feature, geometry: { type: 'Polygon', coordinates } }];
    const geojson = { type: 'FeatureCollection', features };
    expect(() => judgeRegions(read({ geojson }).regions, expected, regions)).toThrow(says);
  });

  it.each([
    [19, /holds 19/],
    [21, /holds 21/],
  ])('with %d in its array fails', (value, says) => {
    // 0.2 is a whole percentage, which FP32 may cut off to 19.
    const bright = { ...expected, cells: expected.cells.map((cell) => ({ ...cell, value: cell.value + 0.005 })) };
    expect(() => judgeArray(read({ chunk: Buffer.of(value) }), bright)).toThrow(says);
  });

  it.each<[string, Parts]>([
    ['an array of all memory', { array: { shape: [2 ** 31, 2 ** 31] } }],
    ['an array of no extent', { array: { chunks: [0, 0] } }],
    ['an array of half extents', { array: { shape: [1.5, 1] } }],
    ['an array without extents', { array: { shape: null } }],
    ['another type', { array: { dtype: '<i8' } }],
    ['another compressor', { array: { compressor: { id: 'blosc' } } }],
    ['a chunk that is no zlib', { array: { compressor: { id: 'zlib' } } }],
    ['a chunk that is too short', { chunk: Buffer.alloc(0) }],
    ['a table without a column', { csv: 'x,y,width,height\n' }],
    ['a table of words', { csv: 'x,y,width,height,malignant\n0,0,2,2,much\n' }],
    ['a table of infinities', { csv: 'x,y,width,height,malignant\n0,0,2,2,Infinity\n' }],
    ['regions that are none', { geojson: [] }],
    [
      'regions of points',
      {
        geojson: {
          type: 'FeatureCollection',
          features: [{ ...feature, geometry: { type: 'Point', coordinates: [0, 0] } }],
        },
      },
    ],
    [
      'regions of words',
      {
        geojson: {
          type: 'FeatureCollection',
          features: [{ ...feature, geometry: { type: 'Polygon', coordinates: 'all' } }],
        },
      },
    ],
    [
      'regions without properties',
      { geojson: { type: 'FeatureCollection', features: [{ ...feature, properties: null }] } },
    ],
    ['a report that is nothing', { report: null }],
    ['a report whose classes are none', { report: { ...report, classes: {} } }],
    ['a report without provenance', { report: { ...report, provenance: { slide: null } } }],
  ])('with %s is the fault of who made it', (_, parts) => {
    expect(() => read(parts)).toThrow(TargetFailure);
  });

  it.each([
    ['nothing', Buffer.alloc(0)],
    ['a text', Buffer.from('This is no archive.'.repeat(10))],
    ['half an archive', bundle().subarray(0, 200)],
    ['the end of an archive', bundle().subarray(-60)],
    ['an archive with a path out of it', writeZip({ '../score.csv': Buffer.alloc(1) })],
  ])('that is %s is, too', (_, output) => {
    expect(() => readBundle(output, FORM)).toThrow(TargetFailure);
  });
});
