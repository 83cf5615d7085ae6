/** How much of tenants and runs is taken. */
export interface RunLimits {
  /** Runs at a time. Default 2. */
  readonly maxRunning?: number;
  /** Of one tenant at a time. Default all of them. */
  readonly maxRunningPerTenant?: number;
  /** Runs that wait or run, of one tenant. Default 100. */
  readonly maxActivePerTenant?: number;
  /** The same for some of them, by their names. */
  readonly maxActiveOf?: Readonly<Record<string, number>>;
  /** Runs that wait, of all tenants. Default 1000. */
  readonly maxQueued?: number;
  /** Bytes of the attachments of one run. Default 16 GiB. */
  readonly maxUploadBytes?: number;
}

export const LIMITS = {
  maxRunning: 2,
  maxActivePerTenant: 100,
  maxQueued: 1000,
  maxUploadBytes: 16 * 2 ** 30,
} as const;

export const RETRY_AFTER_MS = 30_000;
