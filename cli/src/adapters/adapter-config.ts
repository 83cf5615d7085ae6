import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { ClinicalDecisionSupportOptions } from '@deephealth/adapter-clinical-decision-support';
import { DeepHealthError } from '@deephealth/sdk';

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
  /** gRPC port of the adapter's contract face, on 127.0.0.1 alone; 0 for a free one. Default: it is not served. */
  readonly contractPort?: number;
  /** Address that clients know the service by. Default that of the port. */
  readonly baseUrl?: string;
  /** Default .deephealth/cds in the working folder. */
  readonly stateFolder?: string;
  /** "<name>/<version>" of the packages to be served. Default all of the stores with a binding. */
  readonly packages?: readonly string[];
  readonly tls?: {
    readonly certFile: string;
    readonly keyFile: string;
    /** Asks clients for a certificate, which then counts by its fingerprint. Default false. */
    readonly requestCertificate?: boolean;
  };
  readonly writeBack?: { readonly fhirServer: string; readonly accessTokenFile?: string; readonly timeoutMs?: number };
  readonly audit?: { readonly repository?: string; readonly accessTokenFile?: string };
}

type Check = (value: unknown) => boolean;

const text: Check = (value) => typeof value === 'string' && value !== '';
const texts: Check = (value) => Array.isArray(value) && value.every(text);
const count: Check = (value) => Number.isSafeInteger(value) && (value as number) >= 0;
const object: Check = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);

/** Form of each field; what the values mean is checked by those who use them. */
const FIELDS: Readonly<Record<keyof AdapterConfig, readonly [check: Check, expected: string]>> = {
  host: [text, 'a host name or address'],
  port: [count, 'a port'],
  contractPort: [count, 'a port'],
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

function hasOnly(value: unknown, fields: Readonly<Record<string, Check>>): value is Record<string, unknown> {
  return object(value) && Object.entries(value as object).every(([name, one]) => fields[name]?.(one) === true);
}

/** Reads the file. Throws DH_CONFIG_INVALID, naming the field. */
export async function readAdapterConfig(path: string): Promise<AdapterConfig> {
  let content: unknown;
  try {
    content = JSON.parse(await readFile(path, 'utf8'));
  } catch (cause) {
    throw new DeepHealthError('DH_CONFIG_INVALID', 'The file of --adapter-config is not there, or is not JSON.', {
      cause,
    });
  }
  if (!object(content)) throw invalid('', 'a JSON object');
  for (const [name, value] of Object.entries(content as Record<string, unknown>)) {
    if (name === '$comment') continue;
    if (!Object.hasOwn(FIELDS, name)) {
      throw new DeepHealthError(
        'DH_CONFIG_INVALID',
        `The file of --adapter-config has a field ${JSON.stringify(name)}, which is none. It may have ${Object.keys(FIELDS).join(', ')}.`,
        { details: { field: name } },
      );
    }
    const [check, expected] = FIELDS[name as keyof AdapterConfig];
    if (!check(value)) throw invalid(name, expected);
  }
  return withAbsolutePaths(content as AdapterConfig, dirname(resolve(path)));
}

function invalid(field: string, expected: string): DeepHealthError {
  const where = field === '' ? 'The file of --adapter-config' : `Field "${field}" of the file of --adapter-config`;
  return new DeepHealthError('DH_CONFIG_INVALID', `${where} must be ${expected}.`, { details: { field } });
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
