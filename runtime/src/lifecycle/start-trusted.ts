import { DeepHealthError, type PackageEvidence, readPackageEvidence } from '@deephealth/sdk';
import type { BatchingProof } from '../host/batching-proof.js';
import type { Isolation } from '../isolation/isolation.js';
import type { RemoteTarget } from '../remote/remote-target.js';
import { refusedBySignature, withSignature } from '../trust/signature-check.js';
import type { TrustGuard } from '../trust/trust-guard.js';
import { capResources, declaredResources } from './declared-resources.js';
import type { ModelLimits } from './model-limits.js';
import type { RunBudget } from './run-budget.js';
import { type StartHostOptions, type StartOutcome, startHost } from './start-host.js';
import { identityError, packageChanged } from './version-errors.js';

/** A start, and who vouches for the package that was read. */
export type TrustedOutcome = StartOutcome & { readonly evidence?: PackageEvidence | undefined };

/** What stays the same from start to start of one version. */
export interface StartedVersion {
  readonly name: string;
  readonly version: string;
  readonly folder: string;
  readonly limits: ModelLimits;
  readonly budget: RunBudget;
  readonly isolation?: Isolation | undefined;
  readonly remote?: RemoteTarget | undefined;
  /** Whose packages are served; default anybody's. */
  readonly trust?: TrustGuard | undefined;
}

export interface TrustedStart extends Pick<StartHostOptions, 'signal' | 'onReply' | 'onExit' | 'onOutput'> {
  /** Digest of the package that may be loaded, and no other one. */
  readonly verified: string | undefined;
  /** What was proven of a package before, so that it need not be proven again. */
  readonly proven: { readonly packageSha256: string; readonly batching: BatchingProof } | undefined;
  /** Memory limit of the host, before it is started. */
  onLimit(memoryMiB: number): void;
}

/** Starts a host on the files as they are: on those that are trusted, where the server asks for signatures. */
export async function startTrusted(version: StartedVersion, start: TrustedStart): Promise<TrustedOutcome> {
  const { folder, trust, name } = version;
  const { verified } = start;
  if (trust === undefined) return startOn(version, start, verified);
  // Nothing else of the package is read before it is known whose it is.
  let evidence: PackageEvidence | undefined;
  try {
    evidence = await readPackageEvidence(folder);
    const { refusal } = trust.judge(evidence, name);
    if (refusal !== undefined) throw refusal;
    if (verified !== undefined && verified !== evidence.packageSha256) throw packageChanged(version);
  } catch (thrown) {
    return { ...refusedBySignature(DeepHealthError.from(thrown), evidence), evidence };
  }
  // The host takes this very package or none, whatever lies there by then.
  return { ...withSignature(await startOn(version, start, evidence.packageSha256)), evidence };
}

/** What was loaded while a key was revoked is refused as if it had been so before. */
export function stillTrusted({ trust, name }: StartedVersion, outcome: TrustedOutcome): TrustedOutcome {
  if (trust === undefined || 'error' in outcome || outcome.evidence === undefined) return outcome;
  const { refusal } = trust.judge(outcome.evidence, name);
  if (refusal === undefined) return outcome;
  outcome.host.kill();
  return { ...refusedBySignature(refusal, outcome.evidence), evidence: outcome.evidence };
}

async function startOn(
  version: StartedVersion,
  { proven, onLimit, signal, onReply, onExit, onOutput }: TrustedStart,
  packageSha256: string | undefined,
): Promise<StartOutcome> {
  const { folder, limits, remote, budget, isolation } = version;
  const resources = capResources(await declaredResources(folder, packageSha256), limits);
  onLimit(resources.memoryMiB);
  const outcome = await startHost({
    resources,
    isolation,
    order: {
      folder,
      ...(packageSha256 !== undefined && { packageSha256 }),
      intraOpThreads: limits.intraOpThreads,
      maxThreads: budget.threads,
      maxBatchSize: limits.maxBatchSize,
      ...(remote && { remote }),
      ...(proven && { proven }),
    },
    signal,
    onReply,
    onExit,
    onOutput,
  });
  if ('error' in outcome) return outcome;
  const { manifest, report, packageSha256: loaded } = outcome.loaded;
  const isOther = packageSha256 !== undefined && packageSha256 !== loaded;
  const error = isOther ? packageChanged(version) : identityError(version, manifest);
  if (error === undefined) return outcome;
  outcome.host.kill();
  return { error, report, packageSha256: loaded, title: manifest.title };
}
