import { createPrivateKey, generateKeyPairSync, type KeyObject, randomBytes, sign, X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import {
  bits,
  type Der,
  elementsOf,
  integer,
  nothing,
  objectId,
  octets,
  replaced,
  sequence,
  set,
  tagged,
  time,
  utf8,
  yes,
} from './der.js';

/** A certificate and its key in PEM. Made anew for each run and thrown away after it. */
export interface Identity {
  readonly certificate: Buffer;
  readonly key: Buffer;
}

export interface CertificateOptions {
  /** Common name. */
  readonly name: string;
  /** The whole name in DER, instead of the common name. */
  readonly subject?: Der;
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
  /** Its whole name in DER, where that is not a common name alone. */
  readonly subject?: Der;
}

const DAY_MS = 86_400_000;
const ECDSA_SHA256 = sequence(objectId('1.2.840.10045.4.3.2'));
const RSA_SHA256 = sequence(objectId('1.2.840.113549.1.1.11'), nothing);
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
  const subject = options.subject ?? distinguished(name);
  const signer = issuer?.privateKey ?? privateKey;
  const algorithm = signer.asymmetricKeyType === 'rsa' ? RSA_SHA256 : ECDSA_SHA256;
  const serial = randomBytes(16);
  serial.writeUInt8(((serial[0] ?? 0) & 0x7f) | 0x40, 0);
  const content = sequence(
    tagged(0, integer(Buffer.from([2]))),
    integer(serial),
    algorithm,
    issuer === undefined ? subject : (issuer.subject ?? distinguished(issuer.name)),
    sequence(time(from), time(until)),
    subject,
    publicKey.export({ type: 'spki', format: 'der' }),
    tagged(3, sequence(...extensions)),
  );
  const signature = sign('sha256', content, signer);
  return {
    ...{ name, privateKey, subject },
    certificate: pem(sequence(content, algorithm, bits(signature))),
    key: Buffer.from(privateKey.export({ type: 'pkcs8', format: 'pem' })),
  };
}

/**
 * An authority that exists already, by its certificate and key. Throws Error for what is none, or whose key is
 * neither of elliptic curves nor RSA.
 */
export function authorityOf({ certificate, key }: Identity): Authority {
  const read = new X509Certificate(certificate);
  const privateKey = createPrivateKey(key);
  return { name: read.subject, subject: namesOf(certificate).subject, privateKey, certificate, key };
}

/** Whole names in a certificate, in DER. Throws Error for what is none. */
export function namesOf(certificate: Buffer): { readonly issuer: Der; readonly subject: Der } {
  const [content] = elementsOf(new X509Certificate(certificate).raw);
  // Version, serial number, algorithm, issuer, times, subject (RFC 5280, 4.1).
  const [, , , issuer, , subject] = elementsOf(content as Der);
  return { issuer: issuer as Der, subject: subject as Der };
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
