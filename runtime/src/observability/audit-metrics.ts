import type { AuditFigures } from '../audit/audit-log.js';
import type { PulledMetricDefinition } from './pulled-metric.js';

/** What the audit log has written, and whether it can write. */
export function auditMetrics(figures: () => AuditFigures): PulledMetricDefinition[] {
  const metric = (type: 'counter' | 'gauge', name: string, help: string, value: (of: AuditFigures) => number) =>
    ({ name, help, type, samples: () => [{ labels: {}, value: value(figures()) }] }) as const;
  return [
    metric('counter', 'deephealth_audit_records_total', 'Records written since the start.', ({ records }) => records),
    metric('counter', 'deephealth_audit_commits_total', 'Groups of records written at once.', ({ groups }) => groups),
    metric('gauge', 'deephealth_audit_writing', '1 if records can be written; at 0 nothing is answered.', (of) =>
      of.isWriting ? 1 : 0,
    ),
    metric('gauge', 'deephealth_audit_lost_records', 'Records not written since it failed.', ({ lost }) => lost),
  ];
}
