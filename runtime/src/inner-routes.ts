import type { Caller } from '@deephealth/sdk';
import type { InnerConnection } from './access/inner-door.js';
import type { AuditLog } from './audit/audit-log.js';
import type { Route } from './http/route.js';
import type { LiveFigures } from './observability/live-figures.js';
import type { ModelStore } from './store/model-store.js';

/** How a request of somebody else's is made at the server's contract, by a route of the same process. */
export interface CallerConnection extends InnerConnection {
  /** Ends what {@link InnerConnection.token} stands for. To be called when the request is answered. */
  release(): void;
}

/** What routes of others in this process see of the server. */
export interface ServerInside {
  readonly store: ModelStore;
  readonly audit: AuditLog | undefined;
  /** Whether callers are asked who they are. */
  readonly hasAccessControl: boolean;
  /**
   * Where the contract answers, and a key that stands for this very caller, with its roles, its tenant and its models:
   * what the caller may not do, the contract refuses. Absent caller: nobody is asked.
   *
   * @throws DH_UNAUTHENTICATED without a caller, where callers are asked who they are
   */
  connectFor(caller: Caller | undefined): Promise<CallerConnection>;
  /** What was counted so far. */
  figures(): LiveFigures;
  readonly serverName: string;
  /** Largest body of a request, in bytes. */
  readonly maxBodyBytes: number;
}

/** Makes routes that are served beside those of the server, behind the same guards. */
export type InnerRoutes = (inside: ServerInside) => readonly Route[];
