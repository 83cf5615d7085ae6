import { HistogramSeries } from './histogram-series.js';
import { DURATION_BUCKETS_SECONDS } from './version-series.js';

const SAMPLE_MS = 50;
const US_PER_MS = 1000;

let series: HistogramSeries | undefined;

/**
 * How late timers of this process fire: time during which nothing could be admitted or answered.
 *
 * A growing histogram, which any number of scrapers may read. Node's own monitor holds percentiles
 * since it was last reset, counts its sampling interval in, and has none right after a reset.
 */
export function eventLoopDelay(): HistogramSeries {
  series ??= watch(new HistogramSeries(DURATION_BUCKETS_SECONDS, US_PER_MS * 1000));
  return series;
}

function watch(delays: HistogramSeries): HistogramSeries {
  let due = performance.now() + SAMPLE_MS;
  setInterval(() => {
    const now = performance.now();
    delays.observe(Math.round((now - due) * US_PER_MS));
    due = now + SAMPLE_MS;
  }, SAMPLE_MS).unref();
  return delays;
}
