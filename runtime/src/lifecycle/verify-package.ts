import { basename, dirname, resolve } from 'node:path';
import type { DeepHealthError } from '@deephealth/sdk';
import type { VerificationReport } from '../host/host-messages.js';
import { openIsolation } from '../isolation/isolation.js';
import type { IsolationSettings } from '../isolation/isolation-settings.js';
import { type Log, silentLog } from '../log.js';
import { ObserverGroup } from '../observability/observer-group.js';
import type { RemoteTarget } from '../remote/remote-target.js';
import { TrustGuard, type TrustSettings } from '../trust/trust-guard.js';
import { DEFAULT_LIMITS } from './default-limits.js';
import type { ModelLimits } from './model-limits.js';
import { ModelVersion } from './model-version.js';
import { RunBudget } from './run-budget.js';
import { threadBudget } from './thread-budget.js';

/** What checking a package found. */
export interface PackageCheck {
  /** Undefined if the package would be READY. */
  readonly error: DeepHealthError | undefined;
  readonly report: VerificationReport | undefined;
  readonly packageSha256: string;
}

export interface VerifyPackageOptions {
  readonly limits?: ModelLimits;
  readonly log?: Log;
  /** Default `best-effort`. */
  readonly isolation?: IsolationSettings;
  /** The server that runs the model, for a package that says so. */
  readonly remote?: RemoteTarget;
  /** Whose packages would be served; default anybody's. Throws DH_TRUST_STORE_INVALID. */
  readonly trust?: TrustSettings;
}

/** Verifies one package folder in a host of its own, exactly as a server does, and frees the host. */
export async function verifyPackage(folder: string, options: VerifyPackageOptions = {}): Promise<PackageCheck> {
  const { limits = DEFAULT_LIMITS, log = silentLog, remote, isolation } = options;
  const path = resolve(folder);
  const model = new ModelVersion({
    name: basename(dirname(path)),
    version: basename(path),
    folder: path,
    limits,
    log,
    isolation: openIsolation(isolation),
    budget: new RunBudget(threadBudget()),
    observer: new ObserverGroup(),
    remote,
    trust: options.trust && (await TrustGuard.open(options.trust, log)),
  });
  await model.verify();
  const check = { error: model.reason, report: model.report, packageSha256: model.packageSha256 };
  await model.unload(0);
  return check;
}
