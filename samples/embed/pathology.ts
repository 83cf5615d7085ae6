// A model led over a whole slide inside a vendor's own process: the library opens the slide, plans tiles, asks a
// runtime, and gives a map. samples/hosts/pathology/ writes it into files and to a platform.
import { join } from 'node:path';
import {
  analysisOf,
  type ClassArea,
  classAreas,
  openSlide,
  predictSlide,
  readSlidePackage,
  type SlideProgress,
  writeGeoJson,
} from '@deephealth/adapter-digital-pathology';
import { createRuntimeClient } from '@deephealth/sdk';

export interface SlideQuestion {
  /** host:port of the runtime. */
  readonly runtime: string;
  /** Package folder <name>/<version>; the runtime serves the very same. */
  readonly package: string;
  readonly slide: string;
  /** Micrometres of a pixel, where the slide does not say them. */
  readonly micronsPerPixel?: number;
  /** Keeps what was computed: a run that was ended goes on from there. */
  readonly folder: string;
  readonly signal?: AbortSignal;
  onProgress?(progress: SlideProgress): void;
}

export interface SlideAnswer {
  readonly areas: readonly ClassArea[];
  readonly model: string;
  readonly warnings: readonly string[];
  /** Outlines for a viewer. */
  readonly geoJson: string;
}

/** @throws DeepHealthError: its code says who has to act, its message what to do */
export async function analyse(question: SlideQuestion): Promise<SlideAnswer> {
  const { signal, onProgress, micronsPerPixel, folder } = question;
  const model = await readSlidePackage(question.package);
  const client = createRuntimeClient({ address: question.runtime });
  const slide = await openSlide(question.slide, { micronsPerPixel });
  try {
    const result = await predictSlide({
      ...{ slide, client, model, analysis: analysisOf(model.binding), folder: join(folder, 'run') },
      // A tile that cannot be read is left open in the map, and counted.
      unreadable: 'mark',
      ...(signal === undefined ? {} : { signal }),
      ...(onProgress === undefined ? {} : { onProgress }),
    });
    try {
      const { map } = result;
      const geoJson = join(folder, `${map.label}.geojson`);
      await writeGeoJson(map, slide, geoJson, { overwrite: true, origin: 'bounds' });
      const thresholds = new Map(map.channels.map(({ threshold = 0.5 }, at) => [at, threshold]));
      return {
        areas: await classAreas(map, slide.geometry, thresholds),
        model: `${model.manifest.name} ${model.manifest.version}`,
        warnings: map.warnings,
        geoJson,
      };
    } finally {
      await result.close();
    }
  } finally {
    await slide.close();
    client.close();
  }
}
