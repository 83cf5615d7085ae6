import { DeepHealthError } from '@deephealth/sdk';
import { type Parameter, textOf } from './parameter-value.js';

/** Parameter of a request: the package that must answer, by its digest. */
export const PINNED_PACKAGE_PARAMETER = 'deephealth_expected_package_sha256';
/** The same as gRPC metadata or HTTP header, for clients that set no parameters. */
export const PINNED_PACKAGE_HEADER = 'deephealth-expected-package-sha256';

/**
 * Refuses a request that asks for another package than the one served, before anything of it is looked at. A caller
 * that says it twice must say the same.
 *
 * @throws DH_PACKAGE_DIGEST_MISMATCH, DH_PARAMETER_INVALID for what is no digest
 */
export function checkPinnedPackage(
  { [PINNED_PACKAGE_PARAMETER]: parameter }: Readonly<Record<string, Parameter>>,
  header: ((name: string) => string | undefined) | undefined,
  packageSha256: string,
): void {
  const pins = [
    parameter === undefined ? undefined : textOf(PINNED_PACKAGE_PARAMETER, parameter),
    header?.(PINNED_PACKAGE_HEADER),
  ];
  for (const pinned of pins) {
    if (pinned === undefined || pinned === packageSha256) continue;
    if (!/^[0-9a-f]{64}$/.test(pinned)) {
      throw new DeepHealthError(
        'DH_PARAMETER_INVALID',
        `invalid value for '${PINNED_PACKAGE_PARAMETER}', expected 64 lower-case hex digits.`,
        { details: { parameter: PINNED_PACKAGE_PARAMETER } },
      );
    }
    throw new DeepHealthError(
      'DH_PACKAGE_DIGEST_MISMATCH',
      `Another package is served than the one that '${PINNED_PACKAGE_PARAMETER}' pins.`,
      { details: { parameter: PINNED_PACKAGE_PARAMETER, received: packageSha256 } },
    );
  }
}
