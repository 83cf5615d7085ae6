// One line of `deephealth predict` for a real file of each modality. The files are not part of this repository.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { deephealth, endProcesses } from './cli-process.js';
import { REAL_FILE_PACKAGES } from './real-file-packages.js';
import { type ServedPackages, servePackages } from './served-packages.js';
import { removeTemporaryFolders, temporaryFolder } from './temporary-folder.js';

const data = fileURLToPath(new URL('../../../shared/data/', import.meta.url));

let served: ServedPackages;
let folder: string;
beforeAll(async () => {
  folder = temporaryFolder();
  served = await servePackages(REAL_FILE_PACKAGES);
}, 60_000);
afterEach(endProcesses);
afterAll(async () => {
  await served?.stop();
  removeTemporaryFolders();
});

async function predict(model: string, file: string, ...more: string[]): Promise<string> {
  const address = served.server.address;
  const ended = await deephealth('predict', '--address', address, model, join(data, file), ...more);
  expect(ended).toMatchObject({ complaints: '', exitCode: 0 });
  return ended.stdout;
}

const findingOf = async (model: string, file: string, ...more: string[]) =>
  JSON.parse(await predict(model, file, '--json', ...more)).findings[0];

/** Pixels from level 128 on, counted with OpenCV 5.0 and pydicom 3.0; JPEGs are decoded a little otherwise. */
const PICTURES = [
  ['an X-ray as PNG', 'bright-picture', 'chest-xray/h0001.png', 157_934, [512, 512]],
  ['a photograph of a retina as JPEG', 'bright-picture', 'retina/CHASEDB1/Image_11L.jpg', 385_672, [960, 999]],
  [
    'a slide as TIFF (SVS)',
    'bright-picture',
    'pathology/cmu-1-small-region.svs',
    5_311_026,
    [2967, 2220],
    '--frame',
    '0',
  ],
  [
    'the first tile of a slide as DICOM',
    'bright-picture',
    'pathology/camelyon.dcm',
    48_379,
    [256, 256],
    '--frame',
    '0',
  ],
  ['a CT slice as DICOM, from 300 HU on', 'bright-ct', 'dicom/CT_small.dcm', 1024, [128, 128]],
] as const;

/** Voxels from 200 on, counted with nibabel and pydicom, and the millilitres of one. */
const VOLUMES = [
  ['an MR as NIfTI', 'nifti/FLAIR.nii.gz', 3492, 0.001],
  ['an MR crop as NIfTI', 'hippocampus/imagesTr/hippocampus_089.nii.gz', 60_982, 0.001],
  ['an MR series as a folder of DICOM files', 'dicom/vs-seg-001', 81_751, (0.41015625 ** 2 * 1.5) / 1000],
] as const;

/** Means by wfdb, pydicom and pyedflib. */
const SIGNALS = [
  ['an ECG as WFDB record', 'ecg-level', 'ecg/mitbih/100.hea', 0.34364811538461537],
  ['an ECG as DICOM waveform', 'lead-level', 'dicom/waveform_ecg.dcm', 93.216875],
  ['an EEG as EDF+', 'eeg-level', 'eeg/test_reduced.edf', 13.774088541666666],
] as const;

describe.skipIf(!existsSync(join(data, 'dicom')))('deephealth predict (skipped without ../shared/data)', () => {
  it.each(PICTURES)('takes %s, and shows its mask over it', async (_, model, file, count, [height, width], ...more) => {
    const out = join(folder, `${model}-${width}.png`);
    const finding = await findingOf(model, file, '--out', out, ...more);
    const labels = Buffer.from(finding.mask.labels.data, 'base64');
    expect(labels).toHaveLength(height * width);
    const found = labels.filter((label) => label === 1).length;
    expect(Math.abs(found - count) / labels.length).toBeLessThanOrEqual(/jpg|svs|camelyon/.test(file) ? 0.001 : 0);
    const picture = await sharp(out).metadata();
    expect(picture.width / picture.height).toBeCloseTo(width / height, 1);
  });

  it.each(VOLUMES)('takes %s, and shows three slices', async (_, file, count, millilitres) => {
    const out = join(folder, `volume-${count}.png`);
    const table = await predict('bright-volume', file, '--out', out);
    const [, volume] = /bright\s+bright (\S+) mL/.exec(table) ?? [];
    expect(Number(volume)).toBeCloseTo(count * millilitres, 3);
    const picture = await sharp(out).metadata();
    expect(picture.width).toBeGreaterThan(2 * picture.height);
  });

  it.each(SIGNALS)('takes %s', async (_, model, file, mean) => {
    const finding = await findingOf(model, file);
    expect(finding.regression.values[0].value / mean).toBeCloseTo(1, 5);
  });
});
