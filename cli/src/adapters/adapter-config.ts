import { dirname, resolve } from 'node:path';
import type { ClinicalDecisionSupportOptions } from '@deephealth/adapter-clinical-decision-support';
import { type ConfigFields, count, hasOnly, object, readConfigFields, text, texts } from './config-fields.js';

/** What a file given with --adapter-config says; every field is optional. Relative paths start at its folder. */
export interface AdapterConfig
  extends Partial<
    Pick<
      ClinicalDecisionSupportOptions,
      | 'trust'
      | 'allowedOrigins'
      | 'fhirServers'
      | 'deadlineMs'
      | 'maxInFlight'
      | 'maxBodyBytes'
      | 'languages'
      | 'regionLinks'
    >
  > {
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** Default 8081; 0 for a free one. */
  readonly port?: number;
  /** gRPC port of the adapter's contract face; 0 for a free one. Default: it is not served. */
  readonly contractPort?: number;
  /** Where it listens. Default 127.0.0.1; elsewhere only with "tls" and "access" of the runtime. */
  readonly contractHost?: string;
  /** Address that clients know the service by. Default that of the port. */
  readonly baseUrl?: string;
  /** Default .deephealth/cds in the working folder. */
  readonly stateFolder?: string;
  /** "<name>/<version>" of the packages to be served. Default all of the stores with a binding. */
  readonly packages?: readonly string[];
  /** Default: the runtime's own. */
  readonly tls?: {
    readonly certFile: string;
    readonly keyFile: string;
    /** Asks clients for a certificate, which then counts by its fingerprint. Default false. */
    readonly requestCertificate?: boolean;
  };
  readonly writeBack?: { readonly fhirServer: string; readonly accessTokenFile?: string; readonly timeoutMs?: number };
  readonly audit?: { readonly repository?: string; readonly accessTokenFile?: string };
}

/** Form of each field; what the values mean is checked by those who use them. */
const FIELDS: ConfigFields<AdapterConfig> = {
  host: [text, 'a host name or address'],
  port: [count, 'a port'],
  contractPort: [count, 'a port'],
  contractHost: [text, 'a host name or address'],
  baseUrl: [text, 'an absolute address'],
  stateFolder: [text, 'a folder'],
  packages: [texts, 'a list of "<name>/<version>"'],
  trust: [object, 'an object with "clients", or with "mode"'],
  allowedOrigins: [texts, 'a list of origins'],
  fhirServers: [texts, 'a list of addresses'],
  deadlineMs: [count, 'a number of milliseconds'],
  maxInFlight: [count, 'a number of calls'],
  maxBodyBytes: [count, 'a number of bytes'],
  languages: [texts, 'a list of language tags'],
  regionLinks: [
    (value) => hasOnly(value, { lifetimeMs: count, maxCount: count, maxBytes: count }),
    'an object with "lifetimeMs", "maxCount" or "maxBytes", whole numbers',
  ],
  tls: [
    (value) =>
      object(value) &&
      text((value as { certFile?: unknown }).certFile) &&
      text((value as { keyFile?: unknown }).keyFile),
    'an object with "certFile" and "keyFile"',
  ],
  writeBack: [
    (value) => hasOnly(value, { fhirServer: text, accessTokenFile: text, timeoutMs: count }) && 'fhirServer' in value,
    'an object with "fhirServer", and with "accessTokenFile" and "timeoutMs" if they are needed',
  ],
  audit: [
    (value) => hasOnly(value, { repository: text, accessTokenFile: text }),
    'an object, with "repository" and "accessTokenFile" if AuditEvents are sent on',
  ],
};

/** Reads the file. Throws DH_CONFIG_INVALID, naming the field. */
export async function readAdapterConfig(path: string): Promise<AdapterConfig> {
  return withAbsolutePaths(await readConfigFields<AdapterConfig>(path, FIELDS), dirname(resolve(path)));
}

function withAbsolutePaths(config: AdapterConfig, folder: string): AdapterConfig {
  const { stateFolder, tls, trust, writeBack, audit } = config;
  const withTokenFile = <T extends { readonly accessTokenFile?: string }>(one: T): T =>
    one.accessTokenFile === undefined ? one : { ...one, accessTokenFile: resolve(folder, one.accessTokenFile) };
  return {
    ...config,
    ...(writeBack === undefined ? {} : { writeBack: withTokenFile(writeBack) }),
    ...(audit === undefined ? {} : { audit: withTokenFile(audit) }),
    ...(stateFolder === undefined ? {} : { stateFolder: resolve(folder, stateFolder) }),
    ...(tls === undefined
      ? {}
      : { tls: { ...tls, certFile: resolve(folder, tls.certFile), keyFile: resolve(folder, tls.keyFile) } }),
    ...(trust === undefined || !('clients' in trust) || !Array.isArray(trust.clients)
      ? {}
      : {
          trust: {
            ...trust,
            clients: trust.clients.map((client) =>
              typeof client?.jwksFile === 'string' ? { ...client, jwksFile: resolve(folder, client.jwksFile) } : client,
            ),
          },
        }),
  };
}
