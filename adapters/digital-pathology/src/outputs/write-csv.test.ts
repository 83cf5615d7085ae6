import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createArrayMap, TISSUE, TUMOR } from '../testing/array-map.js';
import { inTemporaryFolder } from '../testing/temporary-folder.js';
import { float32Text } from './float32-text.js';
import { type CsvOptions, writeCsv } from './write-csv.js';

const text = (map: Parameters<typeof writeCsv>[0], options: CsvOptions = {}) =>
  inTemporaryFolder(async (folder) => {
    await writeCsv(map, join(folder, 'a.csv'), options);
    return readFile(join(folder, 'a.csv'), 'utf8');
  });

describe('writeCsv', () => {
  it('has the rectangle of each cell in pixels of level 0, and leaves out what was not examined', async () => {
    const map = createArrayMap({
      grid: { columns: 2, rows: 2, x: 100, y: 7.5, cellWidth: 64, cellHeight: 32.25 },
      channels: [TUMOR, TISSUE],
      value: (c, r, k) => (c === 1 && r === 0 ? Number.NaN : k === 1 && r === 1 ? Number.NaN : 0.1 * (c + 1) + 0.5 * r),
    });
    expect(await text(map)).toBe(
      [
        'x,y,width,height,tumor,tissue',
        '100,7.5,64,32.25,0.1,0.1',
        '100,39.75,64,32.25,0.6,',
        '164,39.75,64,32.25,0.7,',
        '',
      ].join('\r\n'),
    );
  });

  it('has the columns of WSInfer', async () => {
    const map = createArrayMap({ grid: { columns: 1, rows: 1, cellWidth: 512, cellHeight: 512 }, value: () => 1 });
    expect(await text(map, { form: 'wsinfer' })).toBe('minx,miny,width,height,prob_tumor\r\n0,0,512,512,1\r\n');
  });

  it('quotes names, and does not let a spreadsheet run one', async () => {
    const channels = [{ ...TUMOR, label: '=a,"b"' }];
    const map = createArrayMap({ grid: { columns: 1, rows: 1 }, channels, value: () => 0 });
    expect(await text(map)).toContain(`height,"'=a,""b"""\r\n`);
  });
});

describe('float32Text', () => {
  it('is short and read back as the same number', () => {
    expect(float32Text(Math.fround(0.9))).toBe('0.9');
    for (let i = 0; i < 2000; i++) {
      const value = Math.fround(Math.sin(i) ** 8);
      expect(Math.fround(Number(float32Text(value)))).toBe(value);
    }
  });
});
