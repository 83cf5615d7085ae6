import type { Probe } from '../probe.js';
import { MAP_PROBES } from './maps.js';

/** What a case asks of an adapter for slides. */
export const PATHOLOGY_PROBES: Readonly<Record<string, Probe>> = { ...MAP_PROBES };
