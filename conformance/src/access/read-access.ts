import { createPrivateKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { Identity } from '@deephealth/sdk/testing';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { packageRoot } from '../package-root.js';
import { type AccessMaterial, TOKEN_KINDS } from './access-material.js';
import type { SigningKey, TestIssuer } from './test-issuer.js';

/** An access file as it is written; schema in schemas/access.schema.json. */
export interface AccessFile {
  readonly issuer?: Partial<Omit<TestIssuer, 'claims' | 'roles'>> & {
    readonly key: SigningKey;
    readonly issuer: string;
    readonly audience: string;
    readonly claims?: Partial<TestIssuer['claims']>;
    readonly roles?: Partial<TestIssuer['roles']>;
  };
  readonly tokens?: Readonly<Record<string, string>>;
  readonly authority?: { readonly certificate: string; readonly key: string };
  readonly certificates?: Readonly<Record<string, { readonly certificate: string; readonly key: string }>>;
}

/** What an issuer is taken to be where the file does not say it: as this project's runtime has it. */
export const ISSUER_DEFAULTS = {
  claims: { roles: 'roles', tenant: 'tenant', models: 'models' },
  roles: { all: ['admin'], predict: ['clinician'], read: ['auditor'] },
  tenants: ['conformance-a', 'conformance-b'],
  singleUse: false,
  lifetimeSeconds: 300,
  clockToleranceSeconds: 5,
} as const satisfies Partial<TestIssuer>;

/** Reads an access file. Throws Error that names the field that is wrong, and never holds a key or token. */
export function readAccess(file: string): AccessMaterial {
  const document = parse(file);
  const { issuer, tokens, authority, certificates } = document;
  const identity = (one: { certificate: string; key: string }): Identity => ({
    certificate: pem(file, one.certificate),
    key: pem(file, one.key),
  });
  return {
    ...(issuer !== undefined && {
      issuer: {
        ...ISSUER_DEFAULTS,
        ...issuer,
        claims: { ...ISSUER_DEFAULTS.claims, ...issuer.claims },
        roles: { ...ISSUER_DEFAULTS.roles, ...issuer.roles },
      },
    }),
    ...(tokens !== undefined && { tokens }),
    ...(authority !== undefined && { authority: identity(authority) }),
    ...(certificates !== undefined && {
      certificates: Object.fromEntries(Object.entries(certificates).map(([name, one]) => [name, identity(one)])),
    }),
  };
}

function parse(file: string): AccessFile {
  let document: unknown;
  try {
    document = JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    // What JSON.parse says holds a piece of the file.
    throw new Error('it is no JSON, or cannot be read');
  }
  const schema = JSON.parse(readFileSync(join(packageRoot, 'schemas', 'access.schema.json'), 'utf8'));
  const validate = new Ajv2020({ allErrors: true, strict: false }).compile<AccessFile>(schema);
  if (!validate(document)) {
    const [problem] = validate.errors ?? [];
    throw new Error(`${problem?.instancePath || '/'} ${problem?.message}`);
  }
  const stranger = Object.keys(document.tokens ?? {}).find(
    (kind) => !(TOKEN_KINDS as readonly string[]).includes(kind),
  );
  if (stranger !== undefined)
    throw new Error(`/tokens: there is no kind "${stranger}". Known: ${TOKEN_KINDS.join(', ')}`);
  if (document.issuer !== undefined) checkKey(document.issuer.key);
  return document;
}

function checkKey(key: SigningKey): void {
  try {
    createPrivateKey({ key, format: 'jwk' });
  } catch {
    throw new Error('/issuer/key is no private JSON Web Key');
  }
}

function pem(file: string, name: string): Buffer {
  try {
    return readFileSync(resolve(dirname(file), name));
  } catch (failed) {
    throw new Error(`${name} cannot be read (${(failed as NodeJS.ErrnoException).code})`);
  }
}
