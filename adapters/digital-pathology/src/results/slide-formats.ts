import { join } from 'node:path';
import type { SlideAnalysis } from '../bindings/digital-pathology-binding.js';
import type { SlideMap } from '../map/slide-map.js';
import { writeCrs4Zarr } from '../outputs/crs4/write-crs4-zarr.js';
import { writeGeoJson } from '../outputs/geojson/write-geojson.js';
import type { OutputOptions } from '../outputs/output-file.js';
import { writeHeatMap } from '../outputs/picture/write-heat-map.js';
import { type Thumbnail, writeOverlay } from '../outputs/picture/write-overlay.js';
import { writeCsv } from '../outputs/write-csv.js';
import type { Slide } from '../slide/slide.js';

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
  /** Slides that it can be written for. Default all. */
  isFor?(slide: Slide): boolean;
  /** Writes and returns the names of the files, below the folder. */
  write(result: SlideToWrite, folder: string, options: OutputOptions): Promise<string[]>;
}

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
      const { threshold, minAreaUm2 } = analysis.regions ?? {};
      await writeGeoJson(map, slide, join(folder, file), {
        // As QuPath counts, which is where the file goes.
        origin: 'bounds',
        ...options,
        ...(threshold === undefined ? {} : { threshold }),
        ...(minAreaUm2 === undefined ? {} : { minAreaUm2 }),
      });
      return [file];
    },
  },
  csv: {
    what: 'a table of all cells (.csv)',
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
      const over = await eachChannel(map, '.overlay.png', (channel, file) =>
        writeOverlay(map, slide, thumbnail, join(folder, file), { ...options, channel }),
      );
      return [...alone, ...over];
    },
  },
};
