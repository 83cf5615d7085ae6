import type { Log } from '@deephealth/runtime';
import type { Manifest, ServerSecurity } from '@deephealth/sdk';
import type { ADAPTERS } from './start-adapter.js';

/** What adapters are started amid. */
export interface Surroundings {
  /** "host:port" or "unix:/path" of the runtime. */
  readonly runtime: string;
  /** Key of the adapter there; absent where nobody is asked. */
  readonly runtimeToken?: string;
  /** The runtime's own, which the faces of an adapter share with it. */
  readonly security: ServerSecurity;
  /** Whether nothing may be served without proof of who calls. */
  readonly isProduction: boolean;
  /** Model stores. */
  readonly models: readonly string[];
  readonly insecureBind: boolean;
  readonly log: Log;
  /** Hears when an answer has gone out through the platform's own face; must not throw. */
  readonly onAnswered?: OnAnswered;
}

/** Of which model on which platform an answer went out; nothing of what was asked. */
export type OnAnswered = (
  platform: (typeof ADAPTERS)[number],
  model: { readonly name: string; readonly version: string; readonly packageSha256: string },
) => void;

/** How an adapter reaches the runtime. */
export function connectionOf({ runtime, runtimeToken }: Pick<Surroundings, 'runtime' | 'runtimeToken'>) {
  return { runtime, ...(runtimeToken !== undefined && { runtimeToken }) };
}

/** The model behind what an adapter serves. */
export function modelOf(served: {
  readonly manifest: Pick<Manifest, 'name' | 'version'>;
  readonly packageSha256: string;
}) {
  const { name, version } = served.manifest;
  return { name, version, packageSha256: served.packageSha256 };
}
