import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { PROVENANCE } from '../testing/array-map.js';
import { inTemporaryFolder } from '../testing/temporary-folder.js';
import { writeRunCrate } from './write-run-crate.js';

type Entity = Record<string, unknown> & { '@id': string };

describe('writeRunCrate', () => {
  it('tells what was made of what, by what and when, and refers to nothing that it lacks', () =>
    inTemporaryFolder(async (folder) => {
      await writeFile(join(folder, 'a b.csv'), 'x');
      await mkdir(join(folder, 'a.zarr'));
      const files = [{ name: 'a b.csv', mediaType: 'text/csv' }, { name: 'a.zarr' }];
      await writeRunCrate(folder, PROVENANCE, files);
      const text = await readFile(join(folder, 'ro-crate-metadata.json'), 'utf8');
      const { '@context': context, '@graph': graph } = JSON.parse(text) as { '@context': string[]; '@graph': Entity[] };
      expect(context).toEqual([
        'https://w3id.org/ro/crate/1.1/context',
        'https://w3id.org/ro/terms/workflow-run/context',
      ]);
      const entity = (id: string) => graph.find((one) => one['@id'] === id);
      expect(entity('ro-crate-metadata.json')).toMatchObject({
        about: { '@id': './' },
        conformsTo: { '@id': 'https://w3id.org/ro/crate/1.1' },
      });
      expect(entity('./')).toMatchObject({
        conformsTo: { '@id': 'https://w3id.org/ro/wfrun/process/0.5' },
        hasPart: [{ '@id': 'a%20b.csv' }, { '@id': 'a.zarr/' }],
      });
      expect(entity('a%20b.csv')).toMatchObject({
        '@type': 'File',
        encodingFormat: 'text/csv',
        contentSize: '1',
        sha256: createHash('sha256').update('x').digest('hex'),
      });
      const action = entity(`#run-${PROVENANCE.planSha256}`);
      expect(action).toMatchObject({
        '@type': 'CreateAction',
        instrument: { '@id': '#software' },
        startTime: '2026-11-20T10:00:00.000Z',
        endTime: '2026-11-20T10:05:30.000Z',
      });
      expect(action?.object).toContainEqual({ '@id': `urn:sha256:${PROVENANCE.slide.sha256}` });
      expect(entity('#parameter-tile')).toMatchObject({ '@type': 'PropertyValue', value: 256 });
      const ids = new Set(graph.map((one) => one['@id']));
      expect(ids.size).toBe(graph.length);
      const outside = /^https?:/;
      for (const [, id] of text.matchAll(/"@id": "([^"]+)"/g)) {
        if (!outside.test(id as string)) expect([id, ids.has(id as string)]).toEqual([id, true]);
      }
      await writeRunCrate(folder, PROVENANCE, files, { overwrite: true });
      expect(await readFile(join(folder, 'ro-crate-metadata.json'), 'utf8')).toBe(text);
    }));

  it('refuses a result that is not there, or lies elsewhere', () =>
    inTemporaryFolder(async (folder) => {
      for (const name of ['none.csv', '../x']) {
        await expect(writeRunCrate(folder, PROVENANCE, [{ name }])).rejects.toMatchObject({
          code: 'DH_REQUEST_MALFORMED',
        });
      }
    }));
});
