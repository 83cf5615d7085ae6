// A slide as DICOM, as Orthanc's own converter writes it, and what has to be put right in that.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import dicomParser from 'dicom-parser';
import { lastLines, runProcess } from './run-process.mjs';

const LIMIT_MS = 180_000;
const PIXEL_SPACING = '(5200,9229)[0].(0028,9110)[0].(0028,0030)';

/** What the converter leaves out otherwise, though DICOM asks for it, and viewers lay objects over each other by. */
const DATASET = {
  PatientID: 'INTEROP-1',
  PatientName: 'INTEROP^SLIDE',
  PatientBirthDate: '19700101',
  PatientSex: 'O',
  StudyID: '1',
  SeriesNumber: '1',
  AccessionNumber: 'A1',
  Manufacturer: 'Interop',
  ManufacturerModelName: 'Interop',
  DeviceSerialNumber: '1',
  SoftwareVersions: '1',
  ImageType: 'DERIVED\\PRIMARY\\VOLUME\\NONE',
  FrameOfReferenceUID: '1.2.826.0.1.3680043.8.498.1.9',
  AcquisitionContextSequence: [],
  ContainerIdentifier: 'S1',
  IssuerOfTheContainerIdentifierSequence: [],
  ContainerTypeCodeSequence: [],
  SpecimenDescriptionSequence: [
    {
      SpecimenIdentifier: 'S1',
      SpecimenUID: '1.2.826.0.1.3680043.8.498.1.8',
      IssuerOfTheSpecimenIdentifierSequence: [],
      SpecimenPreparationSequence: [],
    },
  ],
  SpecimenLabelInImage: 'NO',
  BurnedInAnnotation: 'NO',
};

/** Writes the levels of a slide to `folder`; gives the paths of the files, and their study and series. */
export async function dicomize({ dicomizer, openslide, env }, slide, folder) {
  mkdirSync(folder, { recursive: true });
  const dataset = `${folder}.json`;
  writeFileSync(dataset, JSON.stringify(DATASET));
  const mm = (pixels) => String((pixels * slide.micronsPerPixel) / 1000);
  const { code, stderr } = await runProcess(
    dicomizer,
    [
      ...[`--openslide=${openslide}`, `--folder=${folder}`, `--dataset=${dataset}`],
      ...['--threads=2', '--pyramid=1', '--smooth=1', '--compression=jpeg'],
      // 15 mm otherwise, whatever the slide is.
      ...[`--imaged-width=${mm(slide.width)}`, `--imaged-height=${mm(slide.height)}`, slide.path],
    ],
    { limitMs: LIMIT_MS, env },
  );
  if (code !== 0) throw new Error(`OrthancWSIDicomizer ended with ${code}.\n${lastLines(stderr)}`);
  const files = readdirSync(folder)
    .filter((file) => file.endsWith('.dcm'))
    .sort()
    .map((file) => join(folder, file));
  const first = readHeader(files[0]);
  return { files, study: first.string('x0020000d'), series: first.string('x0020000e') };
}

/**
 * Puts the distances of pixels right, as dcmodify of DCMTK does: Orthanc-WSI divides the width of the slide by
 * its rows, and the height by its columns.
 */
export async function repairSpacing({ dcmodify, env }, files) {
  for (const file of files) {
    const header = readHeader(file);
    const spacing = [
      header.float('x00480002') / header.uint32('x00480007'),
      header.float('x00480001') / header.uint32('x00480006'),
    ];
    const value = spacing.map((one) => Number(one.toPrecision(9))).join('\\');
    const args = ['-nb', '-m', `${PIXEL_SPACING}=${value}`, file];
    const { code, stderr } = await runProcess(dcmodify, args, { limitMs: LIMIT_MS, env });
    if (code !== 0) throw new Error(`dcmodify ended with ${code}.\n${lastLines(stderr)}`);
  }
}

/** Columns and rows of frames in the order in which they are stored. */
export function framePositions(file) {
  const frames = readHeader(file).elements.x52009230.items;
  return frames.map(({ dataSet }) => {
    const position = dataSet.elements.x0048021a.items[0].dataSet;
    return [position.int32('x0048021e'), position.int32('x0048021f')];
  });
}

const readHeader = (file) => dicomParser.parseDicom(readFileSync(file), { untilTag: 'x7fe00010' });
