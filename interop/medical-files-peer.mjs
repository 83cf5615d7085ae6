// nibabel, pyedflib and wfdb against our readers and writers of files.
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { runPython, runPythonChecks } from './python-peer.mjs';
import { runProcess } from './run-process.mjs';

/** Records of MIT-BIH that are compared; all would take minutes. */
const ECG_RECORDS = ['100.hea', '207.hea'];
const HIPPOCAMPI = 3;
const MOST_VOXELS = 2 ** 26;

export async function runMedicalFilesChecks(venvPython, { root, name, address, scratch }, report) {
  const made = join(scratch, 'made');
  const dumps = join(scratch, 'dumps');
  for (const folder of [made, dumps]) mkdirSync(folder, { recursive: true });
  const { code } = await runPython(root, name, { venvPython, program: 'make_files.py', args: [made] });
  if (code !== 0) throw new Error(`the files could not be made (exit code ${code}).`);
  const files = readdirSync(made).map((file) => join(made, file));
  const data = join(dirname(root), 'shared', 'data');
  if (existsSync(data)) files.push(...realFiles(data));
  else report.skip(name, 'real volumes and recordings: ../shared/data is absent.');

  const entries = [];
  for (const file of files) {
    const reading = await readFile(file);
    if (reading === undefined) continue;
    const arrays = reading.arrays.map((array, i) => {
      const path = join(dumps, `${entries.length}-${i}.f32`);
      writeFileSync(path, new Uint8Array(array.buffer, array.byteOffset, array.byteLength));
      return path;
    });
    entries.push({ ...reading.about, path: file, arrays });
  }
  for (const file of files.filter((path) => /\.nii(\.gz)?$/.test(path) && path.includes('orientations'))) {
    const path = join(dumps, `mask-${entries.length}.nii.gz`);
    const command = [join(root, 'cli', 'bin', 'deephealth.mjs'), 'predict', '--address', address, 'bright-voxels'];
    const { code: exit, stderr } = await runProcess(process.execPath, [...command, file, '--out', path], {
      limitMs: 60_000,
    });
    await report.check(name, `deephealth predict writes a mask for ${file.split('/').at(-1)}`, () => {
      if (exit !== 0) throw new Error(stderr);
    });
    if (exit === 0) entries.push({ kind: 'mask', input: file, path, arrays: [] });
  }
  const index = join(scratch, 'readings.json');
  writeFileSync(index, JSON.stringify(entries));
  report.add(await runPythonChecks(root, name, { venvPython, args: ['--index', index] }));
}

function realFiles(data) {
  const list = (folder, pattern, most = Number.POSITIVE_INFINITY) => {
    const path = join(data, folder);
    if (!existsSync(path)) return [];
    return readdirSync(path)
      .filter((file) => pattern.test(file))
      .sort()
      .slice(0, most)
      .map((file) => join(path, file));
  };
  return [
    ...list('nifti', /^(FLAIR|hippo)\.nii\.gz$/),
    ...list('nifti/orientations', /\.nii\.gz$/),
    ...list('hippocampus/imagesTr', /\.nii\.gz$/, HIPPOCAMPI),
    ...list('eeg', /\.edf$/),
    ...list('ecg/mitbih', new RegExp(`^(${ECG_RECORDS.join('|')})$`)),
  ];
}

/** What we read of a file; undefined for one that belongs to another. */
async function readFile(path) {
  const sdk = await import('@deephealth/sdk');
  const bytes = readFileSync(path);
  if (/\.nii(\.gz)?$/.test(path)) {
    const { voxels, affine } = await sdk.readNifti(bytes, { maxVoxels: MOST_VOXELS });
    return { about: { kind: 'nifti', affine }, arrays: [voxels] };
  }
  if (/\.(edf|bdf)$/.test(path)) return recorded('edf', sdk.parseEdf(bytes));
  return /\.hea$/.test(path) ? recorded('wfdb', await sdk.readWfdbRecord(path, bytes.toString('utf8'))) : undefined;
}

function recorded(kind, { channels, annotations }) {
  return {
    about: {
      kind,
      annotations,
      channels: channels.map(({ name, samplingRateHz }) => ({ name, rate: samplingRateHz })),
    },
    arrays: channels.map(({ samples }) => samples),
  };
}
