import type { DeepHealthError, PackageEvidence } from '@deephealth/sdk';
import {
  CHECK_NAMES,
  SIGNATURE_CHECK,
  type VerificationCheck,
  type VerificationReport,
} from '../host/host-messages.js';
import type { StartOutcome } from '../lifecycle/start-host.js';

type Refused = Extract<StartOutcome, { readonly error: DeepHealthError }>;

/** The outcome for a package that nobody read further. */
export function refusedBySignature(error: DeepHealthError, evidence: PackageEvidence | undefined): Refused {
  const report: VerificationReport = {
    checks: [
      signatureCheck('CHECK_STATUS_FAILED', error.message),
      ...CHECK_NAMES.map((name) => ({
        name,
        status: 'CHECK_STATUS_NOT_RUN' as const,
        message: 'Not run, because an earlier check failed.',
        durationUs: 0,
      })),
    ],
    completedAtMs: Date.now(),
    goldenCases: 0,
    worstGoldenError: 0,
  };
  return { error, report, packageSha256: evidence?.packageSha256 ?? '', title: '' };
}

/** An outcome whose report says that the signatures were looked at before. */
export function withSignature(outcome: StartOutcome): StartOutcome {
  const check = signatureCheck('CHECK_STATUS_PASSED', 'Signed by keys that this server trusts.');
  const checked = (report: VerificationReport) => ({ ...report, checks: [check, ...report.checks] });
  if ('error' in outcome) return { ...outcome, report: outcome.report && checked(outcome.report) };
  const { loaded } = outcome;
  return { ...outcome, loaded: { ...loaded, report: checked(loaded.report) } };
}

function signatureCheck(status: VerificationCheck['status'], message: string): VerificationCheck {
  return { name: SIGNATURE_CHECK, status, message, durationUs: 0 };
}
