import type { FeedbackEntry } from '@deephealth/adapter-clinical-decision-support';
import type { RunRecord } from '@deephealth/adapter-piaf';
import type { Caller } from '@deephealth/sdk';

/** What an adapter that is served beside the runtime has to show. */
export interface ShownAdapter {
  /** Newest first. */
  readonly latestFeedback?: (
    before: number,
    limit: number,
    isShown: (entry: FeedbackEntry) => boolean,
  ) => readonly FeedbackEntry[];
  readonly rules?: {
    readonly url: string;
    readonly ruleBases: readonly { readonly id: string; readonly title: string; readonly model: string }[];
  };
  readonly runs?: {
    readonly url: string;
    /** Whether tenants prove themselves at the service alone. */
    readonly hasOwnTenants: boolean;
    latestRuns(caller: Caller, count: number): readonly RunRecord[];
  };
}
