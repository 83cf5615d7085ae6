import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, expect } from 'vitest';
import { type RefusalReason, refusalOf } from '../src/trust/client-refusal.js';
import { createClientTrust } from '../src/trust/client-trust.js';
import type { ClientOptions, ListedClientsOptions } from '../src/trust/trust-options.js';
import type { ClientTrust } from '../src/trust/trusted-client.js';
import { createSigningClient, NOW, NOW_S, SERVICE_URL, type SigningClient } from './signing-client.js';

export const EHR = 'https://ehr.example/fhir';
export const EPIC = 'https://epic.example/api/FHIR/R4';
export const OTHER = 'https://other.example';

export let ehr: SigningClient;
export let epic: SigningClient;
export let other: SigningClient;
export let stranger: SigningClient;
export let folder: string;
export let trust: ClientTrust;

/** Makes them before the tests of a file, and the trust anew before each. */
export function useHospitalTrust(): void {
  beforeAll(async () => {
    // The shape of the public Sandbox: ES384, jku always there.
    ehr = await createSigningClient(EHR, 'ES384', 'ehr-2026', {
      header: { jku: 'https://ehr.example/.well-known/jwks.json' },
    });
    // The shape of Epic: RS384, nbf five minutes before iat, sub, an audience typed in by the hospital.
    epic = await createSigningClient(EPIC, 'RS384', 'epic-key', {
      header: { jku: 'https://epic.example/jwks' },
      claims: { sub: '0e9b8d1c-client', nbf: NOW_S - 300, aud: 'https://cds.example/' },
    });
    other = await createSigningClient(OTHER, 'ES384', 'ehr-2026');
    stranger = await createSigningClient(EHR, 'ES384', 'ehr-2026');
  });

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'cds-trust-'));
    trust = await open();
  });

  afterEach(async () => {
    await trust.close();
    await rm(folder, { recursive: true });
  });
}

function clients(): ClientOptions[] {
  return [
    { issuer: EHR, jwks: ehr.keySet },
    { issuer: EPIC, jwks: epic.keySet, audiences: ['https://cds.example/'] },
    { issuer: OTHER, jwks: other.keySet, tenants: ['ward-a', 'ward-b'] },
  ];
}

export function open(options: Partial<ListedClientsOptions> = {}): Promise<ClientTrust> {
  return createClientTrust({ clients: clients(), ...options, stateFolder: folder, now: () => NOW });
}

/** Why an attempt is refused; the caller hears the same of all of them. */
export async function reasonOf(attempt: Promise<unknown>): Promise<RefusalReason | undefined> {
  const error = await attempt.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error !== undefined) {
    // Whatever was wrong, the caller hears the same.
    expect(error).toMatchObject({
      code: 'DH_CDS_UNAUTHENTICATED',
      message: 'The client was not accepted.',
      details: {},
    });
  }
  return refusalOf(error)?.reason;
}

export const verify = (authorization: string | undefined, url = SERVICE_URL) => trust.verify(authorization, url, NOW);

/** Ends the trust and opens another over the same folder. */
export async function reopen(options: Partial<ListedClientsOptions> = {}): Promise<void> {
  await trust.close();
  trust = await open(options);
}
