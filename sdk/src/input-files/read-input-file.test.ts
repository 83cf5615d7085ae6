import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { runtimeV1 } from '@deephealth/proto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DeepHealthError } from '../errors/deephealth-error.js';
import { readInputFile } from './read-input-file.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dh-input-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const model = (...kinds: runtimeV1.InputKind[]) =>
  ({ inputs: kinds.map((kind, index) => ({ name: `in${index}`, kind })) }) as unknown as Pick<
    runtimeV1.ModelDescriptor__Output,
    'inputs'
  >;
const table = model('INPUT_KIND_TABLE');
const signal = model('INPUT_KIND_SIGNAL');
const image = model('INPUT_KIND_IMAGE');

function write(file: string, content: string | Uint8Array): string {
  writeFileSync(join(folder, file), content);
  return join(folder, file);
}

const readJson = (document: unknown, descriptor = table) =>
  readInputFile(write('case.json', JSON.stringify(document)), descriptor);

/** The refusal, which never tells where the file lies. */
async function refusal(reading: Promise<unknown>): Promise<DeepHealthError> {
  const error = await reading.then(
    () => new Error('the file was accepted'),
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof DeepHealthError)) throw error;
  expect(JSON.stringify([error.message, error.details])).not.toContain(tmpdir());
  return error;
}

describe('a JSON file for a model with one table', () => {
  it('gives columns with units, text, booleans, null and bare numbers', async () => {
    const inputs = await readJson({
      age: { value: 63, unit: 'a' },
      sex: 'male',
      smoker: true,
      diabetic: { value: false },
      chol: null,
      bp: { value: null, unit: 'mm[Hg]' },
      ratio: 0.5,
    });
    expect(inputs).toEqual([
      {
        name: 'in0',
        table: {
          values: [
            { name: 'age', number: 63, unit: 'a' },
            { name: 'sex', category: 'male' },
            { name: 'smoker', boolean: true },
            { name: 'diabetic', boolean: false },
            { name: 'chol', missing: 'MISSING_REASON_UNKNOWN' },
            { name: 'bp', missing: 'MISSING_REASON_UNKNOWN' },
            { name: 'ratio', number: 0.5, unit: '' },
          ],
        },
      },
    ]);
  });

  it.each([
    ['a list', { age: [63] }],
    ['an object without "value"', { age: { number: 63 } }],
    ['an object as value', { age: { value: {} } }],
    // Dropped silently, they would leave a number without the unit that somebody wrote down.
    ['a unit that is no text', { age: { value: 63, unit: 1 } }],
    ['a misspelt unit', { age: { value: 63, units: 'a' } }],
  ])('refuses %s in a column and names the column', async (_, document) => {
    const error = await refusal(readJson(document));
    expect(error).toMatchObject({ code: 'DH_REQUEST_MALFORMED', details: { file: 'case.json', column: 'age' } });
    expect(error.message).toContain('"age"');
    expect(error.message).not.toContain('63');
  });

  it('keeps a column under a name that objects treat in their own way', async () => {
    const path = write('case.json', '{"__proto__": 1, "constructor": 2}');
    const [input] = await readInputFile(path, table);
    expect(input?.table?.values?.map(({ name }) => name)).toEqual(['__proto__', 'constructor']);
  });

  it.each([
    ['text', 'age = 63'],
    ['nothing', ''],
    ['JSON that is cut off', '{"age": 6'],
  ])('refuses %s, which is not JSON', async (_, text) => {
    const error = await refusal(readInputFile(write('case.json', text), table));
    expect(error).toMatchObject({ code: 'DH_REQUEST_MALFORMED', message: '"case.json" is not JSON.' });
  });

  it('refuses bytes that are not UTF-8 instead of replacing them', async () => {
    const latin1 = Buffer.from('{"sex": "m\u00e4nnlich"}', 'latin1');
    expect((await refusal(readInputFile(write('case.json', latin1), table))).code).toBe('DH_REQUEST_MALFORMED');
    const csv = Buffer.from('# rate_hz: 1\n# channels: a\n# unit: \u00b5V\n1', 'latin1');
    expect((await refusal(readInputFile(write('ecg.csv', csv), signal))).code).toBe('DH_REQUEST_MALFORMED');
  });

  it.each(['[]', 'null', '7', '"age"'])('refuses the document %s', async (text) => {
    const error = await refusal(readInputFile(write('case.json', text), table));
    expect(error.message).toBe('"case.json" must hold a JSON object.');
  });

  it('reads a file that starts with a byte order mark', async () => {
    const [input] = await readInputFile(write('case.json', '\ufeff{"age": 1}'), table);
    expect(input?.table?.values).toEqual([{ name: 'age', number: 1, unit: '' }]);
  });
});

describe('a JSON file with "inputs"', () => {
  it('is read whole, whatever the model takes', async () => {
    const golden = {
      schemaVersion: 1,
      id: 'case',
      expected: {},
      inputs: {
        a: { tensor: { dataType: 'FP32', shape: [2], values: [1, 2] } },
        b: { table: { age: { number: 63, unit: 'a' } } },
      },
    };
    const inputs = await readJson(golden, model('INPUT_KIND_TENSOR', 'INPUT_KIND_TABLE'));
    expect(inputs.map(({ name }) => name)).toEqual(['a', 'b']);
    expect(inputs[0]?.tensor).toMatchObject({ dataType: 'DATA_TYPE_FP32', shape: [2] });
    expect(inputs[1]?.table?.values).toEqual([{ name: 'age', number: 63, unit: 'a' }]);
  });

  it.each([
    ['null', null],
    ['an input without a kind', { a: {} }],
    ['an input that is a number', { a: 5 }],
    ['too few values', { a: { tensor: { dataType: 'FP32', shape: [2], values: [1] } } }],
    ['a value that the type cannot hold', { a: { tensor: { dataType: 'INT8', shape: [1], values: [128] } } }],
    ['an unknown type', { a: { tensor: { dataType: 'FLOAT', shape: [1], values: [1] } } }],
    ['a column that is null', { a: { table: { age: null } } }],
  ])('is refused with %s', async (_, inputs) => {
    const error = await refusal(readJson({ inputs }));
    expect(error).toMatchObject({ code: 'DH_REQUEST_MALFORMED', details: { file: 'case.json' } });
    expect(error.message).toMatch(/types, shapes and values must fit\.$/);
  });
});

describe('other files', () => {
  it('give a signal from .csv', async () => {
    const path = write('ecg.csv', '# rate_hz: 360\n# channels: II\n# unit: mV\n1\n2\n');
    const [input] = await readInputFile(path, signal);
    expect(input).toMatchObject({ name: 'in0', signal: { samplingRateHz: 360, samples: { shape: [1, 2] } } });
  });

  const png = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
  const dicom = [...Array<number>(128).fill(0), 0x44, 0x49, 0x43, 0x4d];
  it.each([
    ['scan.png', png, 'image/png'],
    ['scan.jpg', [0xff, 0xd8, 0xff, 0xe0], 'image/jpeg'],
    ['SCAN.TIF', [0x49, 0x49, 0x2a, 0], 'image/tiff'],
    ['scan.tiff', [0x4d, 0x4d, 0, 0x2a], 'image/tiff'],
    ['big.tif', [0x49, 0x49, 0x2b, 0], 'image/tiff'],
    ['scan.dcm', dicom, 'application/dicom'],
    ['IM000001', dicom, 'application/dicom'],
    // A slide may be TIFF and DICOM at once; its pixels are described better by the latter.
    ['both.tif', [0x49, 0x49, 0x2a, 0, ...dicom.slice(4)], 'application/dicom'],
    ['mislabelled.dcm', png, 'image/png'],
  ])('give the bytes of %s by their content', async (file, content, mediaType) => {
    const bytes = Buffer.from(content);
    expect(await readInputFile(write(file, bytes), image)).toEqual([
      { name: 'in0', image: { data: bytes, mediaType, frame: 0 } },
    ]);
  });

  it('give the frame that was asked for, if they have frames', async () => {
    const path = write('scan.dcm', Buffer.from(dicom));
    expect((await readInputFile(path, image, { frame: 3 }))[0]?.image?.frame).toBe(3);
  });

  it.each(['case.json', 'beat.csv', 'night.EDF', 'night.bdf', '100.hea', 'brain.nii', 'brain.nii.gz'])(
    'are refused if a frame of %s is asked for, which has none',
    async (file) => {
      const error = await refusal(readInputFile(write(file, '{"age": 1}'), table, { frame: 1 }));
      expect(error.message).toBe(`"${file}" has no frames: only images have.`);
    },
  );

  it.each(['scan.dcm', 'scan.png', 'notes.txt', 'case', 'case.json.gz'])(
    'are refused by what %s holds, if that is no image',
    async (file) => {
      const error = await refusal(readInputFile(write(file, 'x'), table));
      expect(error).toMatchObject({ code: 'DH_MEDIA_TYPE_UNSUPPORTED', details: { file } });
      expect(error.message).toContain('holds no PNG, JPEG, TIFF, BMP or DICOM image.');
    },
  );

  it('of text are the text of a sequence input', async () => {
    const model = { inputs: [{ ...table.inputs[0], name: 'history', kind: 'INPUT_KIND_SEQUENCE' }] } as typeof table;
    const path = write('note.txt', 'cough since three days\n');
    expect(await readInputFile(path, model)).toEqual([
      { name: 'history', sequence: { text: 'cough since three days\n' } },
    ]);
  });

  it('that are not there, or are folders, are refused by their name', async () => {
    for (const path of [join(folder, 'nowhere.json'), folder]) {
      const error = await refusal(readInputFile(path, table));
      expect(error.code).toBe('DH_REQUEST_MALFORMED');
      expect(error.message).toContain('cannot be read. Check the path.');
    }
  });

  it.each([
    ['table.json', '{"age": 1}', signal, '"in0" (signal)'],
    ['ecg.csv', '# rate_hz: 1\n# channels: a\n# unit: mV\n1', image, '"in0" (image)'],
    ['scan.png', Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]), table, '"in0" (table)'],
    ['two.json', '{"age": 1}', model('INPUT_KIND_TABLE', 'INPUT_KIND_IMAGE'), '"in0" (table), "in1" (image)'],
  ])('that the model does not take are refused with what it takes: %s', async (file, content, descriptor, takes) => {
    const error = await refusal(readInputFile(write(file, content), descriptor));
    expect(error.code).toBe('DH_REQUEST_MALFORMED');
    expect(error.message).toContain(`does not fit the model, which takes ${takes}`);
  });
});
