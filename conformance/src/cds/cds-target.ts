import type { WrittenModel } from '../models/write-models.js';
import type { ObservingRuntime } from '../targets/observing-runtime.js';
import type { SuiteEhr } from './suite-ehr.js';

/** How a service of profile `cds` is asked. */
export interface CdsTarget {
  /** `{baseUrl}/cds-services` is its discovery. */
  readonly baseUrl: string;
  /** The EHR that the suite plays. */
  readonly ehr: SuiteEhr;
  /** The runtime behind it, which the suite plays, too. */
  readonly runtime: ObservingRuntime;
  /** What that runtime serves, the suite's packages for the platform included. */
  readonly models: readonly WrittenModel[];
}
