import type { SlideMap } from '../map/slide-map.js';
import { classAreas } from '../outputs/class-areas.js';
import { thresholdsOf } from '../results/slide-report.js';
import type { Slide } from '../slide/slide.js';
import { EXAMINED_KEY } from './job-terms.js';
import type { OutputContext } from './output-context.js';
import { onceByKey } from './post-once.js';

/** Posts the area of each class, and the one that was examined, in square millimetres. */
export async function postAreas(context: OutputContext, map: SlideMap, slide: Slide): Promise<void> {
  const thresholds = thresholdsOf(map);
  const all = new Map(map.channels.map((_, channel) => [channel, thresholds.get(channel) ?? 0.5]));
  const areas = await classAreas(map, slide.geometry, all, context.signal);
  const post = (key: string, name: string, value: number) =>
    onceByKey(context, key, { type: 'float', name, value: Number(value.toPrecision(9)) }, { isComplete: true });
  for (const { channel, areaMm2 } of areas) {
    const { label, areaKey } = context.terms[channel] as (typeof context.terms)[0];
    await post(areaKey, `Area of ${label} in mm2`, areaMm2);
  }
  await post(EXAMINED_KEY, 'Examined area in mm2', areas[0]?.examinedMm2 ?? 0);
}
