import { generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import { isIP } from 'node:net';
import { bits, type Der, integer, objectId, octets, replaced, sequence, set, tagged, time, utf8, yes } from './der.js';

/** A certificate and its key in PEM. Made anew for each run and thrown away after it. */
export interface Identity {
  readonly certificate: Buffer;
  readonly key: Buffer;
}

export interface CertificateOptions {
  /** Common name. */
  readonly name: string;
  /** Names and addresses of a server. */
  readonly hosts?: readonly string[];
  /** It may sign others. */
  readonly isAuthority?: boolean;
  /** Who signs it; itself if nobody. */
  readonly issuer?: Authority;
  readonly from?: Date;
  readonly until?: Date;
}

export interface Authority extends Identity {
  readonly name: string;
  readonly privateKey: KeyObject;
}

const DAY_MS = 86_400_000;
const ECDSA_SHA256 = sequence(objectId('1.2.840.10045.4.3.2'));
const COMMON_NAME = '2.5.4.3';
const BASIC_CONSTRAINTS = '2.5.29.19';
const ALTERNATIVE_NAMES = '2.5.29.17';
const DNS_NAME = 2;
const IP_ADDRESS = 7;

/**
 * An X.509 certificate over a new P-256 key. Node can read certificates and not make them; a suite that a vendor
 * installs must neither need the openssl program nor ship keys, and what it needs of X.509 is this much.
 */
export function makeCertificate(options: CertificateOptions): Authority {
  const { name, issuer, hosts = [], isAuthority = false } = options;
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const from = options.from ?? new Date(Date.now() - DAY_MS);
  const until = options.until ?? new Date(Date.now() + DAY_MS);
  const extensions = [
    sequence(objectId(BASIC_CONSTRAINTS), yes, octets(isAuthority ? sequence(yes) : sequence())),
    ...(hosts.length === 0
      ? []
      : [sequence(objectId(ALTERNATIVE_NAMES), octets(sequence(...hosts.map(alternativeName))))]),
  ];
  const serial = randomBytes(16);
  serial.writeUInt8(((serial[0] ?? 0) & 0x7f) | 0x40, 0);
  const content = sequence(
    tagged(0, integer(Buffer.from([2]))),
    integer(serial),
    ECDSA_SHA256,
    distinguished(issuer?.name ?? name),
    sequence(time(from), time(until)),
    distinguished(name),
    publicKey.export({ type: 'spki', format: 'der' }),
    tagged(3, sequence(...extensions)),
  );
  const signature = sign('sha256', content, issuer?.privateKey ?? privateKey);
  return {
    name,
    privateKey,
    certificate: pem(sequence(content, ECDSA_SHA256, bits(signature))),
    key: Buffer.from(privateKey.export({ type: 'pkcs8', format: 'pem' })),
  };
}

function distinguished(name: string): Der {
  return sequence(set(sequence(objectId(COMMON_NAME), utf8(name))));
}

function alternativeName(host: string): Der {
  if (isIP(host) === 4) return replaced(IP_ADDRESS, Buffer.from(host.split('.').map(Number)));
  return replaced(DNS_NAME, Buffer.from(host));
}

function pem(der: Der): Buffer {
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return Buffer.from(`-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`);
}
