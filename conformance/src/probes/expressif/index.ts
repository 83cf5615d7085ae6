import type { Probe } from '../probe.js';
import { RULE_CALLER_PROBES } from './callers.js';
import { RULE_EXPLANATION_PROBES } from './explanations.js';
import { RULE_NUMBER_PROBES } from './numbers.js';
import { RULE_HTTP_PROBES } from './over-http.js';
import { RULE_SEAM_PROBES } from './seams.js';
import { RULE_SERVICE_PROBES } from './service.js';
import { RULE_TIME_PROBES } from './times.js';

/** What a case asks of an adapter for rule bases. */
export const EXPRESSIF_PROBES: Readonly<Record<string, Probe>> = {
  ...RULE_SERVICE_PROBES,
  ...RULE_NUMBER_PROBES,
  ...RULE_SEAM_PROBES,
  ...RULE_CALLER_PROBES,
  ...RULE_TIME_PROBES,
  ...RULE_EXPLANATION_PROBES,
  ...RULE_HTTP_PROBES,
};
