/** Longest time in ms that one export may take, repetitions included; a stopping server waits for it. */
export const EXPORT_TIMEOUT_MS = 3000;
/** Spans that wait for export; further ones are dropped, so that a lost collector costs no memory. */
export const MAX_QUEUED_SPANS = 4096;
export const MAX_SPANS_PER_EXPORT = 512;
/** Longest time in ms that a finished span waits for others to travel with. */
export const EXPORT_DELAY_MS = 2000;
