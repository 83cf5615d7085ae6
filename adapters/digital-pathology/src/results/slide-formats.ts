import { join } from 'node:path';
import type { SlideAnalysis } from '../bindings/digital-pathology-binding.js';
import type { MapChannel, SlideMap } from '../map/slide-map.js';
import { classAreas } from '../outputs/class-areas.js';
import { writeCrs4Shapes } from '../outputs/crs4/write-crs4-shapes.js';
import { writeCrs4Zarr } from '../outputs/crs4/write-crs4-zarr.js';
import { writeAnnotations } from '../outputs/dicom/write-annotations.js';
import { writeReport } from '../outputs/dicom/write-report.js';
import { writeSegmentation } from '../outputs/dicom/write-segmentation.js';
import { writeGeoJson } from '../outputs/geojson/write-geojson.js';
import type { OutputOptions } from '../outputs/output-file.js';
import { writeHeatMap } from '../outputs/picture/write-heat-map.js';
import { type Thumbnail, writeOverlay } from '../outputs/picture/write-overlay.js';
import { writeCsv } from '../outputs/write-csv.js';
import { writeOmeZarrLabels } from '../outputs/zarr/write-ome-zarr.js';
import type { Slide } from '../slide/slide.js';
import { thresholdsOf } from './slide-report.js';

/** A result that is to be written. */
export interface SlideToWrite {
  readonly map: SlideMap;
  readonly slide: Slide;
  readonly analysis: SlideAnalysis;
  /** A small picture of the whole slide. */
  readonly thumbnail: Thumbnail;
}

interface SlideFormat {
  /** For people. */
  readonly what: string;
  /** What it can be written for. Default everything. */
  isFor?(result: Pick<SlideToWrite, 'slide' | 'map'>): boolean;
  /** Writes and returns the names of the files, below the folder. */
  write(result: SlideToWrite, folder: string, options: OutputOptions): Promise<string[]>;
}

/** DICOM objects lie in the study of the slide, and name what they show by codes. */
function isForDicom({ slide, map }: Pick<SlideToWrite, 'slide' | 'map'>): boolean {
  const isCoded = ({ category, codes }: MapChannel) => category !== null && codes.length > 0;
  return slide.dicom !== undefined && map.channels.every(isCoded);
}

/** Its arrays are of tiles, or of pixels of a level, as they are. */
const isForCrs4 = ({ map }: Pick<SlideToWrite, 'map'>) => map.extraction.cell !== undefined;

/** A file for each class, named after it where there are several. */
async function eachChannel(map: SlideMap, suffix: string, write: (channel: string, file: string) => Promise<void>) {
  const files: string[] = [];
  for (const { label } of map.channels) {
    const name = map.channels.length === 1 ? map.label : `${map.label}-${label.replaceAll(/[^\w.-]+/g, '_')}`;
    const file = `${name}${suffix}`;
    await write(label, file);
    files.push(file);
  }
  return files;
}

/** What a map can be written as, by the name on the command line. */
export const SLIDE_FORMATS: Readonly<Record<string, SlideFormat>> = {
  crs4: {
    what: "CRS4's zarr archive (.zip), as slaid writes it",
    isFor: isForCrs4,
    async write({ map, slide }, folder, options) {
      const file = `${map.label}.zip`;
      await writeCrs4Zarr(map, slide, join(folder, file), options);
      return [file];
    },
  },
  geojson: {
    what: 'regions for QuPath (.geojson)',
    async write({ map, slide, analysis }, folder, options) {
      const file = `${map.label}.geojson`;
      const { minAreaUm2 } = analysis.regions ?? {};
      await writeGeoJson(map, slide, join(folder, file), {
        // As QuPath counts, which is where the file goes.
        origin: 'bounds',
        ...options,
        ...(minAreaUm2 === undefined ? {} : { minAreaUm2 }),
      });
      return [file];
    },
  },
  csv: {
    what: 'a table of all tiles (.csv)',
    // Of every pixel it would be a hundred times the map.
    isFor: ({ map }) => map.kind === 'tiles',
    async write({ map }, folder, options) {
      const file = `${map.label}.csv`;
      await writeCsv(map, join(folder, file), options);
      return [file];
    },
  },
  png: {
    what: 'heat maps, by themselves and over the slide (.png)',
    async write({ map, slide, thumbnail }, folder, options) {
      const alone = await eachChannel(map, '.png', (channel, file) =>
        writeHeatMap(map, slide, join(folder, file), { ...options, channel }),
      );
      const thresholds = thresholdsOf(map);
      const over = await eachChannel(map, '.overlay.png', (channel, file) => {
        // What the map is about stands out; the slide shows through elsewhere.
        const from = thresholds.get(map.channels.findIndex(({ label }) => label === channel)) ?? 0;
        return writeOverlay(map, slide, thumbnail, join(folder, file), { ...options, channel, from });
      });
      return [...alone, ...over];
    },
  },
  seg: {
    what: 'DICOM segmentations, binary and of probabilities (.seg.dcm)',
    isFor: isForDicom,
    async write({ map, slide }, folder, options) {
      const files = [`${map.label}.seg.dcm`, `${map.label}.probability.seg.dcm`] as const;
      await writeSegmentation(map, slide, join(folder, files[0]), options);
      await writeSegmentation(map, slide, join(folder, files[1]), { ...options, form: 'fractional' });
      return [...files];
    },
  },
  ann: {
    what: 'DICOM microscopy annotations (.ann.dcm), where there is a region',
    isFor: isForDicom,
    async write({ map, slide }, folder, options) {
      const areas = await classAreas(map, slide.geometry, thresholdsOf(map));
      if (areas.every(({ areaMm2 }) => areaMm2 === 0)) return [];
      const file = `${map.label}.ann.dcm`;
      await writeAnnotations(map, slide, join(folder, file), options);
      return [file];
    },
  },
  sr: {
    what: 'a DICOM measurement report (.sr.dcm)',
    isFor: isForDicom,
    async write({ map, slide }, folder, options) {
      const file = `${map.label}.sr.dcm`;
      await writeReport(map, slide, join(folder, file), options);
      return [file];
    },
  },
  shapes: {
    what: "CRS4's shapes of regions (.shapes.json)",
    isFor: isForCrs4,
    write: ({ map, slide }, folder, options) =>
      eachChannel(map, '.shapes.json', (channel, file) =>
        writeCrs4Shapes(map, slide, join(folder, file), { ...options, channel }),
      ),
  },
  ome: {
    what: 'OME-Zarr labels (.labels.zarr)',
    async write({ map, slide }, folder, options) {
      const file = `${map.label}.labels.zarr`;
      await writeOmeZarrLabels(map, slide, join(folder, file), options);
      return [file];
    },
  },
};
