import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DeepHealthError } from '@deephealth/sdk';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DeidentifyOptions, deidentifyFile } from './deidentify.js';
import { MEDIA_TYPES } from './testing/media-types.js';
import { plantedDicom } from './testing/planted-dicom.js';
import { ENCODINGS, holds, IDENTIFIERS } from './testing/planted-identifiers.js';
import { plantedPictures } from './testing/planted-pictures.js';
import { plantedRecordings } from './testing/planted-recordings.js';

const OPTIONS: DeidentifyOptions = {
  mode: 'clean',
  uidKey: Buffer.alloc(32, 7),
  accepted: MEDIA_TYPES,
  columns: ['age', 'sex'],
};

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'planted-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function clean(file: Buffer, options = OPTIONS): Promise<Buffer> {
  const [source, target] = [join(folder, 'source'), join(folder, 'target')];
  await writeFile(source, file);
  const { cleaned } = await deidentifyFile(source, target, options);
  expect(cleaned).toBeGreaterThan(0);
  return readFile(target);
}

const KINDS = { DICOM: plantedDicom, 'pictures and volumes': plantedPictures, recordings: plantedRecordings };

describe.each(Object.entries(KINDS))('identifiers in %s', (_, plant) => {
  it.each(IDENTIFIERS)('%s gets through nowhere, in no encoding', async (identifier) => {
    for (const encoding of ENCODINGS) {
      const planted = Buffer.from(identifier, encoding);
      for (const [name, file] of Object.entries(plant(planted))) {
        const where = `${name}, ${encoding}`;
        if (name !== 'deflated') expect(holds(file, identifier), `${where}: planted`).toBe(true);
        const cleaned = await clean(file).catch((error: DeepHealthError) => {
          throw new Error(`${where}: ${error.code} ${error.message}`, { cause: error });
        });
        expect(holds(cleaned, identifier), where).toBe(false);
      }
    }
  });
});

describe('identifiers in tables', () => {
  it.each(IDENTIFIERS)('%s goes with its column', async (identifier) => {
    const table = { name: identifier, age: { value: 63, unit: 'a', note: identifier }, sex: 'male', [identifier]: 1 };
    const cleaned = await clean(Buffer.from(JSON.stringify(table)));
    expect(JSON.parse(cleaned.toString())).toEqual({ age: { value: 63, unit: 'a' }, sex: 'male' });
  });
});

describe('identifiers where a value decides what a model gets', () => {
  const refused = (identifier: string): Record<string, Buffer> => {
    const recording = plantedRecordings(Buffer.from('x'))['EDF+'] as Buffer;
    const withLabel = Buffer.from(recording);
    withLabel.write(identifier.slice(0, 16).padEnd(16), 256, 'latin1');
    const withUnit = Buffer.from(recording);
    withUnit.write(identifier.slice(0, 8).padEnd(8), 256 + 32 + 160, 'latin1');
    return {
      'label of a signal': withLabel,
      'unit of a signal': withUnit,
      'category of a table': Buffer.from(JSON.stringify({ sex: `${identifier}@` })),
      'unit of a table': Buffer.from(JSON.stringify({ age: { value: 1, unit: `${identifier}@ ` } })),
      'nothing that is known': Buffer.from(identifier.repeat(20)),
      'JSON that is none': Buffer.from(`{"age": x${identifier}}`),
    };
  };

  it.each(IDENTIFIERS)('%s is refused without a word of it', async (identifier) => {
    for (const [name, file] of Object.entries(refused(identifier))) {
      const source = join(folder, `${identifier.replaceAll('/', '')}.bin`);
      await writeFile(source, file);
      const error = await deidentifyFile(source, join(folder, 'refused'), OPTIONS).then(
        () => undefined,
        (thrown: unknown) => thrown as DeepHealthError,
      );
      expect(error, name).toBeInstanceOf(DeepHealthError);
      const told = JSON.stringify([error?.message, error?.details, String(error?.cause ?? '')]);
      expect(holds(Buffer.from(told), identifier), `${name}: ${told}`).toBe(false);
      await expect(readFile(join(folder, 'refused'))).rejects.toThrow('ENOENT');
    }
  });

  it('does not say where a file is that cannot be read', async () => {
    const error = (await deidentifyFile(
      join(folder, 'Zimmermann-Kowalski.dcm'),
      join(folder, 'refused'),
      OPTIONS,
    ).catch((thrown: unknown) => thrown)) as DeepHealthError;
    expect(error.code).toBe('DH_CHAIN_INPUT_INVALID');
    expect(`${error.message} ${String(error.cause)}`).not.toContain('Zimmermann');
  });
});
