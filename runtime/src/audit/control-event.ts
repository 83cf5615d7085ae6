import type { ControlEvent } from './audit-event.js';

/**
 * Hears of an act of control before it is done. What it returns is awaited, and if it rejects, nothing is done:
 * what cannot be recorded does not happen.
 */
export type OnControl = (event: Omit<ControlEvent, 'kind'>) => Promise<void> | void;
