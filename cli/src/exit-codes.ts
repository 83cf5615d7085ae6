import type { DeepHealthError, ErrorCode } from '@deephealth/sdk';

/** Exit codes of the command, in `deephealth --help` too. */
export const EXIT = {
  ok: 0,
  /** The answer is no: a package that does not verify, a refused request. */
  refused: 1,
  /** The command line itself is wrong. */
  usage: 2,
  /** The same for `conformance`, where 2 is a fault of the suite or on the way to the target. */
  conformanceUsage: 4,
  /** No server answered. */
  unreachable: 3,
  /** A fault of this software. */
  internal: 70,
} as const;

const UNREACHABLE: readonly ErrorCode[] = ['DH_CONNECT_FAILED'];

export function exitCodeFor(error: DeepHealthError): number {
  if (UNREACHABLE.includes(error.code)) return EXIT.unreachable;
  return error.code === 'DH_INTERNAL' ? EXIT.internal : EXIT.refused;
}
