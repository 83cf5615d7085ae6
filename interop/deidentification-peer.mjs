// pydicom with the table of PS3.15, pyedflib, nibabel, Pillow, tifffile and OpenSlide on files that were de-identified.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { expectEqual } from './check-report.mjs';
import { runPython, runPythonChecks } from './python-peer.mjs';

const ACCEPTED = [
  'application/dicom',
  'application/x-nifti',
  'application/x-edf',
  'image/png',
  'image/jpeg',
  'image/tiff',
];
/** Real files by what they are: folder, names, and how the cleaned file ends. */
const FILES = [
  ['dicom', 'dicom', /\.dcm$/, '.dcm'],
  ['dicom', 'dicom/transfer-syntaxes', /\.dcm$/, '.dcm'],
  ['dicom', 'dicom/vs-seg-001', /\.dcm$/, '.dcm'],
  ['dicom', 'pathology', /\.dcm$/, '.dcm'],
  ['edf', 'eeg', /^(chtypes_edf|test_reduced)\.edf$/, '.edf'],
  ['nifti', 'nifti', /^(FLAIR|hippo)\.nii\.gz$/, '.nii'],
  ['nifti', 'nifti/orientations', /\.nii\.gz$/, '.nii'],
  ['picture', 'chest-xray', /\.png$/, '.png'],
  ['slide', 'pathology', /\.svs$/, '.svs'],
];
/** Files that the peers write. */
const MADE = [
  ['picture', /\.jpg$/, '.jpg'],
  ['picture', /\.png$/, '.png'],
  ['pages', /\.tif$/, '.tif'],
  ['nifti', /\.nii$/, '.nii'],
];
/** Real files that are refused, and with what. */
const REFUSED = {
  // Secondary captures that do not deny that something is burned in.
  'cxr_CR_rsna_850819.dcm': 'DH_DEIDENTIFICATION_REFUSED',
  'JPEG-LL.dcm': 'DH_DEIDENTIFICATION_REFUSED',
  // A segmentation.
  'highdicom_seg_image_ct_binary.dcm': 'DH_DEIDENTIFICATION_REFUSED',
};
/** Of the slide in DICOM, which states none. */
const MICRONS_PER_PIXEL = 0.5;

export async function runDeidentificationChecks(venvPython, { root, name, scratch }, report) {
  const data = join(dirname(root), 'shared', 'data');
  if (!existsSync(data)) report.skip(name, 'real files: ../shared/data is absent.');
  const { deidentifyFile } = await import('@deephealth/adapter-piaf');
  const folder = join(scratch, 'deidentified');
  const made = join(scratch, 'made-to-be-cleaned');
  for (const one of [folder, made]) mkdirSync(one, { recursive: true });
  const { code } = await runPython(root, name, { venvPython, program: 'make_files.py', args: [made] });
  if (code !== 0) throw new Error(`the files could not be made (exit code ${code}).`);
  const options = { mode: 'clean', uidKey: createHash('sha256').update(name).digest(), accepted: ACCEPTED };
  const entries = [];
  for (const [kind, place, pattern, end] of [
    ...MADE.map(([kind, pattern, end]) => [kind, made, pattern, end]),
    ...FILES,
  ]) {
    const from = resolve(data, place);
    const files = existsSync(from) ? readdirSync(from).filter((file) => pattern.test(file)) : [];
    for (const file of files.sort()) {
      const [before, after] = [join(from, file), join(folder, `${entries.length}${end}`)];
      const outcome = await deidentifyFile(before, after, options).then(
        () => 'cleaned',
        ({ code }) => code,
      );
      await report.check(name, `${file} is ${REFUSED[file] === undefined ? 'cleaned' : 'refused'}`, () => {
        expectEqual('outcome', outcome, REFUSED[file] ?? 'cleaned');
      });
      if (outcome === 'cleaned') entries.push({ kind, before, after });
    }
  }
  for (const entry of entries.filter(({ before }) => before.includes('pathology'))) {
    await report.check(name, `our own reader reads the same levels of ${basename(entry.before)}`, () =>
      sameLevels(entry),
    );
  }
  const index = join(scratch, 'deidentified.json');
  writeFileSync(index, JSON.stringify(entries));
  report.add(await runPythonChecks(root, name, { venvPython, args: ['--index', index] }));
}

async function sameLevels({ before, after }) {
  const { openSlide } = await import('@deephealth/adapter-digital-pathology');
  const digests = [];
  for (const path of [before, after]) {
    const slide = await openSlide(path, before.endsWith('.dcm') ? { micronsPerPixel: MICRONS_PER_PIXEL } : {});
    const digest = [];
    for (const [level, { width, height }] of slide.geometry.levels.entries()) {
      const hash = createHash('sha256').update(`${width} ${height}`);
      digest.push(hash.update(await slide.readRegion({ level, x: 0, y: 0, width, height })).digest('hex'));
    }
    await slide.close();
    digests.push(digest);
  }
  expectEqual('levels', digests[1], digests[0]);
}
