import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { type DataSet, parseDicom } from 'dicom-parser';
import type { Slide } from '../slide/slide.js';

/** Beside the repository; tests that need it are skipped where it is absent. */
const camelyon = fileURLToPath(new URL('../../../../../shared/data/pathology/camelyon.dcm', import.meta.url));

type DicomOnly = Pick<Slide, 'name' | 'geometry'> & Required<Pick<Slide, 'dicom'>>;

const text = (vr: string, ...Value: unknown[]) => ({ vr, Value });

/**
 * A slide in DICOM that says all that it should: three levels, tiles that are no squares, an origin, a specimen,
 * and a patient whose name needs more than ASCII.
 */
export function createDicomSlide(): DicomOnly {
  const [width, height] = [2000, 1200];
  const levels = [1, 4, 16].map((downsample) => ({
    width: Math.floor(width / downsample),
    height: Math.floor(height / downsample),
    downsample,
  }));
  const code = (value: string, scheme: string, meaning: string) => ({
    '00080100': text('SH', value),
    '00080102': text('SH', scheme),
    '00080104': text('LO', meaning),
  });
  return {
    name: 'synthetic',
    geometry: {
      levels,
      micronsPerPixel: { x: 0.5, y: 0.25, source: 'PixelSpacing' },
      bounds: { x: 0, y: 0, width, height },
    },
    dicom: {
      studyInstanceUid: '1.2.3.1',
      seriesInstanceUid: '1.2.3.2',
      frameOfReferenceUid: '1.2.3.3',
      instances: levels.map((_, at) => ({
        sopInstanceUid: `1.2.3.4.${at}`,
        sopClassUid: '1.2.840.10008.5.1.4.1.1.77.1.6',
        tile: at === 0 ? { width: 100, height: 60 } : { width: 25, height: 15 },
      })),
      metadata: {
        '00080020': text('DA', '20260301'),
        '00080030': text('TM', '101112'),
        '00080050': text('SH', 'A-17'),
        '00080090': text('PN', { Alphabetic: 'Groß^Änne' }),
        '00100010': text('PN', { Alphabetic: 'Yamada^Tarou', Ideographic: '山田^太郎' }),
        '00100020': text('LO', '4711'),
        '00100030': text('DA', '19600229'),
        '00100040': text('CS', 'M'),
        '00200010': text('SH', 'S1'),
        '00201040': text('LO', 'SLIDE_CORNER'),
        '00282110': text('CS', '01'),
        '00282112': text('DS', 12.5),
        '00282114': text('CS', 'ISO_10918_1'),
        '00400512': text('LO', 'SLIDE-7'),
        '00400518': text('SQ', code('433466003', 'SCT', 'Microscope slide')),
        '00400560': text('SQ', {
          '00400551': text('LO', 'BLOCK-7'),
          '00400554': text('UI', '1.2.3.5'),
          '00400562': { vr: 'SQ' },
          '00400610': { vr: 'SQ' },
        }),
        '00480008': text('SQ', { '0040072A': text('DS', 20), '0040073A': text('DS', 40) }),
        '00480102': text('DS', 0, -1, 0, -1, 0, 0),
        '52009229': text('SQ', {
          '00289110': text('SQ', { '00180050': text('DS', 0.004), '00280030': text('DS', 0.00025, 0.0005) }),
        }),
      },
    },
  };
}

/** A real whole slide of a lymph node (CAMELYON, CC0) in DICOM; undefined where it is not at hand. */
export async function readCamelyonSlide(): Promise<DicomOnly | undefined> {
  const bytes = await readFile(camelyon).catch(() => undefined);
  if (bytes === undefined) return undefined;
  const dataset = parseDicom(bytes, { untilTag: 'x7fe00010' });
  const of = (tag: string, from: DataSet | undefined = dataset) => from?.string(tag) ?? '';
  const [width, height] = [dataset.uint32('x00480006'), dataset.uint32('x00480007')] as [number, number];
  const tile = { width: dataset.uint16('x00280011') as number, height: dataset.uint16('x00280010') as number };
  const texts = { '00282110': 'CS', '00282112': 'DS', '00282114': 'CS', '00480102': 'DS' };
  const measures = dataset.elements.x52009229?.items?.[0]?.dataSet?.elements.x00289110?.items?.[0]?.dataSet;
  const spacing = of('x00280030', measures).split('\\').map(Number);
  return {
    name: 'camelyon.dcm',
    geometry: {
      levels: [{ width, height, downsample: 1, storedTile: tile }],
      micronsPerPixel: {
        x: ((dataset.float('x00480001') as number) * 1000) / width,
        y: ((dataset.float('x00480002') as number) * 1000) / height,
        source: 'ImagedVolumeWidth',
      },
      bounds: { x: 0, y: 0, width, height },
    },
    dicom: {
      studyInstanceUid: of('x0020000d'),
      seriesInstanceUid: of('x0020000e'),
      frameOfReferenceUid: of('x00200052'),
      instances: [
        { sopInstanceUid: of('x00080018'), sopClassUid: of('x00080016'), tile, pixelSpacing: spacing as never },
      ],
      metadata: Object.fromEntries(
        Object.entries(texts).flatMap(([tag, vr]) => {
          const value = of(`x${tag}`);
          return value === '' ? [] : [[tag, text(vr, ...value.split('\\'))]];
        }),
      ),
    },
  };
}
