import { DeepHealthError } from '@deephealth/sdk';
import { fileLines } from './file-lines.js';
import { listSegments, type SegmentFile } from './segment-files.js';

/** A record as it stands in its line. */
export interface AuditRecord {
  readonly seq: number;
  readonly time: string;
  /** Microseconds since the server opened the log. */
  readonly mono: number;
  readonly kind: string;
  readonly face?: string;
  readonly caller?: {
    readonly subject: string;
    readonly tenant: string;
    readonly roles: readonly string[];
    readonly authentication: string;
  };
  readonly request?: string;
  readonly model?: string;
  readonly version?: string;
  readonly package?: string;
  readonly onnx?: string;
  readonly runtime?: string;
  readonly engine?: string;
  readonly provider?: string;
  readonly batch?: number;
  readonly input?: string;
  readonly output?: string;
  readonly outputs?: readonly string[];
  readonly highlights?: readonly string[];
  readonly warnings?: readonly string[];
  readonly abstained?: boolean;
  readonly sequence?: { readonly id: string; readonly position: number };
  readonly code?: string;
  readonly repeated?: number;
  readonly action?: string;
  readonly reason?: string;
  readonly state?: string;
  readonly prev: string;
  readonly hash: string;
}

/** Which records are read. */
export interface RecordFilter {
  /** ISO 8601 or a date; from then on. */
  readonly fromMs?: number;
  /** Before then. */
  readonly toMs?: number;
  readonly kinds?: readonly string[];
}

/** A record with its line, for those who hand on the very bytes. */
export interface FoundRecord {
  readonly record: AuditRecord;
  readonly line: string;
}

/**
 * Records of a log in their order, in constant memory. What is no record is left out: whether the log is whole is for
 * `verifyLog` to say.
 *
 * @throws DH_AUDIT_UNREADABLE
 */
export async function* readRecords(folder: string, filter: RecordFilter = {}): AsyncGenerator<FoundRecord> {
  const { fromMs = Number.NEGATIVE_INFINITY, toMs = Number.POSITIVE_INFINITY, kinds } = filter;
  for (const { path } of await segmentsOf(folder)) {
    for await (const lines of fileLines(path)) {
      for (const { bytes } of lines) {
        const line = bytes.toString();
        const record = parseRecord(line);
        if (record === undefined || (kinds !== undefined && !kinds.includes(record.kind))) continue;
        const timeMs = Date.parse(record.time);
        if (timeMs >= fromMs && timeMs < toMs) yield { record, line };
      }
    }
  }
}

/**
 * The record of a number.
 *
 * @throws DH_AUDIT_UNREADABLE if there is none
 */
export async function findRecord(folder: string, seq: number): Promise<FoundRecord> {
  const file = (await segmentsOf(folder)).filter(({ firstSeq }) => firstSeq <= seq).at(-1);
  if (file !== undefined) {
    for await (const lines of fileLines(file.path)) {
      for (const { bytes } of lines) {
        if (!bytes.subarray(0, 32).toString('latin1').startsWith(`{"seq":${seq},`)) continue;
        const line = bytes.toString();
        const record = parseRecord(line);
        if (record !== undefined) return { record, line };
      }
    }
  }
  throw new DeepHealthError('DH_AUDIT_UNREADABLE', `The audit log has no record ${seq}.`, {
    details: { received: String(seq) },
  });
}

async function segmentsOf(folder: string): Promise<SegmentFile[]> {
  try {
    return await listSegments(folder);
  } catch (cause) {
    throw new DeepHealthError('DH_AUDIT_UNREADABLE', 'The audit folder is not there or cannot be read.', { cause });
  }
}

/** A line as a record; undefined for what is none. */
export function parseRecord(line: string): AuditRecord | undefined {
  try {
    const record = JSON.parse(line) as Partial<AuditRecord> | null;
    const isRecord =
      typeof record?.seq === 'number' && typeof record.time === 'string' && typeof record.kind === 'string';
    return isRecord ? (record as AuditRecord) : undefined;
  } catch {
    return undefined;
  }
}
