/**
 * `required`: a host that cannot be confined does not start. `best-effort`: what this system knows is
 * done, and the rest is told. `off`: nothing but the limit of memory.
 */
export type IsolationMode = 'off' | 'best-effort' | 'required';

/** How model hosts are kept from what is no business of theirs. */
export interface IsolationSettings {
  /** Default `best-effort`. */
  readonly mode?: IsolationMode;
  /** Name or number of the user that hosts run as; the server must be started as root. Default: the server's. */
  readonly user?: string;
  /** Name or number of their group; default that of `user`. */
  readonly group?: string;
}
