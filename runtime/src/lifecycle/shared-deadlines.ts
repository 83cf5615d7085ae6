import { monotonicMs } from './deadline-clock.js';
import { IdTable } from './id-table.js';

const MAX_TIMER_MS = 0x7fff_ffff;
// Deadlines this close to each other share a timer: the clock of a caller is not more exact.
const BUCKET_MS = 5;

interface Bucket {
  readonly listeners: IdTable<() => void>;
  timer: NodeJS.Timeout;
}

const buckets = new IdTable<Bucket>();
let nextNumber = 0;

/**
 * Calls `listener` once the deadline has passed, at most 6 ms later: a bucket, and what a timer rounds. A timer of its
 * own for each of some ten thousand requests a second would take longer than the rest of their bookkeeping.
 *
 * @param deadlineMs on the monotonic clock; never for one that is not finite
 * @returns forgets the listener
 */
export function onDeadline(deadlineMs: number, listener: () => void): () => void {
  if (!Number.isFinite(deadlineMs)) return () => undefined;
  const at = Math.ceil(deadlineMs / BUCKET_MS) * BUCKET_MS;
  const bucket = buckets.get(at) ?? open(at);
  const number = nextNumber++;
  bucket.listeners.set(number, listener);
  return () => {
    if (!bucket.listeners.delete(number) || bucket.listeners.size > 0) return;
    clearTimeout(bucket.timer);
    if (buckets.get(at) === bucket) buckets.delete(at);
  };
}

function open(at: number): Bucket {
  const listeners = new IdTable<() => void>();
  const ring = () => {
    // A timer of Node's may run a moment early, and none runs longer than 24 days.
    if (monotonicMs() < at) {
      bucket.timer = arm();
      return;
    }
    buckets.delete(at);
    const passed = listeners.values();
    listeners.clear();
    for (const listener of passed) listener();
  };
  const arm = () => setTimeout(ring, Math.min(Math.max(0, at - monotonicMs()), MAX_TIMER_MS));
  const bucket: Bucket = { listeners, timer: arm() };
  buckets.set(at, bucket);
  return bucket;
}
