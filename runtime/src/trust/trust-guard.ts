import {
  DeepHealthError,
  judgePackage,
  type PackageEvidence,
  type PackageVerdict,
  readPackageEvidence,
  readTrustedKeys,
  type TrustedKeys,
  type TrustPolicy,
} from '@deephealth/sdk';
import type { Log } from '../log.js';

/** Whose packages a server serves. */
export interface TrustSettings extends Partial<TrustPolicy> {
  /** Files and folders of trusted keys. */
  readonly keys: string | readonly string[];
}

// Half of the second within which a revoked key stops what it has signed.
const LOOK_EVERY_MS = 500;

/** Judges packages by who has signed them, and follows the trusted keys while the server runs. */
export class TrustGuard {
  readonly #paths: readonly string[];
  readonly #policy: TrustPolicy;
  readonly #log: Log;
  #trusted: TrustedKeys;
  #isReadable = true;

  private constructor(paths: readonly string[], policy: TrustPolicy, log: Log, trusted: TrustedKeys) {
    this.#paths = paths;
    this.#policy = policy;
    this.#log = log;
    this.#trusted = trusted;
  }

  /** Throws DH_TRUST_STORE_INVALID. */
  static async open({ keys, requireSignatures = true, ...policy }: TrustSettings, log: Log): Promise<TrustGuard> {
    const paths = typeof keys === 'string' ? [keys] : keys;
    return new TrustGuard(paths, { ...policy, requireSignatures }, log, await readTrustedKeys(paths));
  }

  /** False while the trusted keys on disk cannot be read, and those that were read last hold. */
  get isReadable(): boolean {
    return this.#isReadable;
  }

  judge(evidence: PackageEvidence, model: string): PackageVerdict {
    return judgePackage(evidence, model, this.#trusted, this.#policy);
  }

  /** Digest and signatures of a package that may be served; nothing else of it is read. Throws why it may not. */
  async admit(folder: string, model: string): Promise<PackageEvidence> {
    const evidence = await readPackageEvidence(folder);
    const { refusal } = this.judge(evidence, model);
    if (refusal !== undefined) throw refusal;
    return evidence;
  }

  /**
   * Reads the trusted keys anew. If they cannot be read, the former ones hold: a slip in the file must not stop a
   * hospital, and says nothing of any key.
   */
  async reload(): Promise<void> {
    try {
      this.#trusted = await readTrustedKeys(this.#paths);
      if (!this.#isReadable) this.#log('info', 'trust.readable');
      this.#isReadable = true;
    } catch (thrown) {
      const { code, message } = DeepHealthError.from(thrown);
      if (this.#isReadable) this.#log('error', 'trust.unreadable', { code, message });
      this.#isReadable = false;
    }
  }

  /**
   * Looks at the trusted keys twice a second, and at what they say of what runs: keys are revoked, and their time
   * passes. Returns what stops it.
   */
  watch(recheck: () => void): () => void {
    let timer: NodeJS.Timeout;
    let isStopped = false;
    const next = () => {
      timer = setTimeout(() => void look(), LOOK_EVERY_MS).unref();
    };
    const look = async () => {
      await this.reload();
      if (isStopped) return;
      recheck();
      next();
    };
    next();
    return () => {
      isStopped = true;
      clearTimeout(timer);
    };
  }
}

/** True for a refusal that other trusted keys, or another time, may undo. */
export function isTrustRefusal({ code }: DeepHealthError): boolean {
  return TRUST_CODES.has(code);
}

const TRUST_CODES: ReadonlySet<string> = new Set([
  'DH_PACKAGE_UNSIGNED',
  'DH_PACKAGE_SIGNER_UNTRUSTED',
  'DH_PACKAGE_SIGNER_MISSING',
  'DH_PACKAGE_KEY_REVOKED',
  'DH_PACKAGE_KEY_EXPIRED',
  'DH_PACKAGE_KEY_NOT_YET_VALID',
  'DH_PACKAGE_REVOKED',
]);
