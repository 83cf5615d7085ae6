import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type GoldenCase, type Manifest, parseManifest } from '@deephealth/sdk';
import { externalDataModel, identityModel, mlpModel, mlpReference, zipMapModel } from '@deephealth/sdk/testing';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { deephealth, deephealthHere, endProcesses, startDeephealth } from './cli-process.js';
import { removeTemporaryFolders, temporaryFolder } from './temporary-folder.js';

afterEach(endProcesses);
afterAll(removeTemporaryFolders);

const MLP = { features: 4, hidden: 5, classes: 3, seed: 7 };

/** A folder with the model file, and a store beside it that does not exist yet. */
function workplace(file: string, model: Uint8Array, more: Record<string, Uint8Array> = {}) {
  const folder = temporaryFolder();
  for (const [name, content] of Object.entries({ [file]: model, ...more })) writeFileSync(join(folder, name), content);
  return { folder, model: join(folder, file), store: join(folder, 'store') };
}
const manifestIn = (folder: string) => JSON.parse(readFileSync(join(folder, 'model.json'), 'utf8')) as Manifest;
const filesIn = (folder: string) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();

describe('deephealth init', () => {
  it('writes a package in which every guess is marked, and lists the guesses', async () => {
    const { store, model } = workplace('Chest X-ray (v2).onnx', mlpModel(MLP));
    const { exitCode, stdout, stderr } = await deephealth('init', store, '--from', model);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    const folder = join(store, 'chest-x-ray-v2', '1.0.0');
    expect(filesIn(store)).toEqual(
      ['MODEL_CARD.md', 'SHA256SUMS', 'model.json', 'model.onnx'].map((file) => `chest-x-ray-v2/1.0.0/${file}`),
    );
    expect(readFileSync(join(folder, 'model.onnx')).equals(mlpModel(MLP))).toBe(true);
    const manifest = manifestIn(folder);
    expect(manifest).toMatchObject({
      name: 'chest-x-ray-v2',
      version: '1.0.0',
      researchUseOnly: true,
      tensors: {
        inputs: [{ name: 'features', dataType: 'FP32', shape: [-1, 4] }],
        outputs: [{ name: 'probabilities', dataType: 'FP32', shape: [-1, 3] }],
      },
      outputs: [{ kind: 'classification', mode: 'multiclass' }],
    });
    const marked = (manifest.draft ?? []).map(({ field }) => field);
    expect(marked).toEqual(expect.arrayContaining(['/intendedUse', '/license', '/inputs/0', '/outputs/0/classes']));
    for (const field of marked) expect(stdout).toMatch(new RegExp(`^${field} +\\S`, 'm'));
    expect(stdout).toContain('validate --write-sums');
    expect(stdout + stderr).not.toContain(store);
  });

  it('drafts image inputs for the files that it is told of', async () => {
    const image = identityModel({ dataType: 'FP32', shape: ['n', 1, 8, 8] });
    const { store, model } = workplace('image.onnx', image);
    for (const [files, mediaTypes, decoder] of [
      ['tiff', ['image/tiff'], { op: 'decode_image', colour: 'gray' }],
      ['dicom', ['application/dicom'], { op: 'decode_dicom', channels: 1, rescale: 'file', monochrome1: 'refuse' }],
    ] as const) {
      const { exitCode, stderr } = await deephealth('init', store, '--from', model, '--name', files, '--input', files);
      expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
      const manifest = manifestIn(join(store, files, '1.0.0'));
      expect(manifest.inputs[0]).toMatchObject({ kind: 'image', mediaTypes, steps: [decoder, {}, {}] });
      expect(manifest.draft?.some(({ field }) => field.startsWith('/inputs/0/steps/0'))).toBe(true);
      expect(() => parseManifest(Buffer.from(JSON.stringify(manifest)))).not.toThrow();
    }
    const ofPixels = await deephealth('init', store, '--from', model, '--input', 'dicom', '--pixel-format', 'Gray8');
    expect(ofPixels.stderr).toMatch(
      /^DH_CONFIG_INVALID: --augmentations, --pixel-format and --pixel-range are of 8-bit/,
    );
    const table = workplace('mlp.onnx', mlpModel(MLP));
    const none = await deephealth('init', table.store, '--from', table.model, '--input', 'tiff');
    expect(none.stderr).toMatch(/^DH_CONFIG_INVALID: The model has no input/);
    expect(existsSync(table.store)).toBe(false);
  });

  it('prints the same with --json and nothing else', async () => {
    const { store, model } = workplace('mlp.onnx', mlpModel(MLP));
    const args = ['--name', 'triage', '--model-version', '0.2.0', '--json'];
    const { exitCode, stdout, stderr } = await deephealth('init', store, '--from', model, ...args);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    const { draft } = manifestIn(join(store, 'triage', '0.2.0'));
    expect(JSON.parse(stdout)).toEqual({
      package: 'triage/0.2.0',
      findings: [],
      rewrites: [],
      augmentationNotes: [],
      draft,
    });
  });

  it('its package is not served before a person has confirmed the guesses', async () => {
    const { store, model } = workplace('mlp.onnx', mlpModel(MLP));
    await deephealth('init', store, '--from', model);
    const { exitCode, stdout } = await deephealth('validate', join(store, 'mlp', '1.0.0'));
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(/^REFUSED DH_MANIFEST_DRAFT: .*\/outputs\/0\/classes/m);
  });

  it('takes the file of external weights along, with its digest', async () => {
    const { model: onnx, data } = externalDataModel({ location: 'weights.bin' });
    const { store, model } = workplace('big.onnx', onnx, { 'weights.bin': data });
    const { exitCode } = await deephealth('init', store, '--from', model);
    expect(exitCode).toBe(0);
    const folder = join(store, 'big', '1.0.0');
    expect(readFileSync(join(folder, 'weights.bin')).equals(data)).toBe(true);
    expect(manifestIn(folder).onnx.externalData).toMatchObject([{ file: 'weights.bin', sizeBytes: data.length }]);
  });
});

describe('deephealth init refuses, and writes nothing', () => {
  it('a classifier exported with ZipMap, with the setting that mends it', async () => {
    const { store, model } = workplace('forest.onnx', zipMapModel());
    const plain = await deephealth('init', store, '--from', model);
    expect(plain.exitCode).toBe(1);
    expect(plain.stdout).toMatch(/DH_GRAPH_OUTPUT_NOT_TENSOR.*zipmap/);
    expect(plain.stdout).toContain('Nothing was written');
    const json = await deephealth('init', store, '--from', model, '--json');
    expect(json).toMatchObject({ exitCode: 1, stderr: '' });
    expect(JSON.parse(json.stdout)).toMatchObject({
      package: null,
      findings: [{ code: 'DH_GRAPH_OUTPUT_NOT_TENSOR', severity: 'error' }],
    });
    expect(existsSync(store)).toBe(false);
  });

  it('a model whose external weights are not there', async () => {
    const { store, model } = workplace('big.onnx', externalDataModel({ location: 'weights.bin' }).model);
    const { exitCode, stdout } = await deephealth('init', store, '--from', model);
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(/DH_EXTERNAL_DATA_MISSING.*"weights\.bin"/);
    expect(existsSync(store)).toBe(false);
  });

  it('weights that lie outside the folder of the model', async () => {
    const { model: onnx, data } = externalDataModel({ location: '../weights.bin' });
    const { folder, store } = workplace('weights.bin', data);
    mkdirSync(join(folder, 'export'));
    writeFileSync(join(folder, 'export', 'big.onnx'), onnx);
    const { exitCode } = await deephealth('init', store, '--from', join(folder, 'export', 'big.onnx'));
    expect(exitCode).toBe(1);
    expect(existsSync(store)).toBe(false);
  });

  it('a file that is not ONNX, and one that is not there', async () => {
    const { store, model, folder } = workplace('text.onnx', Buffer.from('not a model'));
    const text = await deephealth('init', store, '--from', model);
    expect(text.exitCode).toBe(1);
    expect(text.stderr).toMatch(/^DH_GRAPH_MALFORMED: /);
    const absent = await deephealth('init', store, '--from', join(folder, 'absent.onnx'));
    expect(absent.exitCode).toBe(1);
    expect(absent.stderr).toMatch(/^DH_PACKAGE_FILE_MISSING: .*"absent\.onnx"/);
    expect(existsSync(store)).toBe(false);
  });

  it.each([
    ['--name', '../../outside'],
    ['--name', 'Chest X-ray'],
    ['--name', '.'],
    ['--model-version', '../2'],
    ['--model-version', 'latest'],
  ])('%s %s, which no package can have', async (option, value) => {
    const { store, model, folder } = workplace('mlp.onnx', mlpModel(MLP));
    const { exitCode, stderr } = await deephealthHere('init', store, '--from', model, option, value);
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/^DH_CONFIG_INVALID: /);
    expect(filesIn(folder)).toEqual(['mlp.onnx']);
  });

  it('to overwrite a package that is there', async () => {
    const { store, model } = workplace('mlp.onnx', mlpModel(MLP));
    await deephealth('init', store, '--from', model);
    const file = join(store, 'mlp', '1.0.0', 'model.json');
    writeFileSync(file, 'worked on for a week');
    const { exitCode, stderr } = await deephealth('init', store, '--from', model);
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/^DH_CONFIG_INVALID: .*mlp\/1\.0\.0/);
    expect(readFileSync(file, 'utf8')).toBe('worked on for a week');
  });
});

describe('from a trained model to a prediction', () => {
  it('init, confirm, add a golden case, validate, serve, predict', async () => {
    const { store, model, folder: work } = workplace('triage.onnx', mlpModel(MLP));
    await deephealth('init', store, '--from', model);
    const folder = join(store, 'triage', '1.0.0');

    const { draft: _, ...confirmed } = manifestIn(folder);
    const classes = ['mild', 'moderate', 'severe'].map((label) => ({ label }));
    const outputs = confirmed.outputs.map((output) => ({ ...output, name: 'urgency', classes }));
    writeFileSync(join(folder, 'model.json'), JSON.stringify({ ...confirmed, outputs }));
    const row = [0.5, -1, 2, 0.25];
    const expected = mlpReference(MLP, row);
    const tensor = { dataType: 'FP32', shape: [1, 4], values: row } as const;
    const golden: GoldenCase = {
      schemaVersion: 1,
      id: 'one',
      description: 'One row.',
      source: 'Computed in float64 from the weights.',
      inputs: { features: { tensor } },
      expected: { tensors: { probabilities: { dataType: 'FP32', shape: [1, 3], values: expected, scale: 1 } } },
    };
    writeFileSync(join(folder, 'golden', 'one.json'), JSON.stringify(golden));
    const check = await deephealth('validate', folder, '--write-sums');
    expect(check.exitCode, check.stdout).toBe(0);

    const server = startDeephealth(['serve', '--models', store, '--port', '0']);
    const [, address = ''] = await server.printed(/Ready on (\S+)/);
    const input = join(work, 'input.json');
    writeFileSync(input, JSON.stringify({ inputs: { features: { tensor } } }));
    const { exitCode, stdout } = await deephealth('predict', '--address', address, 'triage', input, '--json');
    expect(exitCode).toBe(0);
    const { findings } = JSON.parse(stdout) as {
      findings: { classification: { decision: string[]; classes: { label: string; probability: number }[] } }[];
    };
    const classification = findings[0]?.classification;
    expect(classification?.classes.map(({ label }) => label)).toEqual(['mild', 'moderate', 'severe']);
    classification?.classes.forEach(({ probability }, i) => {
      expect(probability).toBeCloseTo(expected[i] as number, 5);
    });
    const best = expected.indexOf(Math.max(...expected));
    expect(classification?.decision).toEqual([classes[best]?.label]);
    server.send('SIGTERM');
    expect((await server.ended).exitCode).toBe(0);
  });
});

describe('models that the EDDL library has exported', () => {
  const eddl = fileURLToPath(new URL('../../../shared/data/eddl/', import.meta.url));
  it.skipIf(!existsSync(eddl)).each([
    { file: 'i294_pyeddl_rnn_bn.onnx', features: 26, operator: 'Softmax', mode: 'multiclass', classes: 2 },
    {
      file: 'uc13_eeg_lstm_chb01_epoch0000_val0.7583.onnx',
      features: 256,
      operator: 'Sigmoid',
      mode: 'binary',
      classes: 2,
    },
  ])('$file: the draft has their sequence, their classes and what to check', async (model) => {
    const store = temporaryFolder();
    const args = ['--from', join(eddl, model.file), '--name', 'eddl', '--json'];
    const { exitCode, stdout } = await deephealth('init', store, ...args);
    expect(exitCode).toBe(0);
    const manifest = manifestIn(join(store, 'eddl', '1.0.0'));
    expect(manifest.producer).toMatch(/^EDDL/);
    expect(manifest.tensors.inputs.map(({ shape }) => shape)).toEqual([[-1, -1, model.features]]);
    const classes = Array.from({ length: model.classes }, () => ({ label: expect.stringMatching(/^class-\d$/) }));
    expect(manifest.outputs).toMatchObject([{ kind: 'classification', mode: model.mode, classes }]);
    const { draft } = JSON.parse(stdout) as { draft: { field: string; guess: string }[] };
    const guess = (field: string) => draft.find((note) => note.field === field)?.guess;
    expect(guess('/outputs/0/kind')).toContain(model.operator);
    expect(guess('/tensors/inputs/0/shape')).toContain('"sequence"');
    const check = await deephealth('validate', join(store, 'eddl', '1.0.0'), '--json');
    expect(JSON.parse(check.stdout)).toMatchObject({ valid: false, error: { code: 'DH_MANIFEST_DRAFT' } });
  });
});
