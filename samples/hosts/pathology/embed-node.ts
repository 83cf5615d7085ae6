// A slide analysed inside a vendor's own program: the library opens the slide, a runtime asks the model, files are
// written. `deephealth slide predict` does the same from the command line.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import {
  analysisOf,
  type ClassArea,
  classAreas,
  openSlide,
  predictSlide,
  readSlidePackage,
  removeRun,
  type SlideMap,
  type SlideProgress,
  writeCrs4Shapes,
  writeCrs4Zarr,
  writeGeoJson,
} from '@deephealth/adapter-digital-pathology';
import { createRuntimeClient } from '@deephealth/sdk';

export interface SlideJob {
  readonly slide: string;
  /** Micrometres of a pixel, where the slide does not say them. */
  readonly micronsPerPixel?: number;
  /** Package folder <name>/<version>; the runtime serves the very same. */
  readonly package: string;
  /** host:port of the runtime. */
  readonly runtime: string;
  /** Where results go. A job that was ended goes on if it is given the same folder again. */
  readonly folder: string;
  readonly signal?: AbortSignal;
  onProgress?(progress: SlideProgress): void;
}

export interface SlideFindings {
  readonly label: string;
  /** As the platform calls it, where the package says. */
  readonly promortType: 'TISSUE' | 'TUMOR' | 'GLEASON' | undefined;
  readonly areas: readonly ClassArea[];
  readonly provenance: SlideMap['provenance'];
  readonly warnings: readonly string[];
  /** Tiles that could not be read: a finding says nothing of them. */
  readonly unread: number;
  /** Shapes of the first class, as CRS4's platform takes them. */
  readonly shapes: string;
}

/** @throws DeepHealthError: its code says who has to act, its message what to do */
export async function analyseSlide(job: SlideJob): Promise<SlideFindings> {
  const { signal, onProgress, micronsPerPixel } = job;
  const model = await readSlidePackage(job.package);
  const analysis = analysisOf(model.binding);
  const client = createRuntimeClient({ address: job.runtime });
  const slide = await openSlide(job.slide, { micronsPerPixel });
  try {
    await mkdir(job.folder, { recursive: true });
    const run = join(job.folder, '.run');
    const result = await predictSlide({
      ...{ slide, client, model, analysis, folder: run, unreadable: 'mark' },
      ...(signal === undefined ? {} : { signal }),
      ...(onProgress === undefined ? {} : { onProgress }),
    });
    try {
      const { map, counts } = result;
      const to = (ending: string) => join(job.folder, `${map.label}${ending}`);
      // Each is whole or not there at all; one that is there is replaced.
      await writeCrs4Zarr(map, slide, to('.zip'), { overwrite: true });
      await writeGeoJson(map, slide, to('.geojson'), { overwrite: true, origin: 'bounds' });
      const channel = map.channels[0]?.label ?? '';
      await writeCrs4Shapes(map, slide, to('.shapes.json'), { overwrite: true, channel, simplify: 0.8 });
      const thresholds = new Map(map.channels.map(({ threshold = 0.5 }, at) => [at, threshold]));
      const findings = {
        ...{ label: map.label, promortType: analysis.promort?.type, shapes: to('.shapes.json') },
        areas: await classAreas(map, slide.geometry, thresholds),
        ...{ provenance: map.provenance, warnings: map.warnings, unread: counts.unread },
      };
      await result.close();
      await removeRun(run);
      return findings;
    } finally {
      await result.close();
    }
  } finally {
    await slide.close();
    client.close();
  }
}
