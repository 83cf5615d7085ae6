package interop;

import java.util.Objects;

/** Runs checks one by one, prints them on stderr and counts them. */
final class CheckReport {
  /** A check that fails by throwing. */
  interface Check {
    void run() throws Exception;
  }

  private final String peer;
  private int passed;
  private int failed;

  CheckReport(String peer) {
    this.peer = peer;
  }

  void check(String sentence, Check check) {
    try {
      check.run();
      passed += 1;
      System.err.printf("  ok    %s: %s%n", peer, sentence);
    } catch (Exception | AssertionError failure) {
      failed += 1;
      System.err.printf("  FAIL  %s: %s%n    %s%n", peer, sentence, failure);
    }
  }

  /** Prints the counts for whoever started the program. */
  boolean finish() {
    System.out.printf("{\"passed\": %d, \"failed\": %d, \"skipped\": 0}%n", passed, failed);
    return failed == 0;
  }

  static void expectEqual(String what, Object received, Object expected) {
    if (!Objects.equals(received, expected)) {
      throw new AssertionError(what + ": expected " + expected + ", received " + received);
    }
  }

  static void expectTrue(String what, boolean received) {
    if (!received) throw new AssertionError(what);
  }
}
