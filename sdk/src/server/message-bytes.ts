/** Flag and length in front of each message of gRPC. */
export const MESSAGE_PREFIX_BYTES = 5;

/** Follows the messages of one gRPC call through its DATA, to tell how much of one is held and since when. */
export class MessageBytes {
  /** Of the last message that began, whole or in part, with its prefix. */
  heldBytes = 0;
  /** When the message began that is not whole yet, as performance.now(); undefined where none is. */
  begunAtMs: number | undefined;
  #missing = 0;
  readonly #prefix = Buffer.alloc(MESSAGE_PREFIX_BYTES);
  #prefixBytes = 0;

  take(chunk: Buffer): void {
    let at = 0;
    while (at < chunk.byteLength) {
      if (this.#missing === 0) {
        if (this.#prefixBytes === 0) {
          this.heldBytes = 0;
          this.begunAtMs = performance.now();
        }
        const taken = Math.min(MESSAGE_PREFIX_BYTES - this.#prefixBytes, chunk.byteLength - at);
        chunk.copy(this.#prefix, this.#prefixBytes, at, at + taken);
        at += taken;
        this.#prefixBytes += taken;
        this.heldBytes += taken;
        if (this.#prefixBytes < MESSAGE_PREFIX_BYTES) return;
        this.#missing = this.#prefix.readUInt32BE(1);
      }
      const taken = Math.min(this.#missing, chunk.byteLength - at);
      at += taken;
      this.#missing -= taken;
      this.heldBytes += taken;
      if (this.#missing > 0) return;
      this.#prefixBytes = 0;
      this.begunAtMs = undefined;
    }
  }
}
