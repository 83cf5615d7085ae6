/** Thrown where a peer cannot be had on this machine; the message says what was tried and what it met. */
export class Skipped extends Error {}
