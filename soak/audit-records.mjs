// The audit of a server that writes one: every acknowledged request must have its record.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What is missing: one sentence, or none. Records are JSON lines with `kind`, or `event` in its place. */
export function countAuditRecords(folder, acknowledged) {
  let records = 0;
  for (const file of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    if (!/\.(?:jsonl|ndjson|log)$/.test(file)) continue;
    for (const line of readFileSync(join(folder, file), 'utf8').split('\n')) {
      if (/"(?:kind|event)":"inference"/.test(line)) records += 1;
    }
  }
  return records >= acknowledged ? [] : [`${acknowledged - records} of ${acknowledged}`];
}
