import { DeepHealthError } from '@deephealth/sdk';
import { CHECK_NAMES, type CheckName, type VerificationCheck, type VerificationReport } from './host-messages.js';

/** Runs the checks of a verification in order and keeps what each one said and how long it took. */
export class VerificationLog {
  readonly #checks = new Map<CheckName, VerificationCheck>();
  goldenCases = 0;
  worstGoldenError = 0;

  /** Runs one check; `passed` gives the sentence for a check that passed. Rethrows what the check throws. */
  async check<T>(name: CheckName, run: () => Promise<T> | T, passed: (result: T) => string): Promise<T> {
    const started = process.hrtime.bigint();
    const record = (status: VerificationCheck['status'], message: string) =>
      this.#checks.set(name, {
        name,
        status,
        message,
        durationUs: Number((process.hrtime.bigint() - started) / 1000n),
      });
    try {
      const result = await run();
      record('CHECK_STATUS_PASSED', passed(result));
      return result;
    } catch (thrown) {
      record('CHECK_STATUS_FAILED', DeepHealthError.from(thrown).message);
      throw thrown;
    }
  }

  /** A check that does not apply, with the reason. */
  skip(name: CheckName, message: string): void {
    this.#checks.set(name, { name, status: 'CHECK_STATUS_NOT_RUN', message, durationUs: 0 });
  }

  report(): VerificationReport {
    return {
      checks: CHECK_NAMES.map(
        (name) =>
          this.#checks.get(name) ?? {
            name,
            status: 'CHECK_STATUS_NOT_RUN',
            message: 'An earlier check failed.',
            durationUs: 0,
          },
      ),
      completedAtMs: Date.now(),
      goldenCases: this.goldenCases,
      worstGoldenError: this.worstGoldenError,
    };
  }
}
