import type { SlideAnalysis } from '../bindings/digital-pathology-binding.js';
import type { SlideMap } from '../map/slide-map.js';
import { thresholdsOf } from '../results/slide-report.js';
import type { Slide, SlideLevel } from '../slide/slide.js';
import { REGION_CLASSES_KEY, REGIONS_KEY } from './job-terms.js';
import { aboutSlide, type OutputContext } from './output-context.js';
import { postItems } from './post-items.js';
import { regionOutlines } from './region-outlines.js';

/**
 * Posts the regions of all classes as a collection of polygons, and a collection of classes that name each of them.
 * Polygons are in pixels of level 0; they were made on the grid of the map, and are to be looked at from there to
 * the coarsest level of the slide.
 */
export async function postRegions(
  context: OutputContext,
  map: SlideMap,
  slide: Slide,
  analysis: SlideAnalysis,
): Promise<void> {
  const { terms, signal } = context;
  const thresholds = thresholdsOf(map);
  /** Polygons by class, as they are counted while they are made. */
  const counts = terms.map(() => 0);
  const npp = nanometresOf(slide, map);
  async function* outlines() {
    for (const [channel, { label }] of terms.entries()) {
      counts[channel] = 0;
      const threshold = thresholds.get(channel) ?? 0.5;
      const minAreaUm2 = analysis.regions?.minAreaUm2 ?? 0;
      for await (const coordinates of regionOutlines(map, channel, threshold, slide.geometry, minAreaUm2, signal)) {
        counts[channel] = (counts[channel] as number) + 1;
        yield {
          type: 'polygon',
          name: `${label} ${counts[channel]}`,
          coordinates,
          ...npp,
          ...aboutSlide(context),
        };
      }
    }
  }
  const ids = await postItems(
    context,
    REGIONS_KEY,
    { name: `Regions: ${analysis.title}`, item_type: 'polygon' },
    (first) => from(outlines(), first),
  );
  context.progress(0.5);
  if (counts.every((count) => count === 0)) for await (const _ of outlines());
  async function* classes() {
    let at = 0;
    for (const [channel, { classValue }] of terms.entries()) {
      for (let index = 0; index < (counts[channel] as number); index++) {
        yield { type: 'class', value: classValue, reference_type: 'annotation', reference_id: ids[at++] };
      }
    }
  }
  await postItems(context, REGION_CLASSES_KEY, { name: `Classes: ${analysis.title}`, item_type: 'class' }, (first) =>
    from(classes(), first),
  );
  context.progress(1);
}

/** Nanometres of a pixel: of the grid that regions were made on, and where they are to be looked at. */
function nanometresOf({ geometry }: Slide, { grid }: SlideMap) {
  const own = ((geometry.micronsPerPixel.x + geometry.micronsPerPixel.y) / 2) * 1000;
  const coarsest = (geometry.levels.at(-1) as SlideLevel).downsample;
  const created = own * grid.cellWidth;
  return { npp_created: created, npp_viewing: [own, Math.max(created, own * coarsest)] };
}

async function* from<T>(items: AsyncIterable<T>, first: number): AsyncGenerator<T> {
  let at = 0;
  for await (const item of items) if (at++ >= first) yield item;
}
