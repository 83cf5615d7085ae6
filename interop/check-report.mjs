// Counts checks and prints them on stderr, like check_report.py does for the Python peers.
import { inspect, isDeepStrictEqual } from 'node:util';

/** A check that did not hold, with both sides. */
class CheckFailed extends Error {
  constructor(what, expected, received) {
    super(
      `${what}\n    expected: ${inspect(expected, { depth: 8 })}\n    received: ${inspect(received, { depth: 8 })}`,
    );
  }
}

export function expectEqual(what, received, expected) {
  if (!isDeepStrictEqual(received, expected)) throw new CheckFailed(what, expected, received);
}

/** For what holds or not, without a value to compare; `what` says both. */
export function expectTrue(what, received) {
  if (!received) throw new CheckFailed(what, true, received);
}

/** Every wanted entry must be in the list, which may hold more. */
export function expectIncludes(what, received, wanted) {
  if (!wanted.every((entry) => received.includes(entry))) throw new CheckFailed(what, wanted, received);
}

export class CheckReport {
  passed = 0;
  failed = 0;
  skipped = 0;

  /** Runs one check, which fails by throwing. */
  async check(subject, sentence, run) {
    try {
      await run();
      this.passed += 1;
      process.stderr.write(`  ok    ${subject}: ${sentence}\n`);
    } catch (error) {
      this.fail(subject, sentence, error instanceof CheckFailed ? error.message : (error?.stack ?? String(error)));
    }
  }

  fail(subject, sentence, why) {
    this.failed += 1;
    process.stderr.write(`  FAIL  ${subject}: ${sentence}\n    ${why}\n`);
  }

  skip(subject, why) {
    this.skipped += 1;
    process.stderr.write(`  skip  ${subject}: ${why}\n`);
  }

  /** Adds what a peer in another process counted. */
  add({ passed, failed, skipped }) {
    this.passed += passed;
    this.failed += failed;
    this.skipped += skipped;
  }
}
