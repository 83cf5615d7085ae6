import { basename } from 'node:path';
import type { MapChannel, SlideMap } from '../../map/slide-map.js';
import type { Slide } from '../../slide/slide.js';
import { channelsOf, thresholdOf } from '../channel-of.js';
import { type OutputOptions, type OutputSink, writeOutputFile } from '../output-file.js';
import type { FeatureSource } from './feature-source.js';
import { regionFeatures } from './region-features.js';
import { tileFeatures } from './tile-features.js';

export interface GeoJsonOptions extends OutputOptions {
  /**
   * `regions`: polygons with holes around the cells of each class. `tiles`: a rectangle with the
   * probabilities for each cell that was examined. Default regions.
   */
  readonly form?: 'regions' | 'tiles';
  /**
   * Where coordinates count from: `canvas`, the corner of the whole canvas, as OpenSlide does, or `bounds`, that
   * of the scanned part, as QuPath does for slides that state one (MIRAX). They differ by `geometry.bounds`.
   */
  readonly origin: 'canvas' | 'bounds';
  /** Probability from which on a cell counts as a class. Default that of the model. */
  readonly threshold?: number;
  /** Labels of the channels that become regions. Default all. */
  readonly channels?: readonly string[];
}

/**
 * GeoJSON for QuPath, written feature by feature. Coordinates are pixels of level 0 from the origin that was
 * asked for; the member "deephealth" of the file says which, and what made it. The same run gives the same
 * bytes.
 *
 * @throws DH_REQUEST_MALFORMED, DH_OUTPUT_EXISTS, DH_OUTPUT_NOT_WRITTEN, DH_CANCELLED
 */
export async function writeGeoJson(
  map: SlideMap,
  slide: Pick<Slide, 'geometry'>,
  path: string,
  options: GeoJsonOptions,
): Promise<void> {
  const file = basename(path);
  const { form = 'regions', origin } = options;
  const { bounds, micronsPerPixel } = slide.geometry;
  const channels = channelsOf(map, options.channels, file);
  const source: FeatureSource = {
    map,
    offset: origin === 'bounds' ? [bounds.x, bounds.y] : [0, 0],
    channels,
    thresholds: map.channels.map((channel, at) =>
      form === 'tiles'
        ? tileThreshold(channel, options.threshold, file)
        : channels.includes(at)
          ? thresholdOf(channel, options.threshold, file)
          : undefined,
    ),
    micronsPerPixel,
    file,
    signal: options.signal,
  };
  await writeOutputFile(path, options, async (sink) => {
    await sink.write(`{"type":"FeatureCollection","deephealth":${JSON.stringify(headOf(source, form, origin))},\n`);
    await sink.write('"features":[');
    await writeFeatures(sink, form === 'tiles' ? tileFeatures(source) : regionFeatures(source));
    await sink.write('\n]}\n');
  });
}

/** A tile has its probabilities, and is written without a class where nobody says from when on it has one. */
function tileThreshold(channel: MapChannel, given: number | undefined, file: string): number | undefined {
  return given === undefined && channel.threshold === undefined ? undefined : thresholdOf(channel, given, file);
}

function headOf({ map, offset, thresholds }: FeatureSource, form: string, origin: string): object {
  const { provenance } = map;
  return {
    map: map.label,
    form,
    origin,
    originOnCanvas: offset,
    unit: 'pixels of level 0',
    thresholds: Object.fromEntries(
      map.channels.flatMap(({ label }, at) => (thresholds[at] === undefined ? [] : [[label, thresholds[at]]])),
    ),
    slide: provenance.slide,
    model: provenance.model,
    plan: provenance.planSha256,
    software: provenance.software,
    use: 'Research use only',
  };
}

/** Features come in portions, the texts of those of one row or one region. */
async function writeFeatures(sink: OutputSink, portions: AsyncIterable<readonly string[]>): Promise<void> {
  let isFirst = true;
  for await (const portion of portions) {
    if (portion.length === 0) continue;
    await sink.write(`${isFirst ? '\n' : ',\n'}${portion.join(',\n')}`);
    isFirst = false;
  }
}
