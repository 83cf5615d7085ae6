import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createRuntimeClient, readInputFile, readNifti } from '@deephealth/sdk';
import { type RuntimeProcess, startRuntimeProcess } from '@deephealth/sdk/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { deephealth, deephealthHere } from './cli-process.js';
import { temporaryFolder } from './temporary-folder.js';

const SAMPLES = fileURLToPath(new URL('../../samples', import.meta.url));
const COMMAND = fileURLToPath(new URL('../bin/deephealth.mjs', import.meta.url));
const packageOf = (model: string) => join(SAMPLES, 'models', model, '1.0.0');
const inputsOf = (model: string, extension: string) => {
  const folder = join(SAMPLES, 'inputs', model);
  return readdirSync(folder)
    .filter((name) => name.endsWith(extension))
    .sort()
    .map((name) => join(folder, name));
};
const linesOf = (result: string) =>
  readFileSync(join(result, 'results.ndjson'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));

/** protobuf's marks of what is there, which are no part of an answer. */
const withoutMarks = (value: object) =>
  JSON.parse(JSON.stringify(value, (key, held) => (key.startsWith('_') ? undefined : held)));

let runtime: RuntimeProcess;
let root: string;
beforeAll(async () => {
  root = temporaryFolder();
  runtime = await startRuntimeProcess(COMMAND, join(SAMPLES, 'models'));
}, 120_000);
afterAll(() => runtime?.stop());

const lineOf = (model: string, inputs: readonly string[], out: string, ...flags: string[]) => [
  ...['batch', packageOf(model), ...inputs, '--out', out, '--uid-key-file', keyFile()],
  ...flags,
];
const batch = (...line: Parameters<typeof lineOf>) => deephealth(...lineOf(...line));
/** Where it does not matter who computes, the runtime that is there does; to start one takes longer than a batch. */
const shared = () => ['--address', runtime.address];

function keyFile(): string {
  const path = join(root, 'uid-key');
  writeFileSync(path, 'a secret of the tests of batch');
  return path;
}

describe('deephealth batch', () => {
  it('gives of each study what deephealth predict gives of it, bit for bit: scores', async () => {
    const inputs = inputsOf('chest-xray-pneumonia', '.png');
    const out = join(root, 'scores');
    const { exitCode, stderr } = await batch('chest-xray-pneumonia', inputs, out);
    expect(exitCode, stderr).toBe(0);
    const lines = linesOf(out);
    expect(lines).toHaveLength(inputs.length);
    for (const [index, input] of inputs.entries()) {
      const predict = index === 0 ? deephealth : deephealthHere;
      const alone = await predict('predict', 'chest-xray-pneumonia', input, '--json', ...shared());
      const answer = JSON.parse(alone.stdout || '{}');
      if (alone.exitCode === 0) {
        expect(lines[index].findings[0].classification).toEqual(withoutMarks(answer.findings[0].classification));
        expect(lines[index].model.packageSha256).toBe(answer.provenance.packageSha256);
      } else {
        // What is refused alone is refused in a cohort, in the same words.
        expect(lines[index]).toMatchObject({ status: 'refused', error: { code: answer.error.code } });
      }
    }
  }, 120_000);

  it('gives of each study what deephealth predict gives of it, bit for bit: regions', async () => {
    const inputs = inputsOf('hippocampus-volume', '.nii');
    const out = join(root, 'regions');
    const { exitCode, stderr } = await batch('hippocampus-volume', inputs, out, '--chain', 'segment', ...shared());
    expect(exitCode, stderr).toBe(0);
    const limits = { maxVoxels: 2 ** 24 };
    for (const [index, input] of inputs.entries()) {
      const mask = join(root, `alone-${index}.nii`);
      await deephealthHere('predict', 'hippocampus-volume', input, '--out', mask, ...shared());
      const [file] = linesOf(out)[index].files;
      const alone = await readNifti(readFileSync(mask), limits as never);
      const inCohort = await readNifti(readFileSync(join(out, file.path)), limits as never);
      expect(inCohort.voxels).toEqual(alone.voxels);
      expect(inCohort.affine).toEqual(alone.affine);
    }
  }, 120_000);

  it('gives the same bytes over a runtime that serves others, too, and by tasks of their own', async () => {
    const inputs = inputsOf('heart-disease-risk', '.json').slice(0, 3);
    const sums = async (name: string, ...flags: string[]) => {
      const out = join(root, name);
      expect((await batch('heart-disease-risk', inputs, out, ...flags)).stderr).not.toContain('DH_');
      return readFileSync(join(out, 'SHA256SUMS'), 'utf8');
    };
    expect(await sums('shared', ...shared())).toBe(await sums('own'));
  }, 120_000);

  it('keeps no name of a file, and asks the runtime about cleaned copies', async () => {
    const [input = ''] = inputsOf('hippocampus-volume', '.nii');
    const named = join(root, 'Doe^Jane MRN-4711.nii');
    const bytes = readFileSync(input);
    // descrip of NIfTI-1 stands from byte 148 on.
    bytes.write('Doe^Jane 1961-02-03', 148, 'latin1');
    writeFileSync(named, bytes);
    const out = join(root, 'named');
    const { stdout, stderr } = await batch(
      'hippocampus-volume',
      [named],
      out,
      '--chain',
      'segment',
      '--keep-run',
      ...shared(),
    );
    for (const text of [stdout, stderr]) expect(text).not.toMatch(/Jane|4711/);
    for (const folder of [out, `${out}.run`]) {
      for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
        expect(entry.name).not.toContain('Jane');
        if (entry.isFile()) expect(readFileSync(join(entry.parentPath, entry.name), 'latin1')).not.toContain('Jane');
      }
    }
    const [line] = linesOf(out);
    const client = createRuntimeClient({ address: runtime.address });
    const model = await client.getModel('hippocampus-volume', '1.0.0');
    const cleaned = join(`${out}.run`, 'staged', 'items', 'item-000001', 'input.nii');
    const answer = await client.predict({
      ...{ modelName: 'hippocampus-volume', modelVersion: '1.0.0' },
      inputs: await readInputFile(cleaned, model),
    });
    client.close();
    expect(line.findings[0].name).toBe(answer.findings[0]?.name);
  }, 120_000);

  it('takes a folder for all files in it, by their names, and compares with labels', async () => {
    const folder = join(root, 'folder');
    mkdirSync(folder);
    const inputs = inputsOf('chest-xray-pneumonia', '.png').filter((path) => !path.includes('uniform'));
    for (const input of inputs) writeFileSync(join(folder, basename(input)), readFileSync(input));
    writeFileSync(join(folder, '.hidden'), 'no study');
    const labels = join(root, 'labels.csv');
    const lines = inputs.map((path) => (path.includes('clear') ? 'normal' : 'pneumonia'));
    writeFileSync(labels, `label\n${lines.join('\n')}\n`);
    const out = join(root, 'labelled');
    const flags = ['--labels', labels, '--json', ...shared()];
    const { stdout, stderr } = await batch('chest-xray-pneumonia', [folder], out, ...flags);
    const summary = JSON.parse(stdout || '{}');
    expect(summary.items, stderr).toMatchObject({ total: inputs.length });
    expect(summary.evaluation).toBeDefined();
    expect(readFileSync(join(out, 'report.html'), 'utf8')).toContain('<svg');
  }, 120_000);

  it('does not write over a result, and does not go on with the run of other inputs', async () => {
    const [one = '', two = ''] = inputsOf('heart-disease-risk', '.json');
    const out = join(root, 'once');
    expect((await batch('heart-disease-risk', [one], out, '--keep-run', ...shared())).exitCode).toBe(0);
    const here = (input: string) => deephealthHere(...lineOf('heart-disease-risk', [input], out, ...shared()));
    expect((await here(one)).stderr).toContain('DH_OUTPUT_EXISTS');
    rmSync(out, { recursive: true });
    expect((await here(two)).stderr).toContain('DH_RUN_CONFLICT');
    // The same goes on, and has its result at once.
    expect((await here(one)).exitCode).toBe(0);
  }, 120_000);

  it('says what is wrong with a parameter, an input and a label, before it computes', async () => {
    const [one = ''] = inputsOf('heart-disease-risk', '.json');
    const refused = async (out: string, ...args: string[]) =>
      (await deephealthHere(...lineOf('heart-disease-risk', args, join(root, out), ...shared()))).stderr;
    expect(await refused('r1', one, '--param', 'frame=1')).toContain('The chain has no such parameter');
    expect(await refused('r2', join(root, 'nobody.json'))).toContain('Input 1 is not there');
    expect(await refused('r3', join(SAMPLES, 'README.md'))).toMatch(/DH_CHAIN_INPUT_INVALID: item-000001/);
    expect(await refused('r4', one, '--labels', join(root, 'nobody.csv'))).toContain('there is no such file');
  }, 120_000);
});

describe('deephealth chain rerun', () => {
  it('reproduces a crate, and refuses other inputs and a crate that was changed', async () => {
    const inputs = inputsOf('heart-disease-risk', '.json').slice(0, 3);
    const crate = join(root, 'crate');
    // Of the first test of the same bytes.
    cpSync(join(root, 'own'), crate, { recursive: true });
    const lineOfRerun = (out: string, ...studies: string[]) => [
      ...['chain', 'rerun', crate, ...studies, '--package', packageOf('heart-disease-risk')],
      ...['--out', join(root, out), '--uid-key-file', keyFile(), ...shared()],
    ];
    const rerun = (out: string, ...studies: string[]) => deephealthHere(...lineOfRerun(out, ...studies));
    const again = await deephealth(...lineOfRerun('again', ...inputs));
    expect(again.stdout, again.stderr).toContain('the same bytes in all');
    expect((await rerun('fewer', ...inputs.slice(1))).stderr).toContain('DH_CHAIN_REQUEST_INVALID');
    expect((await rerun('order', ...inputs.toReversed())).stderr).toContain('DH_CHAIN_INPUT_CHANGED');
    const metadata = join(crate, 'ro-crate-metadata.json');
    const sums = readFileSync(join(crate, 'SHA256SUMS'), 'utf8');
    const [, digest = ''] = /([0-9a-f]{64}) {2}scores\.csv/.exec(sums) ?? [];
    writeFileSync(metadata, readFileSync(metadata, 'utf8').replaceAll(digest, '0'.repeat(64)));
    const { stderr } = await rerun('changed', ...inputs);
    expect(stderr).toMatch(/DH_RESULT_DIFFERS.*scores\.csv/);
  }, 180_000);
});
