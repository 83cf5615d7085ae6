/** What a person or program is there for; a caller has one or more of them. */
export const ROLES = ['admin', 'operator', 'clinician', 'safety-officer', 'auditor', 'service'] as const;

/** What a caller is there for; what it may do follows from it. */
export type Role = (typeof ROLES)[number];

/** By what a caller was recognised. `none`: the server asks nobody, which it does on loopback only. */
export type Authentication = 'none' | 'key' | 'token' | 'certificate';

/** Who calls, as the server has found out; never what the caller says of itself. */
export interface Caller {
  /** Stable name of the person or program: the id of its key, `sub` of its token, the subject of its certificate. */
  readonly subject: string;
  readonly roles: readonly Role[];
  /** Organisation or ward that it belongs to; empty if it belongs to none. */
  readonly tenant: string;
  readonly authentication: Authentication;
  /** Names of the models that it may see and use; `*` stands for any characters. Absent: all. */
  readonly models?: readonly string[];
  /** The same for its tenant as a whole. Both have to allow a model. */
  readonly tenantModels?: readonly string[];
  /**
   * False once its token or key has expired or was withdrawn. Asked again for every item of a stream, which may live
   * longer than what it was opened with. Absent: for as long as the server runs.
   */
  readonly isCurrent?: () => boolean;
}

/** Whoever reaches a server on loopback that asks nobody who they are. */
export const ANONYMOUS: Caller = { subject: 'anonymous', roles: ['admin'], tenant: '', authentication: 'none' };
