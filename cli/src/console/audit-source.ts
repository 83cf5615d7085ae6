import type { AuditVerificationAnswer, ConsoleSources } from '@deephealth/console';
import { type AuditRecord, readAuditHead, readLatestRecords, verifyLog } from '@deephealth/runtime';
import { type Caller, DeepHealthError, maySeeModel } from '@deephealth/sdk';

/** A log that takes longer is for the command. */
const VERIFICATION_MS = 20_000;
const NO_HEAD = { seq: -1, hash: '' };

/**
 * The audit log of this server.
 *
 * @param folder undefined where the server keeps none
 */
export function auditSource(folder: string | undefined, now: () => number = Date.now): ConsoleSources['audit'] {
  const there = () => {
    if (folder !== undefined) return folder;
    throw new DeepHealthError('DH_FEATURE_UNSUPPORTED', 'This server keeps no audit log.');
  };
  let verifying: Promise<AuditVerificationAnswer> | undefined;
  return {
    status: () =>
      folder === undefined
        ? { available: false, reason: 'This server keeps no audit log: "audit" in the configuration turns it on.' }
        : { available: true },
    async page({ before, limit, kind, model }, caller) {
      const head = await readAuditHead(there());
      const { records, next } = await readLatestRecords(there(), {
        ...{ limit, ...(before !== undefined && { before }) },
        matches: (record) =>
          (kind === undefined || record.kind === kind) &&
          (model === undefined || record.model === model) &&
          maySee(caller, record),
      });
      return {
        records: records as unknown as readonly Record<string, unknown>[],
        ...(next !== undefined && { next }),
        head: typeof head === 'object' ? { seq: head.seq, hash: head.hash } : NO_HEAD,
      };
    },
    verify() {
      // One at a time, for all who ask.
      verifying ??= verification(there(), now).finally(() => {
        verifying = undefined;
      });
      return verifying;
    },
  };
}

/** A caller of a tenant reads of its tenant, and who may see some models reads of those. */
function maySee(caller: Caller | undefined, { model, caller: recorded }: AuditRecord): boolean {
  if (caller === undefined) return true;
  if (model !== undefined && !maySeeModel(caller, model)) return false;
  return caller.tenant === '' || recorded === undefined || recorded.tenant === caller.tenant;
}

async function verification(folder: string, now: () => number): Promise<AuditVerificationAnswer> {
  const endMs = now() + VERIFICATION_MS;
  const { isValid, records, problems } = await verifyLog(folder, {
    onProgress() {
      if (now() < endMs) return;
      throw new DeepHealthError(
        'DH_DEADLINE_EXCEEDED',
        'The audit log is too long to be verified while somebody waits. Run "deephealth audit verify".',
      );
    },
  });
  const [problem] = problems;
  return {
    ...{ valid: isValid, checked: records },
    ...(problem && { problem: { seq: problem.seq ?? -1, message: problem.message } }),
  };
}
