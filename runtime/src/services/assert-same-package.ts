import { DeepHealthError } from '@deephealth/sdk';

interface Package {
  readonly packageSha256: string;
}

/**
 * Throws DH_MODEL_NOT_READY if the version was verified anew from other files while the request
 * waited: what was admitted for one package must not be answered by another.
 */
export function assertSamePackage(admittedFor: Package, ranOn: Package): void {
  if (ranOn.packageSha256 === admittedFor.packageSha256) return;
  throw new DeepHealthError(
    'DH_MODEL_NOT_READY',
    'The model package was replaced while the request waited. Send it again.',
    { retryAfterMs: 100 },
  );
}
