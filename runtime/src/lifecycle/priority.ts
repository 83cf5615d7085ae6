import type { runtimeV1 } from '@deephealth/proto';

/** Classes of urgency, most urgent first. */
export const PRIORITIES = ['STAT', 'ROUTINE', 'BATCH'] as const;
export type Priority = (typeof PRIORITIES)[number];

/** The contract's priority; one that is not stated, or is from a newer contract, is ROUTINE. */
export function fromContractPriority(priority: runtimeV1.Priority__Output): Priority {
  if (priority === 'PRIORITY_STAT') return 'STAT';
  return priority === 'PRIORITY_BATCH' ? 'BATCH' : 'ROUTINE';
}
