/** The section "audit" of the configuration, and where the state lies. */
export interface AuditSettings {
  /** Folder of the segments; made if it is not there. */
  readonly folder: string;
  /** Whether an answer waits until its record is on the disk. Default true. */
  readonly durable?: boolean;
  /** A new segment is begun when one is larger. Default 64. */
  readonly segmentMiB?: number;
  /** A new segment is begun when one is older. Default 24. */
  readonly segmentHours?: number;
  /** Whole segments older than this are deleted. Default: none ever is. */
  readonly retentionDays?: number;
  /** Whether requests that get no result are recorded, too. Default true. */
  readonly recordRefusals?: boolean;
  /** PEM file of the Ed25519 key that signs ends of segments and the head. Default: nothing is signed. */
  readonly signingKeyFile?: string;
}

export const AUDIT_DEFAULTS = {
  durable: true,
  segmentMiB: 64,
  segmentHours: 24,
  recordRefusals: true,
} as const;
