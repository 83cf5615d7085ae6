/** What one gRPC server gives to its connections together, and what it takes from each. */
export interface Http2Limits {
  /**
   * Connections at once. One more takes the place of the one that has been without a call for longest; where all have
   * calls under way, it is refused.
   */
  readonly maxSessions: number;
  /** Calls that a connection may have open at once; callers that keep the protocol wait with further ones. */
  readonly maxStreamsOfSession: number;
  /** Calls that all connections may have open at once; beyond that the connection that has most of them is ended. */
  readonly maxStreams: number;
  /** Bytes of requests that are held at once, whole or in part; beyond that large ones are refused as they come. */
  readonly maxHeldBytes: number;
  /** Bytes of answers that wait for callers to read them; beyond that the connection that reads nothing is ended. */
  readonly maxUnreadBytes: number;
  /**
   * Bytes per second beside messages that a connection may send for ever: headers beyond 4 KiB a call, frames of
   * control, frames of a few bytes. Twice as much is free at the beginning.
   */
  readonly overheadBytesPerSecond: number;
  /**
   * Calls that the caller of a connection may cancel at once, and how many more each second. nghttp2 stops to read a
   * connection at 1,000 and 33 without closing it.
   */
  readonly cancelBurst: number;
  readonly cancelsPerSecond: number;
  /** From the connection to the first frame, in ms. */
  readonly prefaceMs: number;
  /** From the first byte of a message to its last, in ms. */
  readonly messageMs: number;
  /** A caller that takes nothing of an answer for so long does not want it, in ms. */
  readonly stalledMs: number;
  /** How long a connection may be silent before it is asked for a sign of life, in ms. */
  readonly keepaliveMs: number;
  /** How long that sign may take, in ms. */
  readonly keepaliveTimeoutMs: number;
  /** How often all of this is looked at, in ms. */
  readonly sweepMs: number;
}

const MIB = 2 ** 20;

/** The limits of HTTP/1.1 on the same server, where it has them. */
export const DEFAULT_HTTP2_LIMITS: Http2Limits = {
  maxSessions: 1024,
  maxStreamsOfSession: 1024,
  maxStreams: 16_384,
  maxHeldBytes: 512 * MIB,
  maxUnreadBytes: 512 * MIB,
  overheadBytesPerSecond: MIB,
  cancelBurst: 900,
  cancelsPerSecond: 30,
  prefaceMs: 10_000,
  messageMs: 120_000,
  stalledMs: 60_000,
  keepaliveMs: 60_000,
  keepaliveTimeoutMs: 20_000,
  sweepMs: 500,
};
