import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';

/** Who is at the other end of the connection, as far as the connection itself proves it. */
export interface Peer {
  /** Absent if the call did not come through a socket of ours. */
  readonly address?: string;
  readonly certificate?: PeerCertificate;
}

export interface PeerCertificate {
  /** SHA-256 of the certificate, in hexadecimal; colons and letter case do not matter. */
  readonly sha256: string;
  readonly validFrom: Date;
  readonly validTo: Date;
}

/**
 * The peer of a connection. A server asks for certificates with `requestCert: true`; `rejectUnauthorized` may be
 * false, since a certificate counts by its fingerprint, and the handshake proves that the peer has its key.
 */
export function peerOf(socket: Socket): Peer {
  const address = socket.remoteAddress === undefined ? {} : { address: socket.remoteAddress };
  if (!(socket instanceof TLSSocket)) return address;
  const certificate = socket.getPeerCertificate();
  // Without a certificate Node gives an empty object.
  if (certificate?.fingerprint256 === undefined) return address;
  return {
    ...address,
    certificate: {
      sha256: certificate.fingerprint256,
      validFrom: new Date(certificate.valid_from),
      validTo: new Date(certificate.valid_to),
    },
  };
}

/** Sixty-four hexadecimal digits, or undefined if it is no SHA-256 fingerprint. */
export function toFingerprint(text: string): string | undefined {
  const digits = text.replaceAll(':', '').toLowerCase();
  return /^[0-9a-f]{64}$/.test(digits) ? digits : undefined;
}

/** True for addresses of this machine, also in the form that IPv6 gives those of IPv4. */
export function isLoopback(address: string): boolean {
  return /^(?:::ffff:)?127\.\d+\.\d+\.\d+$|^::1$|^\[::1\]$|^localhost$/i.test(address);
}
