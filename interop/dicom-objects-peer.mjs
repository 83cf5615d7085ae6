// highdicom, pydicom and dciodvfy against the DICOM objects that we write, and the enhanced ones that we read.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { installDciodvfy } from './dciodvfy.mjs';
import { runPython, runPythonChecks } from './python-peer.mjs';
import { runProcess } from './run-process.mjs';
import { serveModels } from './served-runtime.mjs';
import { Skipped } from './skipped.mjs';

/** Starts a server of its own: the models are for these files alone. */
export async function runDicomObjectsChecks(venvPython, { root, name, scratch }, report) {
  const folder = join(scratch, name);
  const [store, made, results] = ['store', 'made', 'results'].map((part) => join(folder, part));
  for (const part of [store, made, results]) mkdirSync(part, { recursive: true });
  const { code } = await runPython(root, name, { venvPython, program: 'make_files.py', args: [made] });
  if (code !== 0) throw new Error(`the files could not be made (exit code ${code}).`);
  const { writeDicomObjectModels } = await import('./dicom-objects-models.mjs');
  writeDicomObjectModels(store);
  const server = await serveModels(root, ['--models', store]);
  const entries = [];
  try {
    const predict = (model, input, args) => {
      const command = [join(root, 'cli', 'bin', 'deephealth.mjs'), 'predict', '--address', server.address];
      return runProcess(process.execPath, [...command, model, input, ...args], { limitMs: 60_000 });
    };
    for (const [kind, model, input, extra] of jobs(made, root)) {
      const out = join(results, `${entries.length}.${kind === 'values' ? 'nii' : 'dcm'}`);
      const capture = join(results, `${entries.length}.sc.dcm`);
      const outs = kind === 'values' ? ['--out', out] : ['--out', out, '--out', capture];
      const { code: exit, stderr } = await predict(model, input, [...outs, ...extra]);
      const shown = input.slice(dirname(input).length + 1);
      if (kind === 'refused') {
        entries.push({ kind, input, about: `${shown} as ${model}`, code: exit, text: stderr });
        continue;
      }
      await report.check(name, `deephealth predict writes the ${kind} of ${shown}`, () => {
        if (exit !== 0) throw new Error(stderr);
      });
      if (exit !== 0) continue;
      entries.push({ kind, input, path: out, frame: Number(extra[1] ?? 0) });
      if (kind === 'labels') entries.push({ kind: 'capture', input, path: capture });
    }
  } finally {
    await server.stop(server.models.length);
  }
  entries.push(...(await readWaveforms(made, root, results)));
  const index = join(folder, 'entries.json');
  writeFileSync(index, JSON.stringify(entries));
  report.add(await runPythonChecks(root, name, { venvPython, args: ['--index', index] }));
  await validate(entries, root, name, report);
}

/** [kind, model, input, further arguments] */
function jobs(made, root) {
  const at = (file) => join(made, file);
  const all = [
    ['labels', 'volume-labels', at('series'), []],
    ['labels', 'volume-labels', at('enhanced.dcm'), []],
    ['labels', 'image-labels', at('projection.dcm'), []],
    ['labels', 'image-labels', at('frames.dcm'), ['--frame', '1']],
    ['labels', 'image-labels', at('empty.dcm'), []],
    ['values', 'volume-values', at('enhanced.dcm'), []],
    ['values', 'volume-values', at('rescaled.dcm'), []],
    ['values', 'volume-values', at('turned.dcm'), []],
    ['refused', 'volume-values', at('gap.dcm'), []],
    ['refused', 'volume-values', at('mixed.dcm'), []],
    ['refused', 'image-uncoded', at('projection.dcm'), []],
  ];
  const real = join(dirname(root), 'shared', 'data', 'dicom');
  if (existsSync(real)) {
    all.push(['values', 'volume-values', join(real, 'vs-seg-001'), []]);
    all.push(['refused', 'volume-values', join(real, 'emri_small.dcm'), []]);
  }
  return all;
}

/** What we read of waveforms: names, units and rates, and the samples as files of FP32. */
async function readWaveforms(made, root, results) {
  const { readDicomWaveform } = await import('@deephealth/sdk');
  const real = join(dirname(root), 'shared', 'data', 'dicom', 'waveform_ecg.dcm');
  const inputs = ['waveform.dcm', 'waveform-implicit.dcm'].map((file) => join(made, file));
  const entries = [];
  for (const input of [...inputs, ...(existsSync(real) ? [real] : [])]) {
    const { channels } = await readDicomWaveform(readFileSync(input));
    const arrays = channels.map(({ samples }, i) => {
      const path = join(results, `waveform-${entries.length}-${i}.f32`);
      writeFileSync(path, new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength));
      return path;
    });
    const about = channels.map(({ name, unit, samplingRateHz }) => [name, unit, samplingRateHz]);
    entries.push({ kind: 'waveform', input, channels: about, arrays });
  }
  return entries;
}

/** No line of dciodvfy begins with "Error", for any object that was written. */
async function validate(entries, root, name, report) {
  let validator;
  try {
    validator = await installDciodvfy(root);
  } catch (error) {
    if (!(error instanceof Skipped)) throw error;
    report.skip(name, error.message);
    return;
  }
  for (const { kind, input, path } of entries.filter(({ path: file }) => file?.endsWith('.dcm'))) {
    await report.check(name, `dciodvfy finds no error in the ${kind} of ${input.split('/').at(-1)}`, async () => {
      const { stdout, stderr } = await runProcess(validator.program, [path], { limitMs: 60_000, env: validator.env });
      const text = `${stdout}${stderr}`;
      const wanted = kind === 'capture' ? 'SCImage' : 'Segmentation';
      if (!text.split('\n').includes(wanted)) throw new Error(`it does not know the object as ${wanted}:\n${text}`);
      const errors = text.split('\n').filter((line) => line.startsWith('Error') || line.startsWith('Abort'));
      if (errors.length > 0) throw new Error(errors.join('\n'));
    });
  }
}
