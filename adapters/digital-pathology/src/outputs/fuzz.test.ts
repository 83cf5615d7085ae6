import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DeepHealthError, parseManifest } from '@deephealth/sdk';
import { fuzzParser, fuzzTimeoutMs, mutateJson } from '@deephealth/sdk/testing';
import { expect, it } from 'vitest';
import { parseBinding } from '../bindings/parse-binding.js';
import { createArrayMap, testGeometry } from '../testing/array-map.js';
import { inTemporaryFolder } from '../testing/temporary-folder.js';
import { readCrs4Array } from './crs4/read-crs4-array.js';
import { writeCrs4Zarr } from './crs4/write-crs4-zarr.js';

const USUAL = 100;
const timeout = { timeout: fuzzTimeoutMs(USUAL) };
const SAMPLE = new URL('../../../../samples/models/tissue-pixels/1.0.0/', import.meta.url);

it('a broken archive of CRS4 is read, or refused by what is wrong with it', timeout, async () => {
  await inTemporaryFolder(async (folder) => {
    const sound = join(folder, 'map.zip');
    const grid = { columns: 40, rows: 30, cellWidth: 64, cellHeight: 64 };
    const map = createArrayMap({
      grid,
      value: (column, row) => (column * 7 + row) / 310,
      extraction: { level: 0, cell: 64 },
    });
    await writeCrs4Zarr(map, { name: 'a.svs', geometry: testGeometry(2560, 1920) }, sound);
    const broken = join(folder, 'broken.zip');
    const label = map.channels.length === 1 ? map.label : (map.channels[0]?.label ?? '');
    const outcome = await fuzzParser({
      ...{ parser: "CRS4's archive of an array", seed: 2100, usual: USUAL, corpus: [await readFile(sound)] },
      isRefusal: (thrown) =>
        thrown instanceof DeepHealthError && ['DH_MEDIA_UNREADABLE', 'DH_REQUEST_MALFORMED'].includes(thrown.code),
      async read(bytes) {
        await writeFile(broken, bytes);
        const { values, rows, columns } = await readCrs4Array(broken, label);
        expect(values).toHaveLength(rows * columns);
      },
    });
    expect(outcome.refused).toBeGreaterThan(0);
  });
});

it('a broken binding is read, or refused with the place', timeout, async () => {
  const manifest = parseManifest(await readFile(new URL('model.json', SAMPLE)));
  const outcome = await fuzzParser({
    ...{ parser: 'bindings/digital-pathology.json', seed: 2101, usual: USUAL, mutate: mutateJson },
    corpus: [await readFile(new URL('bindings/digital-pathology.json', SAMPLE))],
    isRefusal: (thrown) => thrown instanceof DeepHealthError && thrown.code === 'DH_SLIDE_BINDING_INVALID',
    read: (bytes) => parseBinding(bytes.toString(), manifest),
  });
  expect(outcome.refused).toBeGreaterThan(0);
});
