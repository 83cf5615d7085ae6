import { generateKeyPairSync } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeCertificate } from '@deephealth/sdk/testing';
import { type AccessFile, ISSUER_DEFAULTS } from './read-access.js';
import { makeSigningKey, publicJwk } from './test-issuer.js';

/** Files with which a runtime of this project is served securely for a check, and the suite comes to it. */
export interface SecureSetup {
  /** For `deephealth serve --config`. */
  readonly config: string;
  /** For `--access`, `--tls-ca`, `--tls-cert` and `--tls-key`. */
  readonly access: string;
  readonly ca: string;
  readonly certificate: string;
  readonly key: string;
  /** For `--tls-name`. */
  readonly name: string;
  /** For `--sign-key`: the configuration trusts packages that it has signed, and no others. */
  readonly signKey: string;
}

export interface SetupOptions {
  /** Settings beside `tls` and `access`; the profile is `production` unless they say otherwise. */
  readonly config?: Readonly<Record<string, unknown>>;
  /** Whether a token opens one call only; default false. */
  readonly singleUse?: boolean;
  /**
   * Leaves `access` out, which the development profile serves: the check of the check, since such a runtime must be
   * found not conformant. Default false.
   */
  readonly withoutAccess?: boolean;
}

const NAME = 'runtime.conformance.example';
const ISSUER = 'https://issuer.conformance.example';
const AUDIENCE = 'deephealth-conformance';
/** Clocks of one machine do not differ; the less, the sooner a token has ended. */
const LEEWAY_S = 1;
/** Keys are for their owner only. */
const SECRET = { mode: 0o600 };

/**
 * Writes certificates, the key of an issuer, one that signs packages, a configuration that trusts them, and the
 * access file of the suite. All of it is made for this once, and lives a day.
 *
 * @param folder is made if it is not there; whoever calls removes it
 */
export function writeSecureSetup(
  folder: string,
  { config = {}, singleUse = false, withoutAccess = false }: SetupOptions = {},
): SecureSetup {
  mkdirSync(folder, { recursive: true });
  const file = (name: string) => join(folder, name);
  const write = (name: string, content: Buffer | object, options = {}) => {
    writeFileSync(file(name), Buffer.isBuffer(content) ? content : `${JSON.stringify(content, null, 2)}\n`, options);
    return file(name);
  };
  const authority = makeCertificate({ name: 'DeepHealth conformance', isAuthority: true });
  const server = makeCertificate({ name: NAME, hosts: [NAME, 'localhost', '127.0.0.1'], issuer: authority });
  const caller = makeCertificate({ name: 'conformance-caller', issuer: authority });
  const signing = makeSigningKey('conformance');
  const signer = generateKeyPairSync('ed25519');
  const { claims } = ISSUER_DEFAULTS;
  const ca = write('ca.pem', authority.certificate);
  const authorityKey = write('ca-key.pem', authority.key, SECRET);
  const access: AccessFile = {
    issuer: { key: signing, issuer: ISSUER, audience: AUDIENCE, singleUse, clockToleranceSeconds: LEEWAY_S },
    authority: { certificate: ca, key: authorityKey },
  };
  const trusting = {
    tokens: [
      {
        ...{ issuer: ISSUER, audience: AUDIENCE, jwksFile: write('jwks.json', { keys: [publicJwk(signing)] }) },
        ...{ rolesClaim: claims.roles, tenantClaim: claims.tenant, modelsClaim: claims.models },
        ...{ singleUse, algorithms: [signing.alg], leewayS: LEEWAY_S },
      },
    ],
  };
  return {
    ca,
    certificate: write('caller.pem', caller.certificate),
    key: write('caller-key.pem', caller.key, SECRET),
    name: NAME,
    access: write('access.json', access, SECRET),
    signKey: write('signer.key', Buffer.from(signer.privateKey.export({ type: 'pkcs8', format: 'pem' })), SECRET),
    config: write('deephealth.config.json', {
      profile: withoutAccess ? 'development' : 'production',
      // The audit log, and the tokens that were used, are of this runtime alone.
      ...{ stateFolder: file('state'), audit: { durable: true } },
      ...config,
      trust: {
        keys: write('signer.pub.pem', Buffer.from(signer.publicKey.export({ type: 'spki', format: 'pem' }))),
      },
      tls: {
        certificate: write('server.pem', server.certificate),
        key: write('server-key.pem', server.key, SECRET),
        ...{ clientCa: ca, clients: 'required' },
      },
      ...(!withoutAccess && { access: trusting }),
    }),
  };
}
