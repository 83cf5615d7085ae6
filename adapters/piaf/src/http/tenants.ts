import { createHash, timingSafeEqual } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { type Caller, DeepHealthError } from '@deephealth/sdk';

/** Who may ask, and by which key. One of `keySha256` and `keyFile`. */
export interface TenantConfig {
  readonly name: string;
  /** SHA-256 of the key, hexadecimal. */
  readonly keySha256?: string;
  /** A file with the key, and nothing else but white space around it. */
  readonly keyFile?: string;
}

/** The tenant of a server on loopback that knows no others. */
export const LOCAL_TENANT = 'local';

const TENANT = /^[a-z0-9][a-z0-9._-]{0,63}$/i;

/** Characters that a key must have at least: shorter ones are guessed. */
export const SHORTEST_KEY = 24;

export interface Tenants {
  readonly names: readonly string[];
  /** Who asks, by the header `authorization`. @throws DH_CALLER_UNAUTHENTICATED */
  tenantOf(authorization: string | undefined): string;
}

/** @throws DH_CONFIG_INVALID naming the place in the list */
export async function readTenants(configs: readonly TenantConfig[] | undefined): Promise<Tenants> {
  if (configs === undefined) return { names: [LOCAL_TENANT], tenantOf: () => LOCAL_TENANT };
  if (configs.length === 0) throw invalid('tenants', 'has no tenant, so that nobody may ask. Leave it out on loopback');
  const known: { readonly name: string; readonly key: Buffer }[] = [];
  for (const [index, config] of configs.entries()) {
    const field = `tenants[${index}]`;
    if (!TENANT.test(config.name)) {
      throw invalid(`${field}.name`, 'must be of letters, digits, dots, dashes and underscores, 64 at most');
    }
    const key = await keyOf(config, field);
    if (known.some((one) => one.name === config.name)) throw invalid(`${field}.name`, 'is the name of another tenant');
    if (known.some((one) => one.key.equals(key))) throw invalid(field, 'has the key of another tenant');
    known.push({ name: config.name, key });
  }
  return {
    names: known.map(({ name }) => name),
    tenantOf(authorization) {
      const given = /^Bearer ([\x21-\x7e]{1,4096})$/i.exec(authorization ?? '')?.[1];
      const key = digest(given ?? '');
      // All of them are compared, so that the time says nothing of the place.
      const found = known.filter((one) => timingSafeEqual(one.key, key));
      const [tenant] = found;
      if (given !== undefined && tenant !== undefined) return tenant.name;
      throw new DeepHealthError('DH_CALLER_UNAUTHENTICATED', 'The header "authorization" has no key of this service.');
    },
  };
}

/**
 * The tenant of a caller that the server's gate has recognised. A caller of none works as the tenant "local", as on a
 * server that asks nobody.
 *
 * @throws DH_PERMISSION_DENIED for a tenant that could be no name of one here, or that is taken for those of none
 */
export function tenantOfCaller({ tenant }: Caller): string {
  if (tenant === '') return LOCAL_TENANT;
  if (TENANT.test(tenant) && tenant.toLowerCase() !== LOCAL_TENANT) return tenant;
  throw new DeepHealthError('DH_PERMISSION_DENIED', 'The tenant of the caller is none that this service can serve.', {
    details: { field: 'tenant' },
  });
}

async function keyOf({ keySha256, keyFile }: TenantConfig, field: string): Promise<Buffer> {
  if ((keySha256 === undefined) === (keyFile === undefined)) {
    throw invalid(field, 'must have either "keySha256" or "keyFile"');
  }
  if (keySha256 !== undefined) {
    if (!/^[0-9a-f]{64}$/i.test(keySha256)) throw invalid(`${field}.keySha256`, 'must be 64 hexadecimal digits');
    return Buffer.from(keySha256, 'hex');
  }
  const text = await readFile(keyFile as string, 'utf8').catch((cause) => {
    throw new DeepHealthError('DH_CONFIG_INVALID', `"${field}.keyFile" cannot be read.`, {
      details: { field: `${field}.keyFile` },
      cause,
    });
  });
  const key = text.trim();
  if (key.length < SHORTEST_KEY || !/^[\x21-\x7e]+$/.test(key)) {
    throw invalid(`${field}.keyFile`, `must hold ${SHORTEST_KEY} characters of ASCII at least, without spaces`);
  }
  return digest(key);
}

const digest = (text: string) => createHash('sha256').update(text).digest();

function invalid(field: string, sentence: string): DeepHealthError {
  return new DeepHealthError('DH_CONFIG_INVALID', `"${field}" ${sentence}.`, { details: { field } });
}
