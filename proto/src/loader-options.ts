import type { Options } from '@grpc/proto-loader';

/**
 * The one set of options that every package loads the contract with.
 *
 * 64-bit integers are decimal strings, because a JavaScript number loses them above 2^53; bytes are
 * Buffers that may share memory with the received message (copy before you keep or align them).
 */
export const LOADER_OPTIONS: Readonly<Options> = Object.freeze({
  keepCase: false,
  longs: String,
  enums: String,
  defaults: true,
  oneofs: true,
});
