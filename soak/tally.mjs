// What was asked and what came of it.

/** Codes that a caller has to reckon with while hosts and servers are killed and versions are swapped. */
const TRANSIENT = new Set([
  ...['DH_MODEL_HOST_LOST', 'DH_MODEL_NOT_READY', 'DH_MODEL_UNLOADED', 'DH_SERVER_STOPPING', 'DH_RUNTIME_UNAVAILABLE'],
  ...['DH_QUEUE_FULL', 'DH_SEQUENCE_UNKNOWN', 'DH_SEQUENCE_LOST', 'DH_TRANSPORT_UNAVAILABLE', 'DH_STREAM_ENDED'],
]);

export class Tally {
  /** Answers that were wrong, with what was expected: at most 20. */
  wrong = [];
  wrongCount = 0;
  /** Failures that nothing explains: at most 20. */
  unexpected = [];
  unexpectedCount = 0;
  right = 0;
  refused = 0;
  asked = 0;
  settled = 0;
  /** Answers with success since this server began, by model: the server must have counted each. */
  acknowledged = new Map();
  /** "kind code" of all failures. */
  failures = new Map();
  versions = new Set();
  largestRun = 0;

  begin() {
    this.asked += 1;
  }

  ok(model) {
    this.settled += 1;
    this.right += 1;
    this.acknowledged.set(model, (this.acknowledged.get(model) ?? 0) + 1);
  }

  isWrong(model, text) {
    this.settled += 1;
    this.wrongCount += 1;
    this.acknowledged.set(model, (this.acknowledged.get(model) ?? 0) + 1);
    if (this.wrong.length < 20) this.wrong.push(text);
  }

  /** @param allowed further codes that this request may end with */
  failed(kind, error, allowed = []) {
    this.settled += 1;
    const code = error?.code ?? error?.cause?.code ?? error?.name ?? 'unknown';
    const key = `${kind} ${code}`;
    this.failures.set(key, (this.failures.get(key) ?? 0) + 1);
    if (allowed.includes(code)) {
      this.refused += 1;
      return;
    }
    if (error?.retryable === true || TRANSIENT.has(code)) return;
    this.unexpectedCount += 1;
    if (this.unexpected.length < 20) this.unexpected.push(`${key}: ${error?.message ?? error}`);
  }

  get underWay() {
    return this.asked - this.settled;
  }
}
