import type { Probe } from '../probe.js';
import { BAD_SLIDE_PROBES } from './bad-slides.js';
import { MAP_PROBES } from './maps.js';
import { REPORT_PROBES } from './reports.js';
import { SLIDE_SERVICE_PROBES } from './service.js';

/** What a case asks of an adapter for slides. */
export const PATHOLOGY_PROBES: Readonly<Record<string, Probe>> = {
  ...MAP_PROBES,
  ...BAD_SLIDE_PROBES,
  ...REPORT_PROBES,
  ...SLIDE_SERVICE_PROBES,
};
