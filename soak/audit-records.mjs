// The audit of a server that writes one: every acknowledged request must have its record, and the chain must hold.
import { verifyLog } from '@deephealth/runtime';

/** What is missing or wrong, a sentence each, or nothing. */
export async function auditFaults(folder, acknowledged) {
  const { inferences, problems } = await verifyLog(folder);
  const missing = acknowledged - inferences;
  return [
    ...(missing > 0 ? [`${missing} of ${acknowledged} are missing`] : []),
    ...problems.map(({ kind, message }) => `${kind}: ${message}`),
  ];
}
