import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign, X509Certificate } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { keyDigest } from '@deephealth/sdk';
import { type Identity, makeCertificate } from '@deephealth/sdk/testing';

/** What a call shows of who makes it. */
export interface Shown {
  readonly authorization?: readonly string[];
  /** Client certificate; absent: none is shown. */
  readonly identity?: Identity;
  readonly isPlaintext?: boolean;
}

export const ISSUER = 'https://identity.example';
export const ONCE = 'https://once.example';
const AUDIENCE = 'deephealth';

export const randomKey = () => randomBytes(32).toString('base64url');

const KEYS = ['ward-a', 'ward-b', 'auditor-a', 'elsewhere', 'expired', 'withdrawn', 'admin'] as const;
type KeyName = (typeof KEYS)[number];

/** A hospital's certificates, keys and tokens, in files of a folder. */
export function createHospital(folder: string) {
  const authority = makeCertificate({ name: 'hospital', isAuthority: true });
  const strangers = makeCertificate({ name: 'hospital', isAuthority: true });
  const server = makeCertificate({ name: 'server', hosts: ['localhost', '127.0.0.1'], issuer: authority });
  const client = makeCertificate({ name: 'ward', issuer: authority });
  const otherClient = makeCertificate({ name: 'other ward', issuer: authority });
  const stranger = makeCertificate({ name: 'ward', issuer: strangers });
  const file = (name: string, content: string | Buffer) => {
    writeFileSync(join(folder, name), content);
    return join(folder, name);
  };
  const tls = {
    certificate: file('server.crt', server.certificate),
    key: file('server.key', server.key),
    clientCa: file('clients.crt', authority.certificate),
  };
  const keys = Object.fromEntries(KEYS.map((id) => [id, randomKey()])) as Record<KeyName, string>;
  const entries: Record<KeyName, object> = {
    'ward-a': { roles: ['clinician'], tenant: 'ward-a', models: ['heart-*'] },
    'ward-b': { roles: ['clinician'], tenant: 'ward-b', models: ['heart-*'] },
    'auditor-a': { roles: ['auditor'], tenant: 'ward-a', models: ['heart-*'] },
    elsewhere: { roles: ['clinician', 'service'], tenant: 'ward-a', models: ['kidney-*'] },
    expired: { roles: ['clinician'], tenant: 'ward-a', expires: '2020-01-01' },
    withdrawn: { roles: ['clinician'], tenant: 'ward-a' },
    admin: { roles: ['admin'] },
  };
  const writeKeys = (left: readonly KeyName[]) =>
    file(
      'keys.json',
      JSON.stringify({ keys: left.map((id) => ({ id, sha256: keyDigest(keys[id]), ...entries[id] })) }),
    );
  const signer = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const forger = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const jwk = { ...signer.publicKey.export({ format: 'jwk' }), kid: 'one', alg: 'ES256', use: 'sig' };
  const jwksFile = file('jwks.json', JSON.stringify({ keys: [jwk] }));
  const of = (issuer: string) => ({ issuer, audience: AUDIENCE, jwksFile, maximumLifetimeS: 3600 });
  const access = { keysFile: writeKeys(KEYS), tokens: [of(ISSUER), { ...of(ONCE), singleUse: true }] };

  function token(
    claims: Record<string, unknown> = {},
    key: KeyObject = signer.privateKey,
    header: object = {},
  ): string {
    const now = Math.floor(Date.now() / 1000);
    const payload = {
      ...{ iss: ISSUER, aud: AUDIENCE, sub: 'dr-a', iat: now, exp: now + 600, roles: ['clinician'] },
      ...{ tenant: 'ward-a', models: ['heart-*'], ...claims },
    };
    const text = [{ alg: 'ES256', kid: 'one', typ: 'JWT', ...header }, payload]
      .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
      .join('.');
    return `${text}.${sign('sha256', Buffer.from(text), { key, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`;
  }
  return {
    ...{ authority, client, otherClient, stranger, keys, tls, access, forger },
    token,
    /** Takes the key out of the file. */
    withdraw: () => writeKeys(KEYS.filter((id) => id !== 'withdrawn')),
    thumbprint: ({ certificate }: Identity) =>
      createHash('sha256').update(new X509Certificate(certificate).raw).digest('base64url'),
  };
}

export type Hospital = ReturnType<typeof createHospital>;
